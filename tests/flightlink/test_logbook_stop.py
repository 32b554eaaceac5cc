"""A station is stopped while no thread is free to write: what was taken before is on the disk all the same."""

import asyncio
import contextlib
from pathlib import Path
from threading import Event

from flightlink.logbook.logbook import Logbook
from tests.flightlink.packets import FakeVehicle
from tests.flightlink.test_logbook import LIMITS, NOW, frame_of, stored_bytes

THREADS = 64
"""More than the loop's pool has."""


async def test_what_waits_for_a_thread_is_written_at_the_stop(tmp_path: Path) -> None:
    book = Logbook(tmp_path / "logs", LIMITS, now_ns=lambda: NOW, changed=lambda status: None)
    is_over, frame = Event(), frame_of(FakeVehicle().heartbeat())
    for _ in range(THREADS):
        asyncio.get_running_loop().run_in_executor(None, is_over.wait)
    book.take("peer", frame, NOW)
    writing = asyncio.create_task(book.run())
    await asyncio.sleep(0.05)
    book.take("peer", frame, NOW)
    writing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await writing
    is_over.set()
    assert stored_bytes(tmp_path / "logs").count(frame.raw) == 2
    assert book.status().frames == 2
