"""What an autopilot is told before it starts: its file of default parameters. Pure: a camera in, text out.

The names and what they do are ArduPilot's parameter reference. Names that a version does not know are skipped by it.
"""

from __future__ import annotations

from typing import Final

from sitl.ardupilot.gimbal import Gimbal, GimbalKind
from sitl.world.world import CameraPlan

_MOUNT_TYPE: Final = {GimbalKind.SERVO: 1, GimbalKind.LEVEL: 7}
_AIRFRAME: Final[dict[str, float]] = {
    # a quadcopter in plus, as the simulator's model "+" is built
    "FRAME_CLASS": 1,
    "FRAME_TYPE": 0,
    "MOT_THST_EXPO": 0.65,
    "MOT_THST_HOVER": 0.39,
    "MOT_BAT_VOLT_MIN": 9.6,
    "MOT_BAT_VOLT_MAX": 12.8,
    "BATT_MONITOR": 4,
    # the simulated compasses are off by this much, and the simulated accelerometers count as calibrated
    **{f"COMPASS_OFS{n}_{axis}": value for n in ("", 2, 3) for axis, value in (("X", 5), ("Y", 13), ("Z", -18))},
    **{f"INS_ACC{n}OFFS_{axis}": 0.001 for n in ("", 2) for axis in "XYZ"},
    **{f"INS_ACC{n}SCAL_{axis}": 1.001 for n in ("", 2) for axis in "XYZ"},
    # nobody holds a transmitter, and nothing can be hurt
    "ARMING_CHECK": 0,
    "ARMING_SKIPCHK": -1,
    "FENCE_ENABLE": 0,
    "FS_THR_ENABLE": 0,
    "FS_GCS_ENABLE": 0,
    "DISARM_DELAY": 0,
    # only the two links that we open, so that no further port is bound
    "SERIAL0_PROTOCOL": 2,
    "SERIAL1_PROTOCOL": 2,
    "SERIAL2_PROTOCOL": -1,
    "SIM_SPEEDUP": 1,
}


def gimbal_parameters(gimbal: Gimbal) -> dict[str, float]:
    """Return a mount on outputs 5 (roll), 6 (tilt) and 7 (pan), pointed by commands alone."""
    table: dict[str, float] = {"MNT1_TYPE": _MOUNT_TYPE[gimbal.kind], "MNT1_DEFLT_MODE": 2}
    axes = ((5, 8, "ROLL", gimbal.roll), (6, 7, "PITCH", gimbal.tilt), (7, 6, "YAW", gimbal.pan))
    for number, function, name, axis in axes:
        table |= {f"MNT1_{name}_MIN": axis.min_deg, f"MNT1_{name}_MAX": axis.max_deg}
        table |= {
            f"SERVO{number}_FUNCTION": function,
            f"SERVO{number}_MIN": axis.min_us,
            f"SERVO{number}_MAX": axis.max_us,
        }
    return table


def camera_parameters(camera: CameraPlan) -> dict[str, float]:
    """Return the camera. `CAM1_TYPE` from a file is lost at the first boot: it is set again in flight's script."""
    return {"CAM1_TYPE": 1, "CAM1_HFOV": camera.hfov_deg, "CAM1_VFOV": camera.vfov_deg}


def defaults_text(camera: CameraPlan, gimbal: Gimbal, *, system_id: int) -> str:
    """Return the file: a name and a value a line. The system id stands under its old name and its new one."""
    identity = {"SYSID_THISMAV": system_id, "MAV_SYSID": system_id}
    table = {**_AIRFRAME, **gimbal_parameters(gimbal), **camera_parameters(camera), **identity}
    return "".join(f"{name} {value:g}\n" for name, value in table.items())
