"""GATE 2, public level: detections per 20 m cell go in, a differentially private map comes out, every ten seconds.

What is counted. Detections, one each: no weight, no fusion, no memory, because a weighted or filtered sum has no bound
on what one person changes. Each leaf of 5 m is taken from one frame of one camera, so that no camera counts it again
and a cell may be seen by several. One detection more changes one count by one, and a frame serves one release at most.
Geometric noise of scale 6 then hides it with epsilon 1/6 a release; the ledger allows 6 in any 60 s, epsilon 1.

What is guaranteed. The map is nearly as likely with any one detection as without it. That is a guarantee for each
detection and each window, not for a life: who is found in many frames is in many releases, one a frame; who stays for
an hour is in 60 windows; who is found twice in one frame, or walks from one leaf's frame into another's, is two.

What does not depend on people: the list of cells (all of the mission area), which frame of which camera a leaf is
taken from (the one that sees most of it, of such the newest), whether a cell is observed, the instants. All else
follows from noisy counts: levels, density and `at_least` are computed behind the noise, so that no flag tells what it
hides.

Noise cannot hide a crush. At 0.1 people/m2 from a threshold a wrong level needs noise of 38 on 380 m2: exp(-38 / 6) /
(1 + exp(-1 / 6)) = 9.6e-4. The highest level is `alert`, which stands for all above: crowds are not ranked in public.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import shapely

from maps.budget import NS_PER_S, Balance, Ledger
from maps.cells import CELL_SIZES_M, LEAF_SIZE_M, CellCounts
from maps.errors import CountingError
from maps.levels import STANDARD_THRESHOLDS, Level
from maps.noise import Noise
from maps.patches import LEAST_GROUND_M2, Patch, public_patches

LEAST_SHARE: Final = 2 / 3
"""Of a patch's ground, for merged ones; of a cell that lies wholly in the area, `LEAST_GROUND_M2` asks for 95 %."""
FRESH_S: Final = 10.0
"""A frame older than this is in no release."""
TOP_PER_M2: Final = STANDARD_THRESHOLDS.alert_per_m2
"""Densities are told up to here."""
_LEAVES_PER_SIDE: Final = CELL_SIZES_M[0] // LEAF_SIZE_M
_LeafLook = tuple[float, int, str, int]
"""Share seen, instant, camera, detections: of the frame from which a leaf is taken."""


class PublicState(StrEnum):
    """What a cell of the public map says of itself; never depends on people."""

    OBSERVED = "observed"
    UNOBSERVED = "unobserved"
    TOO_SMALL = "too_small"
    """The whole mission area is smaller than the noise allows to tell of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is known of one patch before the noise; inside the station only."""

    found: int
    """Detections, one each."""
    seen_m2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicCell:
    """One cell of the public map, behind the noise."""

    state: PublicState
    level: Level | None = None
    """Up to `alert`, which stands for `critical` too; None unless observed."""
    density_per_m2: float | None = None
    """With noise, from 0 to `TOP_PER_M2`."""
    at_least: bool = False
    """The noisy density lies at the top or above."""
    observed_share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicMap:
    """One release."""

    utc_ns: int
    cells: tuple[PublicCell, ...]
    """One for each patch, in the patches' order."""
    balance: Balance
    """Of the ledger, this release included."""


def released(looks: Sequence[Look | None], patches: Sequence[Patch], noise: Noise) -> tuple[PublicCell, ...]:
    """Return the cells of one release: the one place where counts become public.

    Args:
        looks: For each patch what was found in it, or None where not enough of its ground was seen.
        patches: The cells of the map.
        noise: OpenDP's mechanism of `maps.budget.EPSILON_PER_RELEASE`; called once, with one count a look.
    """
    noisy = iter(noise([look.found for look in looks if look is not None]))
    return tuple(
        _without_look(patch) if look is None else _observed(next(noisy), look, patch)
        for look, patch in zip(looks, patches, strict=True)
    )


def _without_look(patch: Patch) -> PublicCell:
    return PublicCell(state=PublicState.UNOBSERVED if patch.ground_m2 >= LEAST_GROUND_M2 else PublicState.TOO_SMALL)


