"""The simulator's own line to one autopilot: MAVLink over loopback UDP, beside the line that the station has."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from pymavlink.dialects.v20 import ardupilotmega as mavlink

HOST: Final = "127.0.0.1"
SYSTEM_ID: Final = 254
"""The pilot's own, so that nobody takes it for the station."""

Listener = Callable[[Any, int], None]
"""A message and when it arrived, nanoseconds of the world's clock."""


class AutopilotLink(asyncio.DatagramProtocol):
    """One UDP socket to which one autopilot sends; answers go to where its last datagram came from.

    Args:
        now_ns: nanoseconds since the world began.
    """

    def __init__(self, now_ns: Callable[[], int]) -> None:
        self._now_ns = now_ns
        self._mavlink = mavlink.MAVLink(None, srcSystem=SYSTEM_ID, srcComponent=mavlink.MAV_COMP_ID_MISSIONPLANNER)
        self._mavlink.robust_parsing = True
        self._listeners: list[Listener] = []
        self._peer: tuple[str, int] | None = None
        self._transport: asyncio.DatagramTransport | None = None

    async def open(self) -> int:
        """Listen on a free port of loopback and return it."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(HOST, 0))
        return int(self._transport.get_extra_info("sockname")[1])

    def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()

    def subscribe(self, listener: Listener) -> None:
        """Call back for each message of the autopilot."""
        self._listeners.append(listener)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Take one datagram, stamped on arrival; asyncio calls this. An autopilot that restarts changes its port."""
        received_ns = self._now_ns()
        self._peer = addr
        for message in self._mavlink.parse_buffer(data) or []:
            if message.get_srcComponent() == mavlink.MAV_COMP_ID_AUTOPILOT1:
                for listener in self._listeners:
                    listener(message, received_ns)

    def error_received(self, exc: Exception) -> None:
        """Go on: an autopilot that restarts is away for a moment."""

    def send(self, message: Any) -> None:
        """Send one message, or drop it while nobody was heard."""
        packed = bytes(message.pack(self._mavlink))
        self._mavlink.seq = (self._mavlink.seq + 1) % 256
        if self._transport is not None and self._peer is not None:
            self._transport.sendto(packed, self._peer)
