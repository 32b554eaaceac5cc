"""Vehicles, footprints and the mission area as one GeoJSON document. Values in, JSON-able values out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from flightlink.camera_file import CameraFile
from flightlink.mission import Mission
from flightlink.pose import CameraPose, PoseRefusal
from flightlink.vehicle.state import LinkState, VehicleState
from groundstation.health import LinkStatus, area_polygon
from groundstation.instants import text_from_utc_ns
from groundstation.settings import CameraTable, Settings
from maps.crs import MissionCrs
from maps.geojson import footprint_of, footprint_points
from maps.terrain.grid import TerrainGrid
from maps.terrain.heights import pose_on_terrain
from maps.within import Within, within

_LINK_WORDS: Final = {LinkState.OK: "connected", LinkState.STALE: "stale", LinkState.LOST: "lost"}
_PLACES: Final = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraView:
    """Where one camera is and looks at one instant."""

    name: str
    system_id: int | None
    """None for a camera that stands still."""
    pose: CameraPose | PoseRefusal


class Alarms:
    """What is wrong with vehicles: told once when it begins, and once when it is over."""

    def __init__(self) -> None:
        self._raised: frozenset[tuple[int, str]] = frozenset()

    def changes(self, vehicles: Sequence[VehicleState]) -> list[tuple[str, int, str]]:
        """Return (`alarm_raised` or `alarm_over`, system id, constant word) since the last call."""
        raised = frozenset((state.system_id, word) for state in vehicles for word in state.alarms)
        begun = [("alarm_raised", *alarm) for alarm in sorted(raised - self._raised)]
        over = [("alarm_over", *alarm) for alarm in sorted(self._raised - raised)]
        self._raised = raised
        return begun + over


def link_status(state: VehicleState | None) -> LinkStatus:
    """Return a vehicle's link for health; None stands for a vehicle that never spoke."""
    if state is None:
        return LinkStatus(state="never", age_s=None, loss=None)
    loss = None if state.loss_share is None else round(state.loss_share, 4)
    return LinkStatus(state=_LINK_WORDS[state.link], age_s=round(state.link_age_s, 2), loss=loss)


def vehicles_document(
    *,
    mission: Mission,
    vehicles: Sequence[VehicleState],
    views: Sequence[CameraView],
    footprints: Sequence[dict[str, Any]],
    utc_ns: int,
) -> dict[str, Any]:
    """Return the FeatureCollection: kinds `area`, `footprint` and `vehicle`, in the order in which they are drawn."""
    area = {"type": "Feature", "geometry": area_polygon(mission), "properties": {"kind": "area"}}
    points = [_vehicle(state, views) for state in vehicles]
    return {"type": "FeatureCollection", "utc": text_from_utc_ns(utc_ns), "features": [area, *footprints, *points]}


def grounded(view: CameraView, terrain: TerrainGrid | None) -> CameraView:
    """Return the view with its heights in the datum of a height model, or why they cannot be; None leaves it."""
    if terrain is None or isinstance(view.pose, PoseRefusal):
        return view
    return replace(view, pose=pose_on_terrain(view.pose, terrain))


class MissionGround:
    """The mission's area in its metric CRS.

    Raises:
        CrsError: the area has no coordinates there.
    """

    def __init__(self, mission: Mission, *, epsg: int) -> None:
        self.crs = MissionCrs(epsg)
        self.area = self.crs.area_from_geodetic(mission.area)


def footprint(view: CameraView, ground: MissionGround, terrain: TerrainGrid | None = None) -> dict[str, Any]:
    """Return the ground in a camera's picture as a Feature, and whether it lies in the mission's area.

    Its geometry, and all that is told of it, is null where there is none.
    """
    properties: dict[str, Any] = {
        "kind": "footprint",
        "name": view.name,
        "system_id": view.system_id,
        "refusal": refusal_of(view),
    }
    pose = None if isinstance(view.pose, PoseRefusal) else view.pose
    points = None if pose is None else footprint_points(pose, terrain=terrain)
    lies = None if points is None else within(points, crs=ground.crs, area=ground.area)
    pitch_deg = None if pose is None else _rounded(pose.pitch_deg)
    return footprint_of(points, {**properties, "pitch_deg": pitch_deg, **_within_part(lies)})


def _within_part(lies: Within | None) -> dict[str, Any]:
    return {
        "where": None if lies is None else lies.where.value,
        "outside_share": None if lies is None else round(lies.outside_share, 3),
        "edge_m": None if lies is None else _rounded(lies.edge_m),
        "edge_error_m": None if lies is None else _rounded(lies.error_m),
    }


def refusal_of(view: CameraView | None) -> str | None:
    """Return the cause why a camera has no pose, None where it has one."""
    return view.pose.cause if view is not None and isinstance(view.pose, PoseRefusal) else None


def _vehicle(state: VehicleState, views: Sequence[CameraView]) -> dict[str, Any]:
    carried = [view for view in views if view.system_id == state.system_id]
    view = carried[0] if carried else None
    pose = view.pose if view is not None and isinstance(view.pose, CameraPose) else None
    link = link_status(state)
    return {
        "type": "Feature",
        "geometry": _point(state),
        "properties": {
            "kind": "vehicle",
            "name": view.name if view is not None else f"vehicle {state.system_id}",
            "system_id": state.system_id,
            "link": link.state,
            "age_s": link.age_s,
            "loss": link.loss,
            "refusal": refusal_of(view),
            "alt_home_m": _rounded(state.alt_home_m),
            "alt_agl_m": _rounded(pose.alt_agl_m if pose is not None else None),
            "yaw_deg": _rounded(state.yaw_deg),
            "battery_percent": _rounded(state.battery_percent),
            "mode": state.mode,
            "alarms": list(state.alarms),
            "components": [asdict(part) | {"age_s": round(part.age_s, 2)} for part in state.components],
        },
    }


def _point(state: VehicleState) -> dict[str, Any] | None:
    if state.lat_deg is None or state.lon_deg is None:
        return None
    return {"type": "Point", "coordinates": [round(state.lon_deg, _PLACES), round(state.lat_deg, _PLACES)]}


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 1)


def pointed(settings: Settings) -> frozenset[int]:
    """Return the vehicles whose gimbal the pilot may point; a recording cannot be."""
    tables = settings.camera if settings.replay is None else ()
    return frozenset(table.system_id for table in tables if table.point and table.system_id is not None)


def carriers(tables: Sequence[CameraTable]) -> dict[int, frozenset[str]]:
    """Return the names of the cameras that each vehicle carries."""
    vehicles = {table.system_id for table in tables if table.system_id is not None}
    return {one: frozenset(table.name for table in tables if table.system_id == one) for one in sorted(vehicles)}


def carried(tables: Sequence[CameraTable], files: dict[str, CameraFile]) -> dict[int, CameraFile]:
    """Return the camera file of each vehicle that has one."""
    return {
        table.system_id: files[table.name] for table in tables if table.system_id is not None and table.name in files
    }
