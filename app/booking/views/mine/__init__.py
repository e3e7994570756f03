"""A person's own places: taking one, how it stands, changing it, answering from a letter, calendars."""
