"""Pages of the programme and of bookings, for people who book and for coordinators."""

from flask import Blueprint

blueprint = Blueprint("booking", __name__, template_folder="../templates")

from app.booking.views import programme  # noqa: E402, F401  (they add their pages to the blueprint)
from app.booking.views.desk import bookings, cancelling, changing, followed, instead, ledger, people, places, policies, sessions, waiting  # noqa: E402, F401
from app.booking.views.desk import confirming as still_coming  # noqa: E402, F401
from app.booking.views.desk import rearranging as of_trainers  # noqa: E402, F401
from app.booking.views.desk import the_rest as rest  # noqa: E402, F401
from app.booking.views.mine import answering, booking, calendars, taking  # noqa: E402, F401
from app.booking.views.mine import changing as changing_mine  # noqa: E402, F401
from app.booking.views.others import booking as for_others  # noqa: E402, F401
from app.booking.views.others import leaving  # noqa: E402, F401
from app.booking.views.others import people as own_people  # noqa: E402, F401
