"""What one second of the station costs, from people's places to the published map, as people, drones and cells grow."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from groundstation.benchmarks.fitted import exponent_of
from groundstation.benchmarks.paper import VIEW_M, PaperWorld, Plan
from groundstation.benchmarks.state import deep_size
from groundstation.benchmarks.station_second import PARTS, StationSeconds

AT_MOST_LINEAR: Final = 1.05
BOUNDED: Final = 1.1
"""State may be so many times what it was: where views end, a few leaves more or less are remembered."""
PEOPLE: Final = (10, 100, 1_000, 10_000, 100_000)
DRONES: Final = (1, 2, 4, 8, 16)
SIDE_M: Final = 200.0
FOUR: Final = tuple((SIDE_M * x, SIDE_M * y) for x in (0.25, 0.75) for y in (0.25, 0.75))
CROWD_PER_M2: Final = 2.5
"""Of the crowd that grows; 100,000 fill the ground."""
PEOPLE_PER_M2: Final = 0.25
"""Under drones whose number grows."""
WARM_UP: Final = 5
"""Seconds before the clock starts: a cell of the live map splits at its fourth map."""
QUICK_SIZES: Final = 3
MEASURED: Final = 10
"""Seconds: one release of the public map is among them."""
ROUTE_M: Final = 3_000.0
ROUTE_M_S: Final = 10.0
ROUTE_S: Final = 240
SETTLED_S: Final = 60
"""By then ground seen at first has left the map."""
WEIGHED_EVERY_S: Final = 20
SEED: Final = 7


def measured(*, quick: bool) -> dict[str, Any]:
    """Return milliseconds of CPU and bytes of state for one second, by people, drones and cells, and their growth."""
    series = {
        "people": _series(PEOPLE, crowd, quick=quick),
        "people_denser": _series(PEOPLE, denser, quick=quick),
        "drones": _series(DRONES, same_ground, quick=quick),
        "drones_overlapping": _series(DRONES, overlapping, quick=quick),
        "cells": _series(DRONES, side_by_side, quick=quick),
    }
    exponents = [one[key] for one in series.values() for key in ("exponent", "exponent_station")]
    state = bounded_state(seconds=2 * SETTLED_S if quick else ROUTE_S)
    return {
        "worst_exponent": max(exponents),
        "at_most_linear": max(exponents) <= AT_MOST_LINEAR,
        "state_bounded": state["state_growth"] <= BOUNDED,
        "seconds_measured": 1 if quick else MEASURED,
        **series,
        "state": state,
    }


def crowd(people: int) -> Plan:
    """Return four drones that together see all of 200 x 200 m, and a crowd in the middle that grows outwards."""
    return Plan(east_m=SIDE_M, north_m=SIDE_M, people=people, crowd_per_m2=CROWD_PER_M2, drones=FOUR)


def denser(people: int) -> Plan:
    """Return the same with people all over the ground, who stand ever closer."""
    return Plan(east_m=SIDE_M, north_m=SIDE_M, people=people, drones=FOUR)


def same_ground(drones: int) -> Plan:
    """Return drones above one place, each looking three times a second at the same people."""
    return _ground(VIEW_M, ((VIEW_M[0] / 2, VIEW_M[1] / 2),) * drones, looks_hz=3)


def overlapping(drones: int) -> Plan:
    """Return drones of which each sees half of what the next one sees: four by four at most."""
    places = [(VIEW_M[0] * (1 + n % 4) / 2, VIEW_M[1] * (1 + n // 4) / 2) for n in range(drones)]
    return _ground((2.5 * VIEW_M[0], 2.5 * VIEW_M[1]), tuple(places))


def side_by_side(drones: int) -> Plan:
    """Return drones that each see ground of their own, so that the map's cells grow with them."""
    columns = min(drones, 4)
    places = [(VIEW_M[0] * (n % columns + 0.5), VIEW_M[1] * (n // columns + 0.5)) for n in range(drones)]
    return _ground((VIEW_M[0] * columns, VIEW_M[1] * (drones // columns)), tuple(places))


def _ground(size_m: tuple[float, float], drones: tuple[tuple[float, float], ...], looks_hz: int = 1) -> Plan:
    people = round(PEOPLE_PER_M2 * size_m[0] * size_m[1])
    return Plan(east_m=size_m[0], north_m=size_m[1], people=people, drones=drones, looks_hz=looks_hz)


def _series(sizes: Sequence[int], plan_of: Callable[[int], Plan], *, quick: bool) -> dict[str, Any]:
    """Return the figures of each size and the exponents of their growth: of all, and of the station's process."""
    sizes = sizes[:QUICK_SIZES] if quick else sizes
    stations = [StationSeconds(PaperWorld(plan_of(size), seed=SEED), clock_s=time.process_time) for size in sizes]
    rows = seconds_of(stations, seconds=1 if quick else MEASURED)
    for size, row in zip(sizes, rows, strict=True):
        sys.stderr.write(f"bench: scaling, {plan_of.__name__} {size}: {row['ms']} ms a second\n")
    return {
        "exponent": exponent_of(sizes, [row["ms"] for row in rows]),
        "exponent_station": exponent_of(sizes, [row["station_ms"] for row in rows]),
        "exponent_state": exponent_of(sizes, [row["state_bytes"] for row in rows]),
        "sizes": list(sizes),
        "rows": rows,
    }


def seconds_of(stations: Sequence[StationSeconds], *, seconds: int) -> list[dict[str, Any]]:
    """Let stations live second by second in turn, so that a busy moment meets all of them, and return their costs."""
    for second in range(WARM_UP):
        _live(stations, second)
    for station in stations:
        station.forget_costs()
    gc.collect()
    for second in range(WARM_UP, WARM_UP + seconds):
        _live(stations, second)
    return [_row(station, seconds) for station in stations]


def _live(stations: Iterable[StationSeconds], second: int) -> None:
    for station in stations:
        station.live(second)


def _row(station: StationSeconds, seconds: int) -> dict[str, Any]:
    """Return what a second cost in the mean, part by part, and what is kept after the last."""
    parts_ms = {f"{part}_ms": round(1e3 * station.spent_s[part] / seconds, 2) for part in PARTS}
    station_ms = sum(ms for name, ms in parts_ms.items() if name != "count_ms")
    return {
        "ms": round(sum(parts_ms.values()), 2),
        "station_ms": round(station_ms, 2),
        **parts_ms,
        "people_found": station.people_found // station.looks,
        "cells": station.cells,
        "wire_bytes": station.wire_bytes // station.looks,
        "state_bytes": deep_size(station.state)[0],
    }


def bounded_state(*, seconds: int) -> dict[str, Any]:
    """Return what is kept while a drone flies on over ever new ground: it must not grow with the ground seen."""
    plan = Plan(
        east_m=ROUTE_M, north_m=VIEW_M[1], people=round(PEOPLE_PER_M2 * ROUTE_M * VIEW_M[1]),
        drones=((0.0, VIEW_M[1] / 2),), speed_m_s=ROUTE_M_S,
    )  # fmt: skip
    station = StationSeconds(PaperWorld(plan, seed=SEED), clock_s=time.process_time)
    weights: list[int] = []
    for second in range(seconds):
        station.live(second)
        if second + 1 >= SETTLED_S and (second + 1 - SETTLED_S) % WEIGHED_EVERY_S == 0:
            gc.collect()
            weights.append(deep_size(station.state)[0])
    half = len(weights) // 2
    return {
        "updates": seconds,
        "ground_m": round(seconds * ROUTE_M_S),
        "state_bytes": weights,
        "state_growth": round(max(weights[half:]) / max(weights[:half]), 3),
    }
