"""Which MAVLink messages this station reads, how often it asks for them, and pymavlink's tables and decoder."""

from __future__ import annotations

from typing import Any, Final, Protocol, cast

from pymavlink.dialects.v20 import all as dialect

HEARTBEAT: Final = 0
SYS_STATUS: Final = 1
SYSTEM_TIME: Final = 2
GPS_RAW_INT: Final = 24
ATTITUDE: Final = 30
GLOBAL_POSITION_INT: Final = 33
COMMAND_LONG: Final = 76
COMMAND_ACK: Final = 77
RADIO_STATUS: Final = 109
TIMESYNC: Final = 111
BATTERY_STATUS: Final = 147
AUTOPILOT_VERSION: Final = 148
MOUNT_STATUS: Final = 158
HOME_POSITION: Final = 242
CAMERA_INFORMATION: Final = 259
VIDEO_STREAM_INFORMATION: Final = 269
CAMERA_FOV_STATUS: Final = 271
GIMBAL_MANAGER_INFORMATION: Final = 280
GIMBAL_DEVICE_ATTITUDE_STATUS: Final = 285

WANTED_HZ: Final[dict[int, float]] = {
    ATTITUDE: 20,
    GLOBAL_POSITION_INT: 10,
    GIMBAL_DEVICE_ATTITUDE_STATUS: 10,
    CAMERA_FOV_STATUS: 2,
    SYSTEM_TIME: 1,
    GPS_RAW_INT: 2,
    SYS_STATUS: 1,
    BATTERY_STATUS: 1,
}
"""Messages that are asked for, with their rate."""
MOUNT_STATUS_HZ: Final = 10.0
"""Asked for only where the gimbal's present message stays away: firmware before ArduPilot 4.3 has nothing else."""

ASKED_ONCE: Final = (
    AUTOPILOT_VERSION,
    HOME_POSITION,
    CAMERA_INFORMATION,
    VIDEO_STREAM_INFORMATION,
    GIMBAL_MANAGER_INFORMATION,
)
"""Messages of which one is enough until something changes."""

READ: Final = frozenset({*WANTED_HZ, *ASKED_ONCE, HEARTBEAT, COMMAND_ACK, TIMESYNC, MOUNT_STATUS})
"""Messages that are decoded; all others are only checked and counted."""

AUTOPILOT_INVALID: Final = int(dialect.MAV_AUTOPILOT_INVALID)
ARDUPILOT: Final = int(dialect.MAV_AUTOPILOT_ARDUPILOTMEGA)

CRC_EXTRA: Final[dict[int, int]] = {number: kind.crc_extra for number, kind in dialect.mavlink_map.items()}
"""The seed of each known message's checksum."""


def message_name(message_id: int) -> str:
    """Return MAVLink's name of a message id, the number itself where there is none."""
    kind = dialect.mavlink_map.get(message_id)
    return str(message_id if kind is None else kind.msgname)


class Message(Protocol):
    """A decoded MAVLink message; its fields are attributes with MAVLink's names and units."""

    def get_type(self) -> str:
        """Return the name, for instance `ATTITUDE`."""
        ...

    def get_msgId(self) -> int:  # noqa: N802 - pymavlink's name
        """Return the message id."""
        ...

    def __getattr__(self, name: str) -> Any:
        """Return a field."""
        ...


class MessageDecoder:
    """Decodes framed bytes with pymavlink; keeps no state of any sender."""

    def __init__(self) -> None:
        self._mavlink = dialect.MAVLink(None)

    def decode(self, frame: bytes) -> Message | None:
        """Return the message of one whole frame, or None where its payload is not what its id promises."""
        try:
            return cast("Message", self._mavlink.decode(bytearray(frame)))
        except dialect.MAVError:
            return None


_MODE_TABLES: Final = {
    "COPTER_MODE": (2, 3, 4, 13, 14, 15, 29, 35),
    "PLANE_MODE": (1, 16, 19, 20, 21, 22, 23, 24, 25, 28),
    "ROVER_MODE": (10, 11),
}
"""ArduPilot's table of modes -> types of vehicle (MAV_TYPE) that use it."""


def mode_name(*, autopilot: int, vehicle_type: int, custom_mode: int) -> str:
    """Return the flight mode as a word where its table is known, else its number."""
    if autopilot == ARDUPILOT:
        for table, types in _MODE_TABLES.items():
            entry = dialect.enums[table].get(custom_mode) if vehicle_type in types else None
            if entry is not None:
                return str(entry.name).removeprefix(f"{table}_")
    return f"mode {custom_mode}"
