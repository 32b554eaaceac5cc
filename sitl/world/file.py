"""World files: TOML in, `World` out; a hole in a file is one line that says where and how to mend it."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from flightlink.pose import Intrinsics
from flightlink.toml_fields import TableReader, table_from_file
from sitl.world.canary_file import canary_from
from sitl.world.crowd_check import refuse_holes
from sitl.world.crowd_file import crowd_from
from sitl.world.errors import WorldError
from sitl.world.estimate import KINDS, USUAL, EstimateErrors
from sitl.world.fault_file import faults_from
from sitl.world.fields import (
    MEND_DEG,
    MEND_M,
    MEND_S,
    read_colour,
    read_corners,
    read_numbers,
    read_pair,
    read_table,
    read_tables,
    read_within,
)
from sitl.world.look import look_plan
from sitl.world.profile_file import profile_from
from sitl.world.route import Route
from sitl.world.video_plan import video_plan
from sitl.world.world import CameraPlan, Ground, Home, Mark, Prop, Sun, VehiclePlan, World


def load_world(path: Path) -> World:
    """Return the world of a TOML file.

    Raises:
        WorldError: one line with file, field, what was expected and how to mend it.
    """
    reader = TableReader(where=str(path), table=table_from_file(path, WorldError), error=WorldError)
    world = World(
        name=reader.text("name", 'expected a name, for instance "demo"'),
        seed=reader.whole("seed", "expected a whole number of at least 1; the same seed gives the same crowd"),
        lasts_s=read_within(reader, "lasts_s", 1, 86_400, "expected seconds, for instance 120"),
        area_m=read_corners(reader, "area_m"),
        home=_home(read_table(reader, "home")),
        ground=_ground(read_table(reader, "ground"), path.parent),
        sun=_sun(read_table(reader, "sun")),
        camera=_camera(read_table(reader, "camera")),
        props=read_tables(reader, "prop", _prop, at_least=0),
        vehicles=_vehicles(reader),
        faults=faults_from(reader),
        video=video_plan(reader.subtable("video")),
        look=look_plan(reader.subtable("look")),
        crowd=crowd_from(reader),
        marks=read_tables(reader, "mark", _mark, at_least=1),
        canaries=read_tables(reader, "canary", canary_from, at_least=0),
    )
    refuse_holes(world, reader)
    return world


def _home(reader: TableReader) -> Home:
    return Home(
        lat_deg=read_within(reader, "lat_deg", -80, 80, MEND_DEG),
        lon_deg=read_within(reader, "lon_deg", -180, 180, MEND_DEG),
        alt_amsl_m=read_within(reader, "alt_amsl_m", -400, 8000, MEND_M),
    )


def _ground(reader: TableReader, folder: Path) -> Ground:
    file = folder / reader.text("file", "expected a picture beside the world file")
    if not file.is_file():
        raise reader.fault("file", f"names {file}, which is not there", "correct the path")
    return Ground(file=file, metres_per_px=read_within(reader, "metres_per_px", 0.005, 1, MEND_M))


def _sun(reader: TableReader) -> Sun:
    return Sun(
        bearing_deg=read_within(reader, "bearing_deg", 0, 360, MEND_DEG),
        elevation_deg=read_within(reader, "elevation_deg", 15, 89, MEND_DEG),
    )


def _camera(reader: TableReader) -> CameraPlan:
    width_px, height_px = (reader.whole(name, "expected pixels, an even number") for name in ("width_px", "height_px"))
    hfov_deg = read_within(reader, "hfov_deg", 5, 120, MEND_DEG)
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
        fps=read_within(reader, "fps", 1, 60, "expected frames per second, for instance 12.5"),
        video_delay_s=read_within(reader, "video_delay_s", 0, 2, MEND_S),
    )


def _mark(reader: TableReader) -> Mark:
    east_m, north_m = read_pair(reader, "at_m")
    return Mark(name=reader.text("name", 'expected a name, for instance "M1"'), east_m=east_m, north_m=north_m)


def _prop(reader: TableReader) -> Prop:
    east_m, north_m, up_m = read_numbers(reader, "size_m", 3, "expected east, north and up, each above 0")
    if min(east_m, north_m, up_m) <= 0:
        raise reader.fault("size_m", f"is {[east_m, north_m, up_m]}", "each side must be above 0")
    colour = read_colour(reader, "colour")
    return Prop(
        middle_m=read_pair(reader, "middle_m"),
        size_m=(east_m, north_m, up_m),
        colour=colour,
        roof_m=read_within(reader, "roof_m", 0, 50, MEND_M) if "roof_m" in reader.table else 0.0,
        roof_colour=read_colour(reader, "roof_colour") if "roof_colour" in reader.table else colour,
    )


def _vehicles(reader: TableReader) -> tuple[VehiclePlan, ...]:
    vehicles = read_tables(reader, "vehicle", _vehicle, at_least=1)
    for field in ("name", "system_id"):
        if len({getattr(vehicle, field) for vehicle in vehicles}) < len(vehicles):
            raise reader.fault(f"[[vehicle]] {field}", "is there twice", "give each vehicle its own")
    return vehicles


def _estimate(reader: TableReader) -> EstimateErrors:
    """Return how far a vehicle's telemetry is off; `USUAL` where the file does not say."""
    mend = f"expected one of {', '.join(KINDS)}"
    name = reader.text("estimate", mend) if "estimate" in reader.table else USUAL
    if name not in KINDS:
        raise reader.fault("estimate", f"is {name!r}", mend)
    bias = reader.subtable("bias")
    return KINDS[name] if bias is None else replace(KINDS[name], **_bias(bias))


def _bias(reader: TableReader) -> dict[str, Any]:
    """Return what a vehicle's attitude is off by for good."""
    names = ("yaw_deg", "pitch_deg", "roll_deg")
    given = [name for name in names if name in reader.table]
    return {name.replace("_deg", "_bias_deg"): read_within(reader, name, -180, 180, MEND_DEG) for name in given}


def _vehicle(reader: TableReader) -> VehiclePlan:
    name = reader.text("name", 'expected a name, for instance "D1"')
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}", name):
        raise reader.fault("name", f"is {name!r}", "use letters, digits, - and _")
    system_id = reader.whole("system_id", "expected a MAVLink system id, 1 to 250")
    if system_id > 250:
        raise reader.fault("system_id", f"is {system_id}", "expected 1 to 250")
    return VehiclePlan(
        name=name, system_id=system_id, route=_route(reader), profile=profile_from(reader), estimate=_estimate(reader)
    )


def _route(reader: TableReader) -> Route:
    return Route(
        centre_m=read_pair(reader, "centre_m"),
        radius_m=read_within(reader, "radius_m", 0.5, 500, MEND_M),
        height_m=read_within(reader, "height_m", 5, 150, MEND_M),
        bearing_deg=read_within(reader, "bearing_deg", -360, 360, MEND_DEG),
        swing_deg=read_within(reader, "swing_deg", 0, 180, MEND_DEG),
        period_s=read_within(reader, "period_s", 10, 3600, MEND_S),
        pan_m=read_within(reader, "pan_m", 0, 100, MEND_M) if "pan_m" in reader.table else 0.0,
    )
