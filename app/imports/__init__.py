"""A whole programme year in, from a folder or an upload: every row checked, then all of it or nothing."""
