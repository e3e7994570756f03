"""Takes a programme in: all of a folder in one transaction, or nothing and the list of what to put right."""

from app.imports.services.importing import Summary, import_programme
from app.imports.services.upload import import_upload

__all__ = ["Summary", "import_programme", "import_upload"]
