"""What an autopilot last said of itself on the pilot's own line, folded from its messages."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any, Final

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from flightlink.attitude import Quaternion, attitude_from_quaternion, wrapped_deg

_TEXTS: Final = 4
_HAS_PLACE: Final = (
    mavlink.EKF_ATTITUDE | mavlink.EKF_VELOCITY_HORIZ | mavlink.EKF_POS_HORIZ_ABS | mavlink.EKF_POS_VERT_ABS
)
_FIX_3D: Final = 3


@dataclass(slots=True, kw_only=True)
class Known:
    """The newest facts of one autopilot."""

    boot_ms: int = 0
    heartbeats: int = 0
    """Since power-on or the last restart."""
    mode: int = -1
    is_armed: bool = False
    has_fix: bool = False
    has_place: bool = False
    """Its estimator is sure of position and height."""
    lat_deg: float = 0.0
    lon_deg: float = 0.0
    height_m: float = 0.0
    """Over its home, as it believes."""
    gimbal_deg: tuple[float, float] = (0.0, 0.0)
    """Pitch and yaw from the nose, as it believes."""
    parameters: dict[str, float] = field(default_factory=dict)
    acknowledged: dict[int, int] = field(default_factory=dict)
    """Command -> its last result."""
    texts: deque[str] = field(default_factory=lambda: deque(maxlen=_TEXTS))

    def take(self, message: Any, _received_ns: int) -> None:
        """Take one message."""
        match message.get_type():
            case "HEARTBEAT":
                self._beat(message)
            case "ATTITUDE":
                self.boot_ms = message.time_boot_ms
            case "GPS_RAW_INT":
                self.has_fix = message.fix_type >= _FIX_3D
            case "EKF_STATUS_REPORT":
                self.has_place = message.flags & _HAS_PLACE == _HAS_PLACE
            case "GLOBAL_POSITION_INT":
                self.lat_deg, self.lon_deg = message.lat / 1e7, message.lon / 1e7
                self.height_m = message.relative_alt / 1000
            case "GIMBAL_DEVICE_ATTITUDE_STATUS":
                gimbal = attitude_from_quaternion(Quaternion(*message.q))
                self.gimbal_deg = (gimbal.pitch_deg, wrapped_deg(gimbal.yaw_deg))
            case "PARAM_VALUE":
                self.parameters[message.param_id] = message.param_value
            case "COMMAND_ACK":
                self.acknowledged[message.command] = message.result
            case "STATUSTEXT":
                self.texts.append(message.text.strip())

    def _beat(self, message: Any) -> None:
        self.heartbeats += 1
        self.mode = message.custom_mode
        self.is_armed = bool(message.base_mode & mavlink.MAV_MODE_FLAG_SAFETY_ARMED)

    @property
    def last_words(self) -> str:
        """What it said last, for an error's line."""
        return f"; it last said: {' / '.join(self.texts)}" if self.texts else ""
