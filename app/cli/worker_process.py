"""The worker as a process that holds little: without what the command line loads for its other commands (Alembic alone is 10 MiB)."""

import gc
import sys

from app import scheduler
from app.core.settings import SettingsError
from app.factory import create_app


def main() -> None:
    """Run the timetable and send letters until told to stop."""
    try:
        app = create_app()
    except SettingsError as error:
        sys.exit(str(error))
    gc.collect()
    with app.app_context():
        scheduler.run_until_stopped()


if __name__ == "__main__":
    main()
