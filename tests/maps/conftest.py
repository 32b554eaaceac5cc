"""Cameras and leaves for the tests of this room."""

from collections.abc import Callable
from typing import Any

import pytest

from flightlink.pose import CONSUMER_GIMBAL, CameraPose, Intrinsics
from maps.cells import CellCount, CellCounts, CellId, FusedCell

MakePose = Callable[..., CameraPose]
MakeLeaf = Callable[..., FusedCell]
MakeCounts = Callable[..., CellCounts]

NOW_NS = 1_790_000_000 * 10**9


@pytest.fixture(scope="session")
def make_pose() -> MakePose:
    """Return a maker of poses: a 1080p camera 60 m over Paris, looking down at 45 degrees, unless told otherwise."""

    def made(**changes: Any) -> CameraPose:
        lens: dict[str, Any] = {
            "width_px": 1920,
            "height_px": 1080,
            "fx_px": 1371.0,
            "fy_px": 1371.0,
            "cx_px": 960.0,
            "cy_px": 540.0,
        }
        lens |= {name: changes.pop(name) for name in (*lens, "distortion") if name in changes}
        place = {"lat_deg": 48.857, "lon_deg": 2.352, "alt_m": 60.0, "ground_alt_m": 0.0}
        angles = {"yaw_deg": 30.0, "pitch_deg": -45.0, "roll_deg": 0.0}
        values: dict[str, Any] = {"utc_ns": NOW_NS, "sigma": CONSUMER_GIMBAL} | place | angles | changes
        return CameraPose(intrinsics=Intrinsics(**lens), **values)

    return made


@pytest.fixture(scope="session")
def make_leaf() -> MakeLeaf:
    """Return a maker of fused leaves by index."""

    def made(east: int, north: int, people: float, **changes: Any) -> FusedCell:
        values: dict[str, Any] = {
            "cell": CellId(5, east, north),
            "people": people,
            "variance": 0.1,
            "observed_share": 1.0,
            "ce90_m": 3.0,
            "seen_utc_ns": NOW_NS,
            "sources": ("a",),
            "saturated": False,
        }
        return FusedCell(**(values | changes))

    return made


@pytest.fixture(scope="session")
def make_counts() -> MakeCounts:
    """Return a maker of one frame's counts from people per leaf of a row."""

    def made(source: str, utc_ns: int, people: list[float], **changes: Any) -> CellCounts:
        epsg = changes.pop("epsg", 2154)
        cells = tuple(
            CellCount(
                **{
                    "cell": CellId(5, column, 0),
                    "people": count,
                    "variance": 0.2 * count + 0.05,
                    "observed_share": 1.0,
                    "ce90_m": 3.0,
                    **changes,
                }
            )
            for column, count in enumerate(people)
        )
        return CellCounts(source=source, utc_ns=utc_ns, epsg=epsg, cells=cells)

    return made
