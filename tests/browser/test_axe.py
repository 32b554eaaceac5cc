"""axe-core finds nothing to mend on any page in any state: WCAG 2.2 AA and its own best practices.

It is put in by the debugger, so the pages' own policy (CSP) stays as it is.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from tests.browser.conftest import NOTHING_KEPT
from tests.browser.places import PLACES, Place, reach
from tests.browser.station import Station

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

RUN: Final = """async () => {
  const found = await axe.run({
    resultTypes: ['violations'],
    // the sizes of targets are asked for by WCAG 2.2 AA, and off unless asked for
    rules: { 'target-size': { enabled: true } },
  });
  return found.violations.map(({ id, nodes }) => ({
    id, where: nodes.map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`),
  }));
}"""
SCREENS: Final = (("fr-FR", 1440, 900), ("en-GB", 390, 844))


def violations(page: Page) -> list[dict[str, Any]]:
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[dict[str, Any]] = page.evaluate(RUN)
    return found


@pytest.mark.parametrize(("locale", "width", "height"), SCREENS)
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_axe_finds_nothing(
    browser: Browser, everything: Station, place: Place, locale: str, width: int, height: int
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale=locale, has_touch=width < 600, reduced_motion="reduce"
    )
    context.add_init_script(NOTHING_KEPT)
    page = context.new_page()
    reach(page, everything.address, place)
    found = {"day": violations(page)}
    page.emulate_media(color_scheme="dark")
    found["night"] = violations(page)
    context.close()
    assert found == {"day": [], "night": []}


def test_axe_would_find_a_button_without_a_name(browser: Browser, everything: Station) -> None:
    page = browser.new_page()
    reach(page, everything.address, Place("post"))
    page.evaluate("""() => {
      for (const name of ['aria-label', 'title']) document.getElementById('zoom-in').removeAttribute(name);
    }""")
    assert [one["id"] for one in violations(page)] == ["button-name"]
    page.close()
