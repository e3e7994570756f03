"""Pages of the programme and of bookings, for people who book and for coordinators."""

from flask import Blueprint

blueprint = Blueprint("booking", __name__, template_folder="../templates")

from app.booking.views import (  # noqa: E402  (they add their pages to the blueprint)
    desk,  # noqa: F401
    desk_bookings,  # noqa: F401
    desk_cancelling,  # noqa: F401
    desk_changing,  # noqa: F401
    desk_ledger,  # noqa: F401
    desk_people,  # noqa: F401
    desk_places,  # noqa: F401
    desk_policies,  # noqa: F401
    desk_waiting,  # noqa: F401
    mine,  # noqa: F401
    programme,  # noqa: F401
)
