"""`Voice`: everything that this station ever says to a vehicle. No other module encodes a message.

It is present (heartbeat), asks the time (TIMESYNC) and asks to be told (message intervals, the autopilot's version).
It has no words to arm, move or set anything.
"""

from __future__ import annotations

from typing import Any, Final

from pymavlink.dialects.v20 import all as dialect

from flightlink.messages import AUTOPILOT_VERSION

STATION_SYSTEM_ID: Final = 255
STATION_COMPONENT_ID: Final = 190
"""MAV_COMP_ID_MISSIONPLANNER, what ground stations use."""

SET_MESSAGE_INTERVAL: Final = int(dialect.MAV_CMD_SET_MESSAGE_INTERVAL)
REQUEST_MESSAGE: Final = int(dialect.MAV_CMD_REQUEST_MESSAGE)


class Voice:
    """Encodes for one peer, with this peer's own sequence numbers."""

    def __init__(self) -> None:
        self._mavlink = dialect.MAVLink(None, srcSystem=STATION_SYSTEM_ID, srcComponent=STATION_COMPONENT_ID)

    def heartbeat(self) -> bytes:
        """Say that a ground station is here."""
        kind, autopilot, state = dialect.MAV_TYPE_GCS, dialect.MAV_AUTOPILOT_INVALID, dialect.MAV_STATE_ACTIVE
        return self._packed(dialect.MAVLink_heartbeat_message(kind, autopilot, 0, 0, state, 3))

    def timesync(self, now_utc_ns: int) -> bytes:
        """Ask for the time since boot; the answer carries our own time back."""
        return self._packed(dialect.MAVLink_timesync_message(0, now_utc_ns))

    def message_interval(self, system_id: int, component_id: int, *, message_id: int, rate_hz: float) -> bytes:
        """Ask for one message at a rate."""
        return self._command(system_id, component_id, SET_MESSAGE_INTERVAL, message_id, 1e6 / rate_hz)

    def autopilot_version(self, system_id: int, component_id: int) -> bytes:
        """Ask for the autopilot's version and own number, once."""
        return self._command(system_id, component_id, REQUEST_MESSAGE, AUTOPILOT_VERSION, 0)

    def _command(self, system_id: int, component_id: int, command: int, first: float, second: float) -> bytes:
        message = dialect.MAVLink_command_long_message(
            system_id, component_id, command, 0, first, second, 0, 0, 0, 0, 0
        )
        return self._packed(message)

    def _packed(self, message: Any) -> bytes:
        packed = bytes(message.pack(self._mavlink))
        self._mavlink.seq = (self._mavlink.seq + 1) % 256
        return packed
