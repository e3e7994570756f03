"""The worker as a process that holds little: without the command line, and with the environment that keeps its heaps few."""

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
