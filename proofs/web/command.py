"""The benchmark `web`: many readers, a real browser, and a clock in the picture; each figure beside its floor.

What needs no browser is measured without one. Where Chromium is missing, one line on standard error and in the figures
says what to install, and the parts that need it are not there.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from proofs.web import film, load, paint, screen, updates
from proofs.web.chromium import MISSING, Heard, program, running

QUICK_RUNS: Final = 2
MOST_TOLD: Final = 5

Figures = dict[str, Any]


def measured(*, quick: bool) -> Figures:
    """Return the figures by part: `load`, and with a browser `paint`, `updates`, `video` and `clean`.

    Raises:
        StationError: a program failed, or a page never came to what it should show.
    """
    return asyncio.run(_measured(quick=quick))


async def _measured(*, quick: bool) -> Figures:
    figures: Figures = {"load": await _load(quick=quick)}
    path = program()
    if path is None:
        _tell(MISSING)
        return {**figures, "missing": MISSING}
    async with running(path) as chromium:
        _tell(f"web, in {chromium.version}")
        figures["paint"], painted = await paint.measured(chromium, runs=QUICK_RUNS if quick else paint.RUNS)
        figures["updates"], updated = await updates.measured(chromium, quick=quick)
        figures["video"], seen = await screen.measured(chromium, quick=quick)
        return {**figures, "clean": clean_figures([*painted, *updated, *seen]), "browser": chromium.version}


async def _load(*, quick: bool) -> Figures:
    with TemporaryDirectory(prefix="groundstation-bench-") as name:
        _tell("web, a film out of the sealed worker")
        made = await film.filmed(Path(name))
        path = Path(name) / "film.json"
        film.write(made, path)
        _tell("web, many readers")
        return await load.measured(load.QUICK if quick else load.Plan(), path, made.fps)


def clean_figures(heard: Sequence[Heard]) -> Figures:
    """Return how often any page asked elsewhere than at the station, or complained."""
    outside = [url for one in heard for url in one.requests]
    errors = [text for one in heard for text in one.errors]
    return {
        "pages": len(heard),
        "outside_requests": len(outside),
        "console_errors": len(errors),
        "told": [*outside, *errors][:MOST_TOLD],
        "reached": not outside and not errors,
    }


def _tell(text: str) -> None:
    sys.stderr.write(f"bench: {text}\n")
