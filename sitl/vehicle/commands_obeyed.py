"""A station's commands as one value, whichever message brought them, and what to aim the gimbal at. Pure."""

from __future__ import annotations

import math
from typing import Any, Final, NamedTuple

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from flightlink.attitude import wrapped_deg
from flightlink.geodesy import M_PER_DEGREE
from sitl.vehicle.gimbal import Aim, PlaceAim, script_aim
from sitl.vehicle.gimbal_messages import angle_aim
from sitl.vehicle.report import Report

RELATIVE_FRAMES: Final = frozenset({mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT, mavlink.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT})


class Command(NamedTuple):
    """COMMAND_LONG or COMMAND_INT; places in degrees."""

    number: int
    system_id: int
    component_id: int
    """Of those who shall obey; 0 for all."""
    asker: tuple[int, int]
    parts: tuple[float, ...]
    """Parameters 1 to 7."""
    is_relative: bool
    """Whether a height is above home; else above mean sea level."""


def command_from_message(message: Any) -> Command | None:
    """Return the command of a message, None where it is none."""
    kind = message.get_type()
    if kind not in {"COMMAND_LONG", "COMMAND_INT"}:
        return None
    parts = tuple(getattr(message, f"param{number}") for number in range(1, 5))
    if kind == "COMMAND_INT":
        parts = (*parts, message.x / 1e7, message.y / 1e7, message.z)
    else:
        parts = (*parts, message.param5, message.param6, message.param7)
    return Command(
        number=message.command,
        system_id=message.target_system,
        component_id=message.target_component,
        asker=(message.get_srcSystem(), message.get_srcComponent()),
        parts=parts,
        is_relative=kind == "COMMAND_INT" and message.frame in RELATIVE_FRAMES,
    )


def aim_of(command: Command, report: Report) -> Aim | None:
    """Return what a gimbal command aims at, None where it cannot be obeyed."""
    match command.number:
        case mavlink.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW:
            pitch_deg, yaw_deg, pitch_rate_deg_s, yaw_rate_deg_s, flags = command.parts[:5]
            return angle_aim(
                report.flight,
                pitch_deg=pitch_deg,
                yaw_deg=yaw_deg,
                pitch_rate_deg_s=pitch_rate_deg_s,
                yaw_rate_deg_s=yaw_rate_deg_s,
                flags=int(flags) if math.isfinite(flags) else 0,
            )
        case mavlink.MAV_CMD_DO_SET_ROI_LOCATION:
            return place_aim(command, report)
        case _:
            return script_aim


def place_aim(command: Command, report: Report) -> PlaceAim | None:
    """Return the place of DO_SET_ROI_LOCATION from home, on a plane: right to a metre within a kilometre."""
    lat_deg, lon_deg, alt_m = command.parts[4:7]
    if not (abs(lat_deg) <= 90 and abs(lon_deg) <= 180 and math.isfinite(alt_m)):
        return None
    home = report.home
    shrink = math.cos(math.radians(home.lat_deg))
    return PlaceAim(
        east_m=wrapped_deg(lon_deg - home.lon_deg) * M_PER_DEGREE * shrink,
        north_m=(lat_deg - home.lat_deg) * M_PER_DEGREE,
        up_m=alt_m - (0.0 if command.is_relative else home.alt_amsl_m),
    )
