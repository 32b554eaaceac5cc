"""Many readers at once: how late maps and pictures come, and what each reader costs the station, beside the floor."""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import Process
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from groundstation.benchmarks.fitted import slope_of
from proofs.web.children import child, cpu_s, last_line, options, said_after, station
from proofs.web.station import MAP_EVERY_S

LATE_MS: Final = 1000.0
LINEAR: Final = 1.1
"""Twice the readers cost at most so many times twice as much: noise of a machine beside a straight line."""
LEAST_SHARE: Final = 0.005
"""Less CPU than this says nothing of growth."""

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How many read, of what, for how long."""

    sizes: Sequence[int] = (0, 50, 100, 200)
    """Readers of the map in steps; four, the first none, the fourth twice the third."""
    viewers: int = 20
    """Of the video, beside the most readers."""
    cells: int = 576
    seconds: float = 8.0
    """Of each measurement."""


QUICK: Final = Plan(sizes=(0, 5, 10, 20), viewers=2, cells=64, seconds=2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One measurement: what the server spent, and what readers got."""

    cpu_share: float
    """Seconds of CPU a second, of the server."""
    got: Mapping[str, Any]


async def measured(plan: Plan, film: Path, fps: float) -> Figures:
    """Return the figures of the station and, prefixed `floor_`, those of a bare server of the same bytes.

    Raises:
        StationError: a program failed.
    """
    arguments = ["--cells", str(plan.cells), "--film", str(film)]
    ours = await _figures(plan, arguments, fps, with_whole=True)
    floor = await _figures(plan, [*arguments, "--floor"], fps, with_whole=False)
    return {
        "cells": plan.cells,
        "sizes": list(plan.sizes),
        **ours,
        **{f"floor_{name}": value for name, value in floor.items()},
        "late_reached": all(ours[name]["reached"] for name in ("steps", "whole", "video")),
        "growth_reached": ours["growth"] <= LINEAR,
    }


async def _figures(plan: Plan, arguments: Sequence[str], fps: float, *, with_whole: bool) -> Figures:
    async with station("proofs.web.station", *arguments) as (server, address):
        alone = [await _measured(server, address, {"steps": size}, plan.seconds) for size in plan.sizes]
        both = {"steps": plan.sizes[-1], "video": plan.viewers}
        full = await _measured(server, address, both, plan.seconds)
        whole = await _measured(server, address, {"whole": plan.sizes[-1]}, plan.seconds) if with_whole else None
    figures = {
        **growth_figures(plan.sizes, [one.cpu_share for one in alone]),
        "cpu_with_video": round(full.cpu_share, 4),
        "steps": reader_figures(full.got, "steps", both["steps"], rate_hz=1 / MAP_EVERY_S),
        "video": reader_figures(full.got, "video", both["video"], rate_hz=fps),
    }
    if whole is not None:
        figures["cpu_whole"] = round(whole.cpu_share, 4)
        figures["whole"] = reader_figures(whole.got, "whole", plan.sizes[-1], rate_hz=1 / MAP_EVERY_S)
    return figures


async def _measured(server: Process, address: str, counts: Mapping[str, int], seconds: float) -> Measured:
    async with child("proofs.web.clients", address, *options(seconds=seconds, **counts)) as readers:
        await said_after(readers, "counting")
        before_s, began_s = cpu_s(server.pid), asyncio.get_running_loop().time()
        await asyncio.sleep(seconds)
        spent_s, lasted_s = cpu_s(server.pid) - before_s, asyncio.get_running_loop().time() - began_s
        return Measured(cpu_share=spent_s / lasted_s, got=json.loads(await last_line(readers)))


def growth_figures(sizes: Sequence[int], shares: Sequence[float]) -> Figures:
    """Return how a server's CPU grows with its readers.

    Args:
        sizes: how many read; four, the first none, the fourth twice the third.
        shares: seconds of CPU a second.
    """
    slope, error = slope_of(sizes, shares)
    half, all_of_them = shares[2] - shares[0], shares[3] - shares[0]
    return {
        "cpu": [round(share, 4) for share in shares],
        "cpu_ms_per_reader": round(1e3 * slope, 3),
        "cpu_ms_per_reader_sigma": round(1e3 * error, 3),
        "growth": round(all_of_them / half / 2, 2) if half >= LEAST_SHARE else 0.0,
    }


def reader_figures(got: Mapping[str, Any], kind: str, readers: int, *, rate_hz: float) -> Figures:
    """Return how late messages came to readers of one kind, and whether all came in time.

    Args:
        got: what `proofs.web.clients` tells.
        kind: `steps`, `whole` or `video`.
        readers: how many there were.
        rate_hz: maps or pictures a second.
    """
    seconds, of = got["seconds"], got[kind]
    due = max(int((seconds - LATE_MS / 1e3) * rate_hz), 1)  # who has fewer waited for more than a second
    late = sum(late_ms > LATE_MS for late_ms in of["late_ms"])
    figures = np.percentile(of["late_ms"], [50, 99, 100]).round(1).tolist() if of["late_ms"] else [None] * 3
    return {
        "readers": readers,
        **dict(zip(("p50_ms", "p99_ms", "max_ms"), figures, strict=True)),
        "late_share": late / len(of["late_ms"]) if of["late_ms"] else 1.0,
        "missed": max(due - of["least"], 0),
        "ended": of["ended"],
        "messages_per_s": round(of["messages"] / seconds, 1),
        "bytes_per_s": round(of["payload_bytes"] / seconds),
        "reached": late == 0 and of["least"] >= due and of["ended"] == 0,
    }
