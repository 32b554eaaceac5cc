"""A process that reads one UDP link, the station's or pymavlink's, and says what its messages cost it.

It prints its port, reads until its input ends, and prints one JSON object: messages and CPU seconds since the first.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Final

from groundstation.errors import BadInputError

PLACE: Final = "127.0.0.1"
_LOOK_S: Final = 0.2


class _Meter:
    """CPU seconds since the first message; all that comes before is loading."""

    def __init__(self) -> None:
        self._from_s: float | None = None

    def start(self) -> None:
        """Begin with the first message."""
        if self._from_s is None:
            self._from_s = time.process_time()

    def line(self, messages: int) -> str:
        """Return the figures."""
        cpu_s = 0.0 if self._from_s is None else time.process_time() - self._from_s
        return json.dumps({"messages": messages, "cpu_s": cpu_s})


def _tell(port: int, at_end: Callable[[], object]) -> None:
    """Print the port; call back, from another thread, when the input ends."""
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()

    def wait() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        at_end()

    threading.Thread(target=wait, daemon=True).start()


async def _read_as_the_station() -> str:
    """Read with `FlightLinks`, all of it: admission, loss, trackers and what it says to vehicles."""
    from flightlink.links.link import FlightLinks  # noqa: PLC0415 - each reader loads its own side alone

    meter, ended, loop = _Meter(), asyncio.Event(), asyncio.get_running_loop()
    async with FlightLinks([f"udpin://{PLACE}:0"]) as links, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(links.run())

        def begin(*_: object) -> None:
            meter.start()
            loop.call_soon(unsubscribe)

        unsubscribe = links.subscribe_frames(begin)
        _tell(links.statuses()[0].port, lambda: loop.call_soon_threadsafe(ended.set))
        await ended.wait()
        line = meter.line(links.statuses()[0].frames)
        running.cancel()
    return line


def _read_as_pymavlink() -> str:
    """Read with `mavutil`'s own UDP link, message by message."""
    os.environ["MAVLINK20"] = "1"
    from pymavlink import mavutil  # noqa: PLC0415 - each reader loads its own side alone

    link, meter, messages = mavutil.mavlink_connection(f"udpin:{PLACE}:0"), _Meter(), 0
    ended = threading.Event()
    _tell(link.port.getsockname()[1], ended.set)
    while not ended.is_set():
        message = link.recv_match(blocking=True, timeout=_LOOK_S)
        if message is not None and message.get_type() != "BAD_DATA":
            messages += 1
            meter.start()
    return meter.line(messages)


def main(arguments: list[str]) -> int:
    """Read as who is named.

    Raises:
        BadInputError: nobody is.
    """
    match arguments:
        case ["station"]:
            line = asyncio.run(_read_as_the_station())
        case ["pymavlink"]:
            line = _read_as_pymavlink()
        case _:
            raise BadInputError("link_reader: expected station or pymavlink")
    sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
