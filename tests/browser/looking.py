"""Looking at a page in the browser: whether it says something, and what no page may have, on the narrowest phone and on a desk: anything that
axe finds, anything that scrolls sideways."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Error as NotNow
from playwright.sync_api import Page
from playwright.sync_api import TimeoutError as NotInTime

from tests.browser.conftest import DESK, NARROW

WIDTHS = (DESK, NARROW)
"""In this order, so that whatever is done next is done on the phone."""
FOUND = """() => axe.run({resultTypes: ["violations"], preload: false}).then(
    found => found.violations.map(one => `${one.id}: ${one.nodes[0].html.slice(0, 150)}`))"""
"""Only what is wrong comes back, and style sheets of other sites, which our pages may not have, are not looked for."""


def says(page: Page, words: str) -> bool:
    """Whether these words stand on the page, or come to stand there while it loads: right after a click it may still be empty. When they do,
    the page is there as a whole."""
    try:
        page.locator("body", has_text=words).wait_for(state="attached", timeout=10_000)
    except NotInTime:
        return False
    page.wait_for_load_state()
    return True


def wrong(page: Page, where: str = "", widths: tuple[dict[str, int], ...] = WIDTHS) -> list[str]:
    """What is wrong with the page that is open, at these widths one after the other; it is loaded once, as a phone that is turned does not
    load it again either."""
    found: list[str] = []
    for viewport in widths:
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        at = f"{where} at {viewport['width']} px"
        found += [f"{at}: {one}" for one in _violations(page)]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
            found.append(f"{at}: scrolls sideways")
    return found


def _violations(page: Page) -> list[str]:
    """What axe finds on the page as a whole. A page that a click has just asked for can take the place of the one that axe was given: then that
    one is looked at, and a fault that stays is raised."""
    for last in (False, False, True):
        page.wait_for_load_state()
        try:
            if page.evaluate("typeof axe") == "undefined":
                page.evaluate(AXE_SCRIPT)
            return list(page.evaluate(FOUND))
        except NotNow:
            if last:
                raise
    raise AssertionError("unreachable")
