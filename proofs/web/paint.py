"""First useful paint of the command post and its weight; in a real Chromium, over loopback, with nothing in its cache.

Useful is the first frame in which map, graticule and cells have been painted and the header tells the total: what an
officer decides by. A script that runs before the page's own looks at each frame whether the total stands in the header
and the canvases of graticule and cells are there; the next frame paints them, and when that one is through, the clock
of the navigation is read.
"""

from __future__ import annotations

from statistics import median
from typing import Any, Final

from proofs.web.children import station
from proofs.web.chromium import Chromium, Heard

RUNS: Final = 7
CELLS: Final = 576
WITHIN_S: Final = 20.0
SETTLES_S: Final = 2.0
MOST_S: Final = 1.0
MOST_BYTES: Final = 600_000

Figures = dict[str, Any]

WHEN_PAINTED: Final = """
globalThis.benchPaintedMs = 0;
const isUseful = () => {
  const total = document.getElementById('total-people');
  const canvases = ['cells', 'graticule'].map((name) => document.querySelector(`.leaflet-${name}-pane canvas`));
  return total && /[0-9]/.test(total.textContent) && canvases.every((canvas) => canvas?.width > 0);
};
const through = (then) => requestAnimationFrame(() => setTimeout(then, 0));
const look = () => {
  if (isUseful()) through(() => { globalThis.benchPaintedMs = performance.now(); });
  else requestAnimationFrame(look);
};
requestAnimationFrame(look);
"""
"""Milliseconds since the navigation began, 0 until then."""
FIRST_CONTENT: Final = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


async def measured(chromium: Chromium, *, runs: int) -> tuple[Figures, list[Heard]]:
    """Return seconds and bytes, and what each page asked for and complained of.

    Raises:
        StationError: a page never came to its map.
    """
    heard, painted_s, content_s = [], [], []
    async with station("proofs.web.station", "--cells", str(CELLS)) as (_, address):
        for _ in range(runs):
            async with chromium.page(WHEN_PAINTED) as page:
                await page.ask("Page.navigate", url=address)
                painted_s.append(await page.until("globalThis.benchPaintedMs", within_s=WITHIN_S) / 1e3)
                content_s.append(await page.evaluate(FIRST_CONTENT) / 1e3)
                await page.evaluate(f"new Promise((done) => setTimeout(done, {1e3 * SETTLES_S}))")
                page.heard.keep_outside(address)
                heard.append(page.heard)
    return figures_of(painted_s, content_s, heard), heard


def figures_of(painted_s: list[float], content_s: list[float], heard: list[Heard]) -> Figures:
    """Return the figures of some runs."""
    wire, decoded = (max(getattr(one, name) for one in heard) for name in ("wire_bytes", "decoded_bytes"))
    first_s = median(painted_s)
    return {
        "paint_s": round(first_s, 3),
        "paint_most_s": round(max(painted_s), 3),
        "floor_paint_s": round(median(content_s), 3),
        "runs": len(painted_s),
        "wire_bytes": round(wire),
        "decoded_bytes": round(decoded),
        "paint_reached": first_s <= MOST_S,
        "weight_reached": wire <= MOST_BYTES,
    }
