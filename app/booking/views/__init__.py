"""Pages of the programme and of bookings, for people who book and for coordinators."""

from flask import Blueprint

blueprint = Blueprint("booking", __name__, template_folder="../templates")

from app.booking.views import answering, calendars, changing, desk, for_others, leaving, mine, my_booking, others, programme  # noqa: E402, F401  (they add their pages to the blueprint)
