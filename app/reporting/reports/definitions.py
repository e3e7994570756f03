"""What each word in the annual figures means: read with the numbers, and the same wherever they are shown."""

DEFINITIONS = {
    "period": "A session belongs to the period that holds the day on which it ends; its bookings, marks and evaluations go with it.",
    "courses_offered": "Courses with a session in the period, whether it was delivered or cancelled.",
    "courses_delivered": "Courses of which at least one session was delivered in the period.",
    "courses_never_run": "Courses offered of which every session in the period was cancelled, or has not been held.",
    "sessions_delivered": "Sessions that were held. A session of several parts counts once.",
    "sessions_cancelled": "Sessions that were called off before they began.",
    "places_cancelled": "The places planned on cancelled sessions, whether they were booked or not.",
    "bookings_on_cancelled_sessions": "Bookings that ended because their session was cancelled.",
    "attendances": "People who came to a session: attended, partly attended or walked in. Somebody who came to two courses is two.",
    "walk_ins": "People who came without a booking. They are among the attendances.",
    "partly_attended": "People who came for a part of the session only. They are among the attendances.",
    "distinct_people": "Different people who came at least once. Never added to anything.",
    "no_shows": "People who had a place, did not come, and had not given the place back or been excused.",
    "no_show_rate": "No-shows out of everyone who had a place and was marked as here or absent: no-shows and attendances without walk-ins. "
                    "The interval holds the rate that lies behind the count with 95% confidence (Wilson).",
    "excused": "People who had a place and were excused, for instance by an emergency. They are in neither side of the no-show rate.",
    "cancelled_by_delegate": "Bookings that the person gave back before the session.",
    "contributions": "Events of partners to which the programme contributed and at which people were counted, not booked.",
    "contacts": "Attendances and the people reached by contributions. The same person may be in it more than once.",
    "briefing_views": "How often briefings were opened, as their platform counted. Views are not people and are added to nothing.",
    "responses": "Questionnaires that people who came answered after a session, out of its attendances. Who of those who answered anonymously "
                 "came is not known: at most as many count as came.",
    "change": "The same people's own rating of what they know, from 1 to 5, before and after. It says how far ratings moved, "
              "not that the course was the cause.",
    "practice": "What practitioners, managers, audits and supervision told of practice, in the period in which it was told, approved by a second "
                "person. It does not say that training was the reason.",
    "kept": "Of those who rated themselves higher after and answered again months later: whose rating then was as high as after or higher.",
    "withheld": "In a publication numbers of people from 1 to 4 are not printed, nor what would give them away. None is printed as 0.",
}

PRIORITIES_OVERLAP = "A course may serve several priorities, so the rows by priority overlap and do not add up to the whole."
SHARED = ("People are counted by the area they work in. Sessions, courses, places, briefings, contributions and examples of practice belong to "
          "all partnerships and are counted whole.")
OPAQUE = "Answers given under a code that names nobody have no area, so they are only in the report of all partnerships."
