"""Whether a file's first row names the columns that it must, and what to say when it does not."""

from app.core.problems import shown
from app.imports.rules.files import FILES, File


def fault(file: File, header: list[str] | None) -> tuple[str, str] | None:
    """The column and the sentence of what is wrong with the first row; none when it is right. The order of columns is free."""
    if not header or not any(header):
        return "header", f"the first row is empty; it must be {file.header}"
    if len(header) == 1 and ";" in header[0]:
        return "header", "the columns are separated by semicolons; save the file again with commas between them"
    if len(header) == 1 and "\t" in header[0]:
        return "header", "the columns are separated by tabs; save the file again with commas between them"
    if not set(header) & set(file.columns):
        return "header", f"{shown(header[0])} is not a column: the first row must be {file.header}"
    missing = [name for name in file.columns if name not in header]
    if missing:
        return missing[0], f"this column is missing{_looks_like(file, header)}; the first row must be {file.header}"
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        return twice[0], "this column is there twice; keep one of them"
    unknown = [name for name in header if name not in file.columns]
    if unknown:
        return shown(unknown[0]), f"this column is not known; the first row must be {file.header}"
    return None


def _looks_like(file: File, header: list[str]) -> str:
    for other in FILES:
        if other is not file and set(header) == set(other.columns):
            return f" (the file looks like {other.name})"
    return ""
