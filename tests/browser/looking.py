"""Looking at a page in the browser: whether it says something, and what no page may have, on the narrowest phone and on a desk: anything that
axe finds, anything that scrolls sideways."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as NotInTime

from tests.browser.conftest import DESK, NARROW

WIDTHS = (DESK, NARROW)
"""In this order, so that whatever is done next is done on the phone."""
FOUND = """() => axe.run({resultTypes: ["violations"], preload: false}).then(
    found => found.violations.map(one => `${one.id}: ${one.nodes[0].html.slice(0, 150)}`))"""
"""Only what is wrong comes back, and style sheets of other sites, which our pages may not have, are not looked for."""


def says(page: Page, words: str) -> bool:
    """Whether these words stand on the page, or come to stand there while it loads: right after a click it may still be empty."""
    try:
        page.locator("body", has_text=words).wait_for(state="attached", timeout=10_000)
    except NotInTime:
        return False
    return True


def wrong(page: Page, where: str = "", widths: tuple[dict[str, int], ...] = WIDTHS) -> list[str]:
    """What is wrong with the page that is open, at these widths one after the other; it is loaded once, as a phone that is turned does not
    load it again either."""
    found: list[str] = []
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE_SCRIPT)
    for viewport in widths:
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        at = f"{where} at {viewport['width']} px"
        found += [f"{at}: {one}" for one in page.evaluate(FOUND)]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
            found.append(f"{at}: scrolls sideways")
    return found
