"""World files: TOML in, `World` out; a hole in a file is one line that says where and how to mend it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from flightlink.pose import Intrinsics
from flightlink.toml_fields import TableReader, table_from_file
from sitl.errors import WorldError
from sitl.fault_file import faults_from
from sitl.profile_file import profile_from
from sitl.route import Route
from sitl.world import CameraPlan, Colour, Gathering, Ground, Home, Prop, Range, Sun, VehiclePlan, World

Value = TypeVar("Value")

_MEND_PAIR: Final = "expected two numbers, for instance [0.0, 3.5]"
_MEND_M: Final = "expected metres, for instance 28.0"
_MEND_DEG: Final = "expected degrees, for instance 45.0"
_MEND_S: Final = "expected seconds above 0, for instance 0.1"
_MEND_PEOPLE: Final = "expected how many people, for instance 100"
_MEND_COLOUR: Final = 'expected a colour "#rrggbb"'


def load_world(path: Path) -> World:
    """Return the world of a TOML file.

    Raises:
        WorldError: one line with file, field, what was expected and how to mend it.
    """
    reader = TableReader(where=str(path), table=table_from_file(path, WorldError), error=WorldError)
    return World(
        name=reader.text("name", 'expected a name, for instance "demo"'),
        seed=reader.whole("seed", "expected a whole number of at least 1; the same seed gives the same crowd"),
        area_m=_area(reader),
        home=_home(_table(reader, "home")),
        ground=_ground(_table(reader, "ground"), path.parent),
        sun=_sun(_table(reader, "sun")),
        camera=_camera(_table(reader, "camera")),
        strollers=_gathering(_table(reader, "strollers"), "east_m", "north_m"),
        audience=_gathering(_table(reader, "audience"), "east_m", "north_m"),
        props=_tables(reader, "prop", _prop, at_least=0),
        vehicles=_vehicles(reader),
        faults=faults_from(reader),
    )


def _table(reader: TableReader, name: str) -> TableReader:
    found = reader.subtable(name)
    if found is None:
        raise reader.fault(f"[{name}]", "is missing", "add the table; sitl/worlds/demo.toml shows all")
    return found


def _tables(reader: TableReader, name: str, one: Callable[[TableReader], Value], *, at_least: int) -> tuple[Value, ...]:
    rows = reader.table.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or len(rows) < at_least:
        raise reader.fault(f"[[{name}]]", "is missing or no list of tables", f"write at least {at_least} [[{name}]]")
    readers = [
        TableReader(where=f"{reader.where} [[{name}]] {number}", table=row, error=reader.error)
        for number, row in enumerate(rows, start=1)
    ]
    return tuple(one(row) for row in readers)


def _numbers(reader: TableReader, name: str, count: int, mend: str) -> tuple[float, ...]:
    found = reader.value(name, mend)
    if not isinstance(found, list) or len(found) != count:
        raise reader.fault(name, f"is {found!r}", mend)
    parts = TableReader(where=f"{reader.where} {name}", table=dict(zip("123", found, strict=False)), error=reader.error)
    return tuple(parts.number(key, mend) for key in parts.table)


def _pair(reader: TableReader, name: str) -> tuple[float, float]:
    first, second = _numbers(reader, name, 2, _MEND_PAIR)
    return first, second


def _rising(reader: TableReader, name: str) -> Range:
    low, high = _pair(reader, name)
    if low >= high:
        raise reader.fault(name, f"runs from {low:g} to {high:g}", "give the smaller number first")
    return low, high


def _within(reader: TableReader, name: str, low: float, high: float, mend: str) -> float:
    found = reader.number(name, mend)
    if not low <= found <= high:
        raise reader.fault(name, f"is {found:g}, outside {low:g} to {high:g}", mend)
    return found


def _area(reader: TableReader) -> tuple[tuple[float, float], ...]:
    mend = "expected at least three corners [east, north] in metres"
    found = reader.value("area_m", mend)
    if not isinstance(found, list) or len(found) < 3:
        raise reader.fault("area_m", f"is {found!r}", mend)
    corners = TableReader(where=f"{reader.where} area_m", table=dict(enumerate(found)), error=reader.error)  # type: ignore[arg-type]  # corner numbers serve as names
    return tuple(_pair(corners, key) for key in corners.table)


def _home(reader: TableReader) -> Home:
    return Home(
        lat_deg=_within(reader, "lat_deg", -80, 80, _MEND_DEG),
        lon_deg=_within(reader, "lon_deg", -180, 180, _MEND_DEG),
        alt_amsl_m=_within(reader, "alt_amsl_m", -400, 8000, _MEND_M),
    )


def _ground(reader: TableReader, folder: Path) -> Ground:
    file = folder / reader.text("file", "expected a picture beside the world file")
    if not file.is_file():
        raise reader.fault("file", f"names {file}, which is not there", "correct the path")
    return Ground(file=file, metres_per_px=_within(reader, "metres_per_px", 0.005, 1, _MEND_M))


def _sun(reader: TableReader) -> Sun:
    return Sun(
        bearing_deg=_within(reader, "bearing_deg", 0, 360, _MEND_DEG),
        elevation_deg=_within(reader, "elevation_deg", 15, 89, _MEND_DEG),
    )


def _camera(reader: TableReader) -> CameraPlan:
    width_px, height_px = (reader.whole(name, "expected pixels, an even number") for name in ("width_px", "height_px"))
    hfov_deg = _within(reader, "hfov_deg", 5, 120, _MEND_DEG)
    focal_px = width_px / 2 / math.tan(math.radians(hfov_deg / 2))
    intrinsics = Intrinsics(
        width_px=width_px,
        height_px=height_px,
        fx_px=focal_px,
        fy_px=focal_px,
        cx_px=(width_px - 1) / 2,
        cy_px=(height_px - 1) / 2,
    )
    return CameraPlan(
        intrinsics=intrinsics,
        fps=_within(reader, "fps", 1, 60, "expected frames per second, for instance 12.5"),
        video_delay_s=_within(reader, "video_delay_s", 0, 2, _MEND_S),
    )


def _gathering(reader: TableReader, east: str, north: str) -> Gathering:
    facing = _within(reader, "facing_deg", -360, 360, _MEND_DEG) if "facing_deg" in reader.table else 0.0
    return Gathering(
        people=reader.whole("people", _MEND_PEOPLE),
        east_m=_rising(reader, east),
        north_m=_rising(reader, north),
        facing_deg=facing,
        apart_m=_within(reader, "apart_m", 0.3, 10, _MEND_M) if "apart_m" in reader.table else 0.55,
    )


def _prop(reader: TableReader) -> Prop:
    east_m, north_m, up_m = _numbers(reader, "size_m", 3, "expected east, north and up, each above 0")
    if min(east_m, north_m, up_m) <= 0:
        raise reader.fault("size_m", f"is {[east_m, north_m, up_m]}", "each side must be above 0")
    colour = _colour(reader, "colour")
    return Prop(
        middle_m=_pair(reader, "middle_m"),
        size_m=(east_m, north_m, up_m),
        colour=colour,
        roof_m=_within(reader, "roof_m", 0, 50, _MEND_M) if "roof_m" in reader.table else 0.0,
        roof_colour=_colour(reader, "roof_colour") if "roof_colour" in reader.table else colour,
    )


def _colour(reader: TableReader, name: str) -> Colour:
    found = re.fullmatch(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", reader.text(name, _MEND_COLOUR))
    if found is None:
        raise reader.fault(name, f"is {reader.table[name]!r}", _MEND_COLOUR)
    red, green, blue = (int(part, 16) for part in found.groups())
    return red, green, blue


def _vehicles(reader: TableReader) -> tuple[VehiclePlan, ...]:
    vehicles = _tables(reader, "vehicle", _vehicle, at_least=1)
    for field in ("name", "system_id"):
        if len({getattr(vehicle, field) for vehicle in vehicles}) < len(vehicles):
            raise reader.fault(f"[[vehicle]] {field}", "is there twice", "give each vehicle its own")
    return vehicles


def _vehicle(reader: TableReader) -> VehiclePlan:
    name = reader.text("name", 'expected a name, for instance "D1"')
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", name):
        raise reader.fault("name", f"is {name!r}", "use letters, digits, - and _")
    system_id = reader.whole("system_id", "expected a MAVLink system id, 1 to 250")
    if system_id > 250:
        raise reader.fault("system_id", f"is {system_id}", "expected 1 to 250")
    return VehiclePlan(name=name, system_id=system_id, route=_route(reader), profile=profile_from(reader))


def _route(reader: TableReader) -> Route:
    return Route(
        centre_m=_pair(reader, "centre_m"),
        radius_m=_within(reader, "radius_m", 0.5, 500, _MEND_M),
        height_m=_within(reader, "height_m", 5, 150, _MEND_M),
        bearing_deg=_within(reader, "bearing_deg", -360, 360, _MEND_DEG),
        swing_deg=_within(reader, "swing_deg", 0, 180, _MEND_DEG),
        period_s=_within(reader, "period_s", 10, 3600, _MEND_S),
        pan_m=_within(reader, "pan_m", 0, 100, _MEND_M) if "pan_m" in reader.table else 0.0,
    )
