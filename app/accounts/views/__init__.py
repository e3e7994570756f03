"""Pages of accounts: signing in for everybody, also by a letter; people and agencies at the desk."""

from app.accounts.views.by_letter import ANSWERS
from app.accounts.views.desk import desk
from app.accounts.views.mine import blueprint

__all__ = ["ANSWERS", "blueprint", "desk"]
