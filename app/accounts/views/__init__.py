"""Pages of accounts: signing in for everybody; people and agencies at the desk."""

from app.accounts.views.desk import desk
from app.accounts.views.mine import blueprint

__all__ = ["blueprint", "desk"]
