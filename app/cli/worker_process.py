"""The worker as a process that holds little: without what the command line loads for its other commands (Alembic alone is 10 MiB)."""

import gc

from app import scheduler


def main() -> None:
    """Run the timetable and send letters until told to stop."""
    from wsgi import app  # noqa: PLC0415  (whoever only asks for this module starts no site)

    gc.collect()
    with app.app_context():
        scheduler.run_until_stopped()


if __name__ == "__main__":
    main()
