"""What no page of ours may get wrong: one heading, names for everything that is filled in, no script or style inside."""

from collections import Counter
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr",
        "path", "rect", "circle", "line", "polyline", "polygon", "use", "stop"}
OPTIONAL_END = {"li", "p", "td", "th", "tr", "option", "dt", "dd"}


def faults(text: str) -> list[str]:
    """A sentence for each fault of a page; none for a sound one."""
    page = _Page()
    page.feed(text)
    page.close()
    return page.faults()


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, int]] = []
        self.found: list[str] = []
        self.tags: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.names_for: set[str] = set()
        self.fields: list[tuple[str, dict[str, str | None], bool]] = []
        self.refers: list[tuple[str, str]] = []
        self.levels: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if not any(name == "svg" for name, _ in self.open):  # a drawing's <title> is not the page's
            self.tags[tag] += 1
        if values.get("id"):
            self.ids[str(values["id"])] += 1
        if tag == "label" and values.get("for"):
            self.names_for.add(str(values["for"]))
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.levels.append(int(tag[1]))
        self._references(tag, values)
        self._strictness(tag, values)
        if tag in ("input", "select", "textarea") and values.get("type") not in ("hidden", "submit", "button"):
            self.fields.append((tag, values, any(name == "label" for name, _ in self.open)))
        if tag not in VOID:
            self.open.append((tag, self.getpos()[0]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        while self.open and self.open[-1][0] != tag and self.open[-1][0] in OPTIONAL_END:
            self.open.pop()
        if not self.open or self.open[-1][0] != tag:
            self.found.append(f"line {self.getpos()[0]}: </{tag}> closes nothing that is open")
            return
        self.open.pop()

    def _references(self, tag: str, values: dict[str, str | None]) -> None:
        for name in ("aria-describedby", "aria-labelledby", "aria-controls", "for"):
            for target in (values.get(name) or "").split():
                self.refers.append((f"{tag} {name}", target))

    def _strictness(self, tag: str, values: dict[str, str | None]) -> None:
        line = self.getpos()[0]
        if tag == "style" or (tag == "script" and not values.get("src")):
            self.found.append(f"line {line}: <{tag}> inside the page, which the content policy blocks")
        self.found += [f"line {line}: attribute {name} is blocked by the content policy"
                       for name in values if name == "style" or name.startswith("on")]
        if tag == "img" and values.get("alt") is None:
            self.found.append(f"line {line}: an image without alt")
        if tag == "th" and values.get("scope") not in ("col", "row", "colgroup", "rowgroup"):
            self.found.append(f"line {line}: a table header without scope")
        if tag == "svg" and not (values.get("aria-hidden") or values.get("aria-label") or values.get("aria-labelledby")):
            self.found.append(f"line {line}: a drawing without a name")
        if tag == "form" and (values.get("method") or "get").lower() not in ("get", "post"):
            self.found.append(f"line {line}: a form with an odd method")

    def faults(self) -> list[str]:
        found = list(self.found)
        if self.tags["h1"] != 1:
            found.append(f"{self.tags['h1']} first headings instead of one")
        found += [f"<{tag}> is there {self.tags[tag]} times" for tag in ("title", "main", "html", "body") if self.tags[tag] != 1]
        found += [f"id {name!r} is there {count} times" for name, count in self.ids.items() if count > 1]
        found += [f"{what} refers to {target!r}, which is not there" for what, target in self.refers if target not in self.ids]
        found += [f"<{tag} name={values.get('name')!r}> has no label" for tag, values, inside in self.fields
                  if not (inside or values.get("id") in self.names_for or values.get("aria-label") or values.get("aria-labelledby"))]
        found += [f"heading {after} follows heading {before}" for before, after in zip(self.levels, self.levels[1:], strict=False)
                  if after > before + 1]
        found += [f"<{tag}> of line {line} is never closed" for tag, line in self.open if tag not in OPTIONAL_END]
        return found
