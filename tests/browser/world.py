"""Generated documents of an invented place: a crowd through the real gate 2, vehicles, health."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import numpy as np
import shapely

from maps.cells import CellId, FusedCell
from maps.crs import MissionCrs
from maps.disclosure import published
from maps.flow_disclosure import flows_published
from maps.flowmap import FusedFlow
from maps.geojson import feature_collection, flow_list

EPSG: Final = 2154
EAST, NORTH = 130_300, 1_372_420
"""Indices of the 5 m leaf in the south-western corner of the invented place, both divisible by 4."""
PLACE: Final = MissionCrs(EPSG)

Document = dict[str, Any]
Crowd = Callable[[], list[FusedCell]]


def utc_text(seconds_from_now: float = 0.0) -> str:
    return (datetime.now(UTC) + timedelta(seconds=seconds_from_now)).isoformat(timespec="milliseconds")


def leaf(east: int, north: int, density_per_m2: float, *, age_s: float = 0.4, saturated: bool = False) -> FusedCell:
    people = density_per_m2 * 25
    return FusedCell(
        cell=CellId(5, EAST + east, NORTH + north), people=people, variance=0.02 * people * people + 0.3,
        observed_share=1.0, ce90_m=1.9, seen_utc_ns=time.time_ns() - int(age_s * 1e9), sources=("north",),
        saturated=saturated,
    )  # fmt: skip


def block(east: int, north: int, density_per_m2: float, **look: Any) -> list[FusedCell]:
    """Ten metres by twenty of one density."""
    places = [(east + right, north + up) for right in range(2) for up in range(4)]
    return [leaf(*place, density_per_m2, **look) for place in places]


def world_leaves() -> list[FusedCell]:
    """A generated crowd: every level, every state, and a third of the place unseen."""
    leaves = [
        leaf(east, north, 0.05 if (east // 4 + north // 4) % 2 else 0.24)
        for east in range(20)
        for north in range(24)
        if not (4 <= east < 16 and 8 <= north < 16)
    ]
    for column, density in enumerate((0.4, 1.4, 2.4, 4.2, 5.6)):
        leaves += block(4 + 2 * column, 8, density) + block(4 + 2 * column, 12, density)
    leaves += block(14, 8, 1.5, age_s=14) + block(14, 12, 2.6, saturated=True)
    # three people in a corner that is seen alone: too few for a figure
    return [*leaves, leaf(28, 20, 0.12)]


def geodetic(corners: list[tuple[float, float]]) -> list[list[float]]:
    """Corners in leaves from the south-west, as a closed ring of lon, lat."""
    east, north = np.array([*corners, corners[0]], dtype=np.float64).T
    lon, lat = PLACE.geodetic_from_crs((EAST + east) * 5, (NORTH + north) * 5)
    return [[float(x), float(y)] for x, y in zip(lon, lat, strict=True)]


AREA: Final = [(0.0, 1.0), (31.0, 0.0), (36.0, 9.0), (34.5, 24.0), (1.0, 23.0)]


@lru_cache(maxsize=8)
def density_document(crowd: Crowd) -> Document:
    """The operator map that gate 2 makes of a crowd's leaves; made once, dated anew as it is sent."""
    area = shapely.Polygon([((EAST + east) * 5, (NORTH + north) * 5) for east, north in AREA])
    density_map = published(crowd(), time.time_ns(), EPSG, mission_area=area)
    flows = flow_list(flows_published(world_flows(), density_map), EPSG)
    return feature_collection(density_map) | {"flows": flows, "frozen": False}


def world_flows() -> list[FusedFlow]:
    """The dense columns walk: the first stands, each next one faster and further round; the thin ground has none."""
    ways = [(0.02, 0.0), (0.4, 0.4), (0.9, 0.0), (0.9, -0.9), (0.0, -1.6)]
    return [
        FusedFlow(
            cell=CellId(10, EAST // 2 + 2 + column, NORTH // 2 + up), people=12, east_m_s=east, north_m_s=north,
            variance=0.006, seen_utc_ns=time.time_ns(),
        )
        for column, (east, north) in enumerate(ways)
        for up in range(4, 8)
    ]  # fmt: skip


def feature(kind: str, geometry_type: str, coordinates: Any, **properties: Any) -> Document:
    geometry = {"type": geometry_type, "coordinates": coordinates}
    return {"type": "Feature", "geometry": geometry, "properties": {"kind": kind, **properties}}


def vehicles_document() -> Document:
    north = geodetic([(11.0, 17.0)])[0]
    quay = geodetic([(30.0, 5.0)])[0]
    flying = {"link": "connected", "age_s": 0.2, "alt_home_m": 48.2, "yaw_deg": 232.0, "battery_percent": 61.0}
    lies = {
        "system_id": 1, "refusal": None, "pitch_deg": -38.0, "where": "inside", "outside_share": 0.0, "edge_m": 8.2,
        "edge_error_m": 2.4,
    }  # fmt: skip
    stale = {"link": "stale", "age_s": 2.4, "alt_home_m": 42.0, "yaw_deg": 20.0, "battery_percent": 74.0}
    return {
        "type": "FeatureCollection",
        "features": [
            feature("area", "Polygon", [geodetic(AREA)]),
            feature("footprint", "Polygon", [geodetic([(3, 7), (17, 6), (18, 17), (2, 17)])], name="north", **lies),
            feature("vehicle", "Point", north, name="north", system_id=1, alt_agl_m=48.2, refusal=None, **flying),
            feature("vehicle", "Point", quay, name="quay", system_id=2, refusal="stale_pose", **stale),
        ],
    }


def camera(name: str, gate: str, codec: str, since_utc: str) -> Document:
    return {
        "name": name, "system_id": 1, "link": {"state": "connected", "age_s": 0.2, "loss": 0.004}, "gate": gate,
        "since_utc": since_utc, "sealed": True, "seal": {"network": "holds"}, "fps": 12.1,
        "latency_ms": 310.0, "cap_px_per_m": 20.0, "camera_px_per_m": 31.2,
        "uncapped_from_agl_m": 73.6, "codec": codec, "frames_in": 920, "frames_out": 880,
        "frames_withheld": 40, "withheld_because": {"no_pose": 31, "detector_late": 9},
        "pose_refusal": None, "worker": {"state": "running", "why": ""}, "restarts": 0,
    }  # fmt: skip


def health_document(cameras: list[Document], *, starts_s: float = -4000, ends_s: float = 7980) -> Document:
    mission = {
        "purpose": "Fête des Lanternes", "state": "running", "starts_utc": utc_text(starts_s),
        "ends_utc": utc_text(ends_s), "level": "strict", "published_px_per_m": 20.0,
        "min_agl_m": 30.0, "max_agl_m": 60.0,
        "area": {"type": "Polygon", "coordinates": [geodetic(AREA)]},
    }  # fmt: skip
    return {
        "status": "degraded", "utc": utc_text(), "station": "test", "mission": mission,
        "map_frozen_since_utc": None, "links": [], "cameras": cameras,
    }  # fmt: skip
