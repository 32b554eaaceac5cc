"""A square that fills, on paper: arrivals, the station's errors of counting, fusion, gate 2, and the zone around it.

People are found with a recall of 0.8, off by 5 % (standard deviation) in each run, and in each leaf by 12 % more that
changes within some twenty seconds; the fence cuts cells anywhere, and some sixty people stand about outside it. One
frame every two seconds. The table of decision 0070 is of seeds 0 to 3 of each profile.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from maps.cells import CellCount, CellCounts, CellId
from maps.disclosure import Disclosure
from maps.fusion import FusedMap
from maps.until_full import FillTrend, UntilFull
from maps.zone_events import ZoneWatch
from maps.zones import Zone, ZoneFill, ZoneGround, map_read

FloatArray = NDArray[np.float64]
Arrivals = Callable[[float], float]
"""People a second at a time in seconds."""
S: Final = 1_000_000_000
STEP_S: Final = 2
SIDE_M, LEAVES = 100, 20
FENCE_M: Final = 40.0
CAPACITY: Final = 1600
RECALL: Final = 0.8
START_NS: Final = 1_790_000_000 * S
PROFILES: Final[dict[str, tuple[Arrivals, int, int]]] = {
    "full after 6 min": (lambda _: 3.9, 200, 7),
    "full after 12 min": (lambda _: 1.95, 200, 14),
    "full after 24 min": (lambda _: 0.97, 200, 26),
    "trains every 4 min": (lambda t_s: 3.45 if t_s % 240 < 120 else 0.45, 200, 14),
    "ever slower": (lambda t_s: 3.0 * math.exp(-t_s / 900), 200, 14),
    "steady at nine tenths": (lambda _: 0.0, 1440, 14),
}
"""Arrivals, people at the start, minutes."""
ZONE: Final = Zone(zone_id="z1", name="square", capacity=CAPACITY, corners=((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)))


@dataclass(frozen=True, slots=True)
class Instant:
    """What was there, and what was told of it."""

    at_s: int
    people: int
    fill: ZoneFill
    until_full: UntilFull | None
    is_alert: bool


class Square:
    """People between fences, and those about."""

    def __init__(self, rng: np.random.Generator, people: int) -> None:
        self._rng = rng
        self.low = rng.uniform(20, 40, 2)
        self._inside = rng.uniform(self.low, self.low + FENCE_M, (people, 2))
        about = rng.uniform(0, SIDE_M, (60, 2))
        self._about = about[~((about > self.low) & (about < self.low + FENCE_M)).all(1)]

    def __len__(self) -> int:
        return len(self._inside)

    def step(self, arriving: float) -> None:
        """Let some arrive, some change places with others outside, and some walk a step."""
        rng, passing = self._rng, 0.2 + 0.1 * arriving
        new = rng.uniform(self.low, self.low + FENCE_M, (rng.poisson(arriving) + rng.poisson(passing), 2))
        stay = np.concatenate([self._inside[rng.poisson(passing) :], new])
        steps = (rng.random(len(stay)) < 0.4)[:, None] * rng.normal(0, 0.9, stay.shape)
        self._inside = np.clip(stay + steps, self.low + 0.01, self.low + FENCE_M - 0.01)

    def leaves(self) -> NDArray[np.int64]:
        """Return the people on each leaf."""
        places = np.concatenate([self._inside, self._about])
        east, north = (places / (SIDE_M / LEAVES)).astype(np.int64).T
        held: NDArray[np.int64] = np.bincount(east * LEAVES + north, minlength=LEAVES**2).reshape(LEAVES, LEAVES)
        return held


def watched(seed: int, profile: str, *, beyond_fence_m: float = 10.0) -> Iterator[Instant]:
    """Yield what a station tells of a square that fills.

    Args:
        seed: of everything.
        profile: one of `PROFILES`.
        beyond_fence_m: how much wider than the fence the zone is drawn, on each side.
    """
    arrivals, people, minutes = PROFILES[profile]
    rng = np.random.default_rng(seed)
    square, bias, area = Square(rng, people), 1 + 0.05 * rng.standard_normal(), shapely.box(0, 0, SIDE_M, SIDE_M)
    outline = shapely.box(*(square.low - beyond_fence_m), *(square.low + FENCE_M + beyond_fence_m))
    ground, fused, gate = ZoneGround(outline, area), FusedMap(), Disclosure(epsg=2154, mission_area=area)
    trend, watch, missed = FillTrend(), ZoneWatch(), np.zeros((LEAVES, LEAVES))
    for at_s in range(0, minutes * 60, STEP_S):
        square.step(STEP_S * arrivals(at_s))
        keep = math.exp(-STEP_S / 20)
        missed = missed * keep + 0.12 * math.sqrt(1 - keep**2) * rng.standard_normal(missed.shape)
        found = rng.binomial(square.leaves(), np.clip(RECALL * bias * (1 + missed), 0.02, 0.98))
        utc_ns = START_NS + at_s * S
        fused.take(_counts(found, utc_ns))
        fill = ground.fill(map_read(gate.published(fused.cells_at(utc_ns), utc_ns)))
        trend.take(utc_ns, fill)
        events = watch.take(utc_ns, [(ZONE, fill)])
        yield Instant(at_s, len(square), fill, trend.until_full(CAPACITY, utc_ns), bool(events))


def _counts(found: NDArray[np.int64], utc_ns: int) -> CellCounts:
    cells = tuple(
        CellCount(
            cell=CellId(5, east, north), people=number / RECALL, variance=0.25 * number / RECALL, observed_share=1.0,
            ce90_m=2.0, found=number,
        )
        for (east, north), number in zip(np.ndindex(found.shape), found.ravel().tolist(), strict=True)
    )  # fmt: skip
    return CellCounts(source="north", utc_ns=utc_ns, epsg=2154, cells=cells)


def full_at_s(seen: list[Instant]) -> int | None:
    """Return when the square really is full."""
    return next((one.at_s for one in seen if one.people >= CAPACITY), None)
