"""Datagrams through a wire in real time: each leaves when its fate says so."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from sitl.faulty.wire import Wire


class Way:
    """One direction of a relay.

    Args:
        wire: the fate of each datagram.
        now_s: seconds since the world began.
        send: sends a datagram on.
        change: changes what is said before it is sent; None leaves it.
    """

    def __init__(
        self,
        wire: Wire,
        now_s: Callable[[], float],
        send: Callable[[bytes], None],
        change: Callable[[float, bytes], bytes] | None = None,
    ) -> None:
        self._wire = wire
        self._now_s = now_s
        self._send = send
        self._change = change
        self._wake: asyncio.TimerHandle | None = None

    def take(self, datagram: bytes) -> None:
        """Take a datagram that came now."""
        now_s = self._now_s()
        said = datagram if self._change is None else self._change(now_s, datagram)
        if said:
            self._wire.enter(now_s, said)
        self._flush()

    def close(self) -> None:
        """Send nothing more."""
        if self._wake is not None:
            self._wake.cancel()

    def _flush(self) -> None:
        for _, datagram in self._wire.leave(self._now_s()):
            self._send(datagram)
        self.close()
        if self._wire.next_s is not None:
            wait_s = max(0.0, self._wire.next_s - self._now_s())
            self._wake = asyncio.get_running_loop().call_later(wait_s, self._flush)
