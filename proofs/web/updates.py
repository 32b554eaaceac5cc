"""The map of 10,000 cells once a second in a real Chromium: how long each update holds the page's main thread.

The browser itself traces its tasks (`toplevel`): every task of the main thread, painting included, with its beginning
and end. A mark that is set as the page tells its parts of a new map (`state.js`) says which task brought the update.
All tasks from that one on, up to the next update's, are what the update cost; the page's own ticking is in it. The
floor is the same page with the same map on it and no update: the seconds after the last one.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np

from groundstation.errors import StationError
from proofs.web.children import station
from proofs.web.chromium import Chromium, Heard, Page

CELLS: Final = 10_816
MAPS: Final = 30
QUICK_MAPS: Final = 8
SETTLED: Final = 4
"""The first updates bring the page itself, and the places of all cells."""
MOST_MS: Final = 100.0
QUIET_FROM_S, QUIET_TO_S = 1.0, 4.5
"""After the last update; later the page greys a map that does not come any more."""
WITHIN_S: Final = 60.0
MAP_IS_THERE: Final = "document.getElementById('total-people')?.textContent !== '—'"
MARK: Final = "bench-update"
TASK: Final = "ThreadControllerImpl::RunTask"
MAIN_THREAD: Final = "CrRendererMain"
CATEGORIES: Final = ["toplevel", "blink.user_timing", "__metadata"]

Document = dict[str, Any]
Figures = dict[str, Any]

MARKS: Final = f"""
import('/static/state.js').then(({{ watch }}) => {{
  globalThis.benchUpdates = 0;
  watch((state, changed) => {{
    if (!changed.has('density')) return;
    performance.mark('{MARK}');
    globalThis.benchUpdates += 1;
    globalThis.benchCells = state.density.cells.length;
  }});
  return true;
}})
"""


@dataclass(frozen=True, slots=True)
class Task:
    """One task of the main thread, in seconds of the browser's clock."""

    begins_s: float
    lasts_s: float


async def measured(chromium: Chromium, *, quick: bool) -> tuple[Figures, list[Heard]]:
    """Return milliseconds of the main thread an update, and what the page asked for and complained of.

    Raises:
        StationError: the page did not come to its map, or the trace does not show it.
    """
    maps = QUICK_MAPS if quick else MAPS
    arguments = ["--cells", str(CELLS), "--maps", str(maps)]
    async with station("proofs.web.station", *arguments) as (_, address), chromium.page() as page:
        await page.ask("Page.navigate", url=address)
        await page.until(MAP_IS_THERE, within_s=WITHIN_S)
        await page.evaluate(MARKS)
        events = await _traced(page)
        cells = await page.evaluate("globalThis.benchCells")
        page.heard.keep_outside(address)
    tasks, marks_s = main_thread(events)
    return {"cells": cells, **figures_of(tasks, marks_s[SETTLED - 1 :])}, [page.heard]


async def _traced(page: Page) -> list[Document]:
    """Trace until updates have stopped for a while."""
    events: list[Document] = []
    page.hear("Tracing.dataCollected", lambda told: events.extend(told["value"]))
    config = {"includedCategories": CATEGORIES, "recordMode": "recordUntilFull"}
    await page.ask("Tracing.start", transferMode="ReportEvents", traceConfig=config)
    before = -1
    while (now := await page.evaluate("globalThis.benchUpdates")) != before:
        before = now
        await page.evaluate("new Promise((done) => setTimeout(done, 3000))")
    await page.evaluate(f"new Promise((done) => setTimeout(done, {1e3 * (QUIET_TO_S - 2)}))")
    complete = asyncio.Event()
    page.hear("Tracing.tracingComplete", lambda _: complete.set())
    await page.ask("Tracing.end")
    await asyncio.wait_for(complete.wait(), WITHIN_S)
    return events


def main_thread(events: Sequence[Document]) -> tuple[list[Task], list[float]]:
    """Return the tasks of the page's main thread and the instants of its marks, both in order of time.

    Raises:
        StationError: there is no mark.
    """
    marks = [event for event in events if event["name"] == MARK and event["ph"] in ("I", "R", "n")]
    if not marks:
        raise StationError("bench: the browser's trace shows no update of the map")
    thread = marks[0]["pid"], marks[0]["tid"]
    tasks = [
        Task(event["ts"] / 1e6, event["dur"] / 1e6)
        for event in events
        if event["name"] == TASK and event["ph"] == "X" and (event["pid"], event["tid"]) == thread
    ]
    return sorted(tasks, key=lambda task: task.begins_s), sorted(mark["ts"] / 1e6 for mark in marks)


def figures_of(tasks: Sequence[Task], marks_s: Sequence[float]) -> Figures:
    """Return what updates cost, from the tasks that brought them on, and a second of the floor.

    Raises:
        StationError: fewer than three updates.
    """
    if len(marks_s) < 3:
        raise StationError(f"bench: the page showed {len(marks_s)} updates; three are the least")
    begins = [task.begins_s for task in tasks]
    first = [bisect_right(begins, mark_s) - 1 for mark_s in marks_s]
    parts_ms = [[1e3 * task.lasts_s for task in tasks[a:b]] for a, b in pairwise(first)]
    whole, longest = [sum(part) for part in parts_ms], [max(part) for part in parts_ms]
    p50, p95 = np.percentile(whole, [50, 95])
    quiet = [task for task in tasks if QUIET_FROM_S <= task.begins_s - marks_s[-1] < QUIET_TO_S]
    return {
        "updates": len(whole),
        "blocked_p50_ms": round(float(p50), 1),
        "blocked_p95_ms": round(float(p95), 1),
        "longest_task_p50_ms": round(float(np.median(longest)), 1),
        "floor_ms": round(1e3 * sum(task.lasts_s for task in quiet) / (QUIET_TO_S - QUIET_FROM_S), 1),
        "blocked_reached": float(p50) <= MOST_MS,
    }