def _observed(noisy: int, look: Look, patch: Patch) -> PublicCell:
    density = noisy / look.seen_m2
    level = STANDARD_THRESHOLDS.level_of(density)
    return PublicCell(
        state=PublicState.OBSERVED,
        level=Level.ALERT if level is Level.CRITICAL else level,
        density_per_m2=min(max(density, 0.0), TOP_PER_M2),
        at_least=density >= TOP_PER_M2,
        observed_share=look.seen_m2 / patch.ground_m2,
    )


class PublicLevel:
    """Takes the counts of all cameras and makes the releases of one mission; one owner.

    Args:
        epsg: CRS of the grid.
        mission_area: in that CRS.
        noise: see `released`.
        starts_ns: the instant of the start, of the clock that `release` is told.
    """

    def __init__(self, *, epsg: int, mission_area: shapely.Polygon, noise: Noise, starts_ns: int) -> None:
        self._epsg = epsg
        self.patches = public_patches(mission_area)
        self._patch_of = {cell[1:]: row for row, patch in enumerate(self.patches) for cell in patch.cells}
        self._needed_m2 = [max(LEAST_GROUND_M2, LEAST_SHARE * patch.ground_m2) for patch in self.patches]
        self._noise = noise
        self._ledger = Ledger(starts_ns=starts_ns)
        self._leaves: dict[tuple[int, int], _LeafLook] = {}

    def take(self, counts: CellCounts) -> None:
        """Take in one frame's counts: of each leaf the frame that saw most of it is kept, of such the newest.

        Raises:
            CountingError: counts in another CRS, or a number of detections that is none.
        """
        if counts.epsg != self._epsg:
            raise CountingError(f"{counts.source} counts in EPSG:{counts.epsg}, the map is in EPSG:{self._epsg}")
        for count in counts.cells:
            _, east, north = count.cell
            if not (isinstance(count.found, int) and count.found >= 0 and 0 <= count.observed_share <= 1):
                raise CountingError(f"{counts.source} found {count.found} on {count.observed_share} of a leaf")
            if (east // _LEAVES_PER_SIDE, north // _LEAVES_PER_SIDE) in self._patch_of:
                look = (count.observed_share, counts.utc_ns, counts.source, count.found)
                last = self._leaves.get((east, north))
                if last is None or look[:3] > last[:3] or not _is_near(last[1], counts.utc_ns):
                    self._leaves[east, north] = look

    def _looks(self, utc_ns: int) -> list[Look | None]:
        """Return what the leaves' frames found in each patch of which enough was seen, and forget them."""
        found, seen_m2 = [0] * len(self.patches), [0.0] * len(self.patches)
        for (east, north), look in self._leaves.items():
            if _is_near(look[1], utc_ns):
                row = self._patch_of[east // _LEAVES_PER_SIDE, north // _LEAVES_PER_SIDE]
                found[row] += look[3]
                seen_m2[row] += look[0] * LEAF_SIZE_M**2
        self._leaves = {}
        ground_m2 = [min(seen, patch.ground_m2) for seen, patch in zip(seen_m2, self.patches, strict=True)]
        return [
            Look(found=people, seen_m2=seen) if seen >= needed else None
            for people, seen, needed in zip(found, ground_m2, self._needed_m2, strict=True)
        ]

    def release(self, utc_ns: int, now_ns: int) -> PublicMap | None:
        """Return the next map, or None where none is due or the budget does not allow one.

        Args:
            utc_ns: The instant, by the clock of the counts.
            now_ns: The instant, by the monotonic clock of the ledger.
        """
        if not self._ledger.spend(now_ns):
            return None
        cells = released(self._looks(utc_ns), self.patches, self._noise)
        return PublicMap(utc_ns=utc_ns, cells=cells, balance=self._ledger.balance(now_ns))


def _is_near(utc_ns: int, now_utc_ns: int) -> bool:
    return abs(now_utc_ns - utc_ns) <= FRESH_S * NS_PER_S
