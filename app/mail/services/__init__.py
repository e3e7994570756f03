"""What may be done with letters, their wording and their links. Each act joins the transaction of the act that it belongs to."""

from app.mail.rules.drafts import Act, Calendar, Draft
from app.mail.rules.links import LinkTo
from app.mail.services.bounces import address_works, take_bounce
from app.mail.services.coming_in import Read, take_in
from app.mail.services.letters import outdate, queue, queue_all, readdress, send_again, true_again, void
from app.mail.services.links import end_links, forget_links, make_link, move_links, rename_subjects, use_link
from app.mail.services.wordings import restore_wording, save_wording

__all__ = [
    "Act", "Calendar", "Draft", "LinkTo", "Read", "address_works", "end_links", "forget_links", "make_link", "move_links", "outdate",
    "queue", "queue_all", "readdress", "rename_subjects", "restore_wording", "save_wording", "send_again", "take_bounce", "take_in", "true_again",
    "use_link", "void",
]
