"""What kind of autopilot, gimbal and camera a simulated vehicle has, with the habits of real ones. Plain values.

Each habit was seen on real autopilots or told by those who fly them; a station has to stand all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sitl.world.clock import BOOTED_BEFORE_S


class GimbalYaw(StrEnum):
    """What a gimbal's flags say of its yaw, and what its yaw is."""

    VEHICLE = "vehicle"
    """Flags 44, yaw from the vehicle's heading: ArduPilot's servo mount."""
    EARTH = "earth"
    """Flags 92, yaw from north."""
    LOCK_ONLY = "lock_only"
    """Flags 28, no frame named: yaw lock alone says that it is from north."""
    BOTH = "both"
    """Flags 108: both frames at once, which the standard forbids; no pose can follow from it."""
    JOINTS = "joints"
    """Flags 44, and the angles are those of the joints: ArduPilot's servo mount, which says nothing else of a lean."""
    MISLABELLED = "mislabelled"
    """Flags say north, the yaw is from the vehicle's heading: no message of the gimbal betrays it."""


class CameraMaker(StrEnum):
    """Which component answers for the camera."""

    AUTOPILOT = "autopilot"
    """The autopilot itself, component 1."""
    COMPONENT = "component"
    """A MAVLink camera, component 100, with a heartbeat of its own; the autopilot refuses camera messages."""
    NONE = "none"
    """Requests are accepted and nothing is ever sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The habits of one vehicle."""

    gimbal_yaw: GimbalYaw = GimbalYaw.VEHICLE
    slew_deg_s: float = 60.0
    """Greatest rate at which the gimbal goes to a new aim, each axis for itself."""
    camera: CameraMaker = CameraMaker.AUTOPILOT
    fills_information: bool = False
    """Whether CAMERA_INFORMATION tells names, lens and resolution; most leave them empty."""
    tells_zoom: bool = False
    """Whether CAMERA_SETTINGS has a zoom level; else it is NaN."""
    image_point: bool = False
    """Whether CAMERA_FOV_STATUS knows the point in the middle of the picture; without terrain it does not."""
    fov_alt_in_m: bool = False
    """Whether CAMERA_FOV_STATUS gives heights in metres instead of millimetres, as older firmware did."""
    video_streams: int = 1
    """How many VIDEO_STREAM_INFORMATION tells of."""
    stream_hfov_deg: int = 0
    """Field of view that VIDEO_STREAM_INFORMATION states; 0: the true one. Real ones contradict CAMERA_FOV_STATUS."""
    battery_lasts_s: float = 1500.0
    drift_ppm: float = 0.0
    """Of the clock since boot."""
    booted_before_s: float = BOOTED_BEFORE_S
    gps_behind_s: float = 0.0
    """How far SYSTEM_TIME is behind UTC."""
    silent: frozenset[int] = frozenset()
    """Message ids whose requests are accepted, and which never come."""
    refused: frozenset[int] = frozenset()
    """Message ids whose requests fail."""
