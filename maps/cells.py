"""Grid and cell values: what the sealed room counts and what the map publishes. Plain values, no arrays, no engines.

Cells are squares of 20, 10 or 5 m in one metric mission CRS (`epsg`), aligned to that CRS: cell (size, i, j) covers
easting [i size, (i + 1) size) and northing [j size, (j + 1) size). Counts are taken on the 5 m leaves.
"""

from __future__ import annotations

from dataclasses import InitVar, dataclass
from enum import Enum, StrEnum
from typing import Final, NamedTuple

LEAF_SIZE_M: Final = 5
CELL_SIZES_M: Final = (20, 10, 5)
"""Root to leaf."""

FLOW_SIZE_M: Final = 10
"""Of the cells over which flow is taken."""

MIN_CELL_COUNT: Final = 5
"""k: no cell with 1 to k - 1 people is ever published with its figure."""


class CellId(NamedTuple):
    """One square of the mission grid."""

    size_m: int
    east_index: int
    north_index: int

    @property
    def name(self) -> str:
        """The cell as text, for instance `10/44821/683310`."""
        return f"{self.size_m}/{self.east_index}/{self.north_index}"

    @property
    def parent(self) -> CellId:
        """The cell of twice the size that contains this one."""
        return CellId(self.size_m * 2, self.east_index // 2, self.north_index // 2)

    @property
    def children(self) -> tuple[CellId, CellId, CellId, CellId]:
        """The four cells of half the size."""
        half, east, north = self.size_m // 2, self.east_index * 2, self.north_index * 2
        return (
            CellId(half, east, north),
            CellId(half, east + 1, north),
            CellId(half, east, north + 1),
            CellId(half, east + 1, north + 1),
        )


class MapMaker(Enum):
    """Who may make what the map publishes; whoever has no such name to give cannot make or change it."""

    GATE = "gate 2, maps.disclosure"


class CellState(StrEnum):
    """What a published cell says of itself."""

    OBSERVED = "observed"
    STALE = "stale"
    UNOBSERVED = "unobserved"
    SUPPRESSED = "suppressed"
    """1 to k - 1 people: the figure is not published."""
    SATURATED = "saturated"
    """The figure is a true lower bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellCount:
    """People counted in one 5 m leaf in one frame of one camera."""

    cell: CellId
    people: float
    """Estimate, 0 or more."""
    variance: float
    """Of `people`."""
    observed_share: float
    """Share of the cell's area that this frame could see, 0 to 1."""
    ce90_m: float
    """Radius that holds 90 % of the position errors in this cell."""
    saturated: bool = False
    found: int = 0
    """Detections whose ground point lies here, one each: no weight, no memory. What differential privacy counts."""
    peak_per_m2: float = 0.0
    """Density within 2 m of the tightest spot in the cell, from 2 people/m2 (25 people) on; 0 below (`maps.peaks`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFlow:
    """How the people of one 10 m cell walk on the whole, in one frame of one camera; never of fewer than k."""

    cell: CellId
    people: int
    """Of whom it was measured."""
    east_m_s: float
    """Mean over them, without the fastest and the slowest fifth."""
    north_m_s: float
    variance: float
    """Of the mean along either axis, (m/s)^2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellCounts:
    """All leaves that one frame of one camera saw; the only numbers that leave the sealed process."""

    source: str
    """Name of the camera."""
    utc_ns: int
    """Capture time of the frame."""
    epsg: int
    cells: tuple[CellCount, ...]
    flows: tuple[CellFlow, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FusedCell:
    """One 5 m leaf after fusion over cameras and time; inside the station only, before gate 2."""

    cell: CellId
    people: float
    variance: float
    observed_share: float
    ce90_m: float
    seen_utc_ns: int
    """When a camera last saw the cell."""
    sources: tuple[str, ...]
    saturated: bool
    found: int = 0
    """Most detections here in one newest frame of the cameras that see the cell now."""
    peak_per_m2: float = 0.0
    """Of the tightest spot, as the camera sees it that sees it tightest, over some seconds; for `maps.events` alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedCell:
    """One cell of the operator map, after gate 2."""

    cell: CellId
    state: CellState
    people: float | None
    """None unless observed, stale or saturated."""
    people_sigma: float | None
    density_per_m2: float | None
    """`people` per observed square metre."""
    observed_share: float
    age_s: float | None
    ce90_m: float | None
    sources: tuple[str, ...] = ()
    people_mean: float | None = None
    """Map of a recording only: mean over the time the cell was seen; `people` is then its busiest moment."""
    made_by: InitVar[MapMaker]

    def __post_init__(self, made_by: MapMaker) -> None:
        """Refuse any other maker."""
        _check_maker(made_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFlow:
    """How people walk on the whole in one cell of the operator map, after gate 2."""

    cell: CellId
    speed_m_s: float
    """Of the mean, not the mean of speeds: 0 where as many go one way as the other."""
    bearing_deg: float | None
    """Clockwise from true north; None where there is no way."""
    sigma_m_s: float
    made_by: InitVar[MapMaker]

    def __post_init__(self, made_by: MapMaker) -> None:
        """Refuse any other maker."""
        _check_maker(made_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class DensityMap:
    """The operator map of one instant, or of a recording: published cells only, and totals over them."""

    utc_ns: int
    epsg: int
    cells: tuple[PublishedCell, ...]
    people: float
    """Sum over published cells with a figure."""
    people_sigma: float
    observed_share: float
    """Share of the mission area seen, 0 to 1."""
    covers_s: float | None = None
    """Map of a recording only: seconds it covers; `people` is then the mean over them, 0 if that is under k."""
    few_at_most: int = MIN_CELL_COUNT - 1
    """Most people in a suppressed cell; in the live map a little more, because hiding is early and showing late."""
    made_by: InitVar[MapMaker]

    def __post_init__(self, made_by: MapMaker) -> None:
        """Refuse any other maker."""
        _check_maker(made_by)


def _check_maker(made_by: MapMaker) -> None:
    if not isinstance(made_by, MapMaker):
        raise TypeError("what the map publishes is made by gate 2 alone")
