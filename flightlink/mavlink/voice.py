"""`Voice`: everything that this station ever says to a vehicle. No other module encodes a message.

It is present (heartbeat), asks the time (TIMESYNC) and asks to be told (message intervals, single messages). For the
pilot, where the settings allow it, it asks a gimbal to turn. It has no words to arm, move or set anything
else: what is not in `WORDS` is not packed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any, Final

from pymavlink.dialects.v20 import all as dialect

from flightlink.errors import LinkError

STATION_SYSTEM_ID: Final = 253
"""Not 255: an autopilot takes that for its pilot's own station, and would not notice when the pilot's falls silent."""
PILOTS_SYSTEM_ID: Final = 255
STATION_COMPONENT_ID: Final = 190
"""MAV_COMP_ID_MISSIONPLANNER, what ground stations use."""

SET_MESSAGE_INTERVAL: Final = int(dialect.MAV_CMD_SET_MESSAGE_INTERVAL)
REQUEST_MESSAGE: Final = int(dialect.MAV_CMD_REQUEST_MESSAGE)

GIMBAL_PITCHYAW: Final = int(dialect.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW)
"""Turns a gimbal and nothing else; a region of interest would turn the whole vehicle where its gimbal cannot pan."""

READING: Final = frozenset(
    {
        ("HEARTBEAT", None),
        ("TIMESYNC", None),
        ("COMMAND_LONG", SET_MESSAGE_INTERVAL),
        ("COMMAND_LONG", REQUEST_MESSAGE),
    }
)
"""Message and command of all that a station says that only reads."""
WORDS: Final = READING | {("COMMAND_LONG", GIMBAL_PITCHYAW)}
"""Message and command of all that can be said at all."""

NextStamp = Callable[[], int | None]
"""Time stamp of the next signed message, None where none may be sent now."""


class Voice:
    """Encodes for one peer, with this peer's own sequence numbers.

    Args:
        secret: key with which every message is signed; None signs nothing.
        link_id: of the link, in signatures.
        next_stamp: asked before each signed message.
    """

    def __init__(self, *, secret: bytes | None = None, link_id: int = 0, next_stamp: NextStamp | None = None) -> None:
        self._secret = secret
        self._link_id = link_id
        self._next_stamp = next_stamp

    def heartbeat(self) -> bytes:
        """Say that somebody listens: no ground station, whose silence an autopilot would answer with its failsafe."""
        kind, none = dialect.MAV_TYPE_ONBOARD_CONTROLLER, dialect.MAV_AUTOPILOT_INVALID
        return self._packed(dialect.MAVLink_heartbeat_message(kind, none, 0, 0, dialect.MAV_STATE_ACTIVE, 3))

    def timesync(self, now_utc_ns: int) -> bytes:
        """Ask for the time since boot; the answer carries our own time back."""
        return self._packed(dialect.MAVLink_timesync_message(0, now_utc_ns))

    def message_interval(self, system_id: int, component_id: int, *, message_id: int, rate_hz: float) -> bytes:
        """Ask for one message at a rate."""
        return self._command(system_id, component_id, SET_MESSAGE_INTERVAL, message_id, 1e6 / rate_hz)

    def message_once(self, system_id: int, component_id: int, *, message_id: int) -> bytes:
        """Ask for one message, once."""
        return self._command(system_id, component_id, REQUEST_MESSAGE, message_id, 0)

    def point_gimbal(
        self, system_id: int, component_id: int, *, device_id: int, pitch_deg: float, yaw_deg: float
    ) -> bytes:
        """Ask a gimbal manager to look at a pitch below the horizon and a yaw from north, both kept as it flies on."""
        flags = (
            dialect.GIMBAL_MANAGER_FLAGS_ROLL_LOCK
            | dialect.GIMBAL_MANAGER_FLAGS_PITCH_LOCK
            | dialect.GIMBAL_MANAGER_FLAGS_YAW_LOCK
            | dialect.GIMBAL_MANAGER_FLAGS_YAW_IN_EARTH_FRAME
        )
        angles = (pitch_deg, yaw_deg, math.nan, math.nan)  # no rates: as quickly as it can
        return self._command(system_id, component_id, GIMBAL_PITCHYAW, *angles, flags, 0, device_id)

    def _command(self, system_id: int, component_id: int, command: int, *parts: float) -> bytes:
        """Return a command with up to seven parameters; those that are not given are 0."""
        seven = (*parts, *(0.0,) * (7 - len(parts)))
        return self._packed(dialect.MAVLink_command_long_message(system_id, component_id, command, 0, *seven))

    @cached_property
    def _mavlink(self) -> Any:
        """Return the packer of pymavlink; made when something is said, because to most strangers nothing ever is."""
        packer = dialect.MAVLink(None, srcSystem=STATION_SYSTEM_ID, srcComponent=STATION_COMPONENT_ID)
        packer.signing.secret_key = self._secret
        packer.signing.sign_outgoing = self._secret is not None
        packer.signing.link_id = self._link_id
        return packer

    def _packed(self, message: Any) -> bytes:
        """Return the bytes to send; none at all where they would have to be signed and cannot be."""
        if (message.get_type(), getattr(message, "command", None)) not in WORDS:
            raise LinkError(f"{message.get_type()} is no word of this station; nothing is sent")
        if self._next_stamp is not None:
            stamp = self._next_stamp()
            if stamp is None:
                return b""
            self._mavlink.signing.timestamp = stamp
        packed = bytes(message.pack(self._mavlink))
        self._mavlink.seq = (self._mavlink.seq + 1) % 256
        return packed
