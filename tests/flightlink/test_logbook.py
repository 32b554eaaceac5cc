"""The logbook on a real folder: what is kept, for how long, how much of it, and what happens when the disk says no."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink import mavutil

from flightlink.links.hub import Hub, Peer
from flightlink.logbook.logbook import (
    MOST_WAITING_BYTES,
    TRY_AGAIN_NS,
    WRITE_EVERY_S,
    Logbook,
    LogbookStatus,
    record_of,
)
from flightlink.logbook.shelf import LogbookLimits, StoredLog, name_at, stored_in, to_delete, utc_ns_of
from flightlink.logbook.writer import new_file
from flightlink.mavlink.framing import Frame, Framer
from flightlink.mavlink.tlog import read_tlog
from tests.flightlink.packets import FakeVehicle

S = 1_000_000_000
HOUR = 3600 * S
NOW = 1_790_000_000 * S
LIMITS = LogbookLimits(retention_ns=HOUR, file_ns=600 * S, file_bytes=100_000, total_bytes=1_000_000)


OPEN: list[Logbook] = []


class Clock:
    def __init__(self) -> None:
        self.utc_ns = NOW

    def __call__(self) -> int:
        return self.utc_ns


def frame_of(raw: bytes) -> Frame:
    (frame,) = Framer().feed_datagram(raw)
    return frame


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


def logbook(folder: Path, clock: Clock, limits: LogbookLimits = LIMITS, **more: Any) -> Logbook:
    more.setdefault("changed", lambda status: None)
    OPEN.append(Logbook(folder, limits, now_ns=clock, **more))
    return OPEN[-1]


def stored_bytes(folder: Path) -> bytes:
    return b"".join(log.path.read_bytes() for log in stored_in(folder))


async def test_what_adopted_vehicles_say_is_read_back_by_us_and_by_pymavlink(tmp_path: Path) -> None:
    clock, hub = Clock(), Hub({})
    book = logbook(tmp_path / "logs", clock)
    hub.subscribe_frames(book.take)
    known, stranger = (Peer(name=name, send=lambda data: None, speaks_first=False) for name in ("a", "b"))
    sent: list[tuple[int, bytes]] = []
    one = FakeVehicle(system_id=1)
    hub.receive(known, one.heartbeat(), clock.utc_ns, is_datagram=True)
    hub.receive(stranger, FakeVehicle(system_id=9).attitude(4), clock.utc_ns, is_datagram=True)
    for boot_ms in range(0, 1000, 100):
        clock.utc_ns += 100_000_000
        for raw in one.moment(boot_ms):
            hub.receive(known, raw, clock.utc_ns, is_datagram=True)
            sent.append((clock.utc_ns // 1000, raw))
    task = asyncio.create_task(book.run())
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait([task])
    (log,) = stored_in(tmp_path / "logs")
    ours = [(utc_us, frame.raw) for utc_us, frame in read_tlog(log.path).frames()]
    assert ours[1:] == sent, "after the first heartbeat"
    theirs = mavutil.mavlink_connection(str(log.path), dialect="all")
    read = []
    while (message := theirs.recv_msg()) is not None:
        read.append((round(message._timestamp * 1e6), message.get_type(), message.get_srcSystem()))
    assert [utc_us for utc_us, _, _ in read] == [utc_us for utc_us, _ in ours]
    assert {system_id for _, _, system_id in read} == {1}
    assert log.path.stat().st_mode & 0o077 == 0, "its owner's alone"
    theirs.close()


def signed(vehicle: FakeVehicle) -> bytes:
    vehicle.mavlink.signing.secret_key = b"k" * 32
    vehicle.mavlink.signing.sign_outgoing = True
    return vehicle.attitude(7)


async def written(folder: Path, *frames: bytes, **more: Any) -> Logbook:
    book = logbook(folder, Clock(), **more)
    for raw in frames:
        book.take("a", frame_of(raw), NOW)
    task = asyncio.create_task(book.run())
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait([task])
    return book


async def test_a_signed_frame_is_kept_as_it_was_received(tmp_path: Path) -> None:
    raw = signed(FakeVehicle())
    await written(tmp_path, raw)
    assert len(raw) > 13 + 10
    assert stored_bytes(tmp_path) == (NOW // 1000).to_bytes(8, "big") + raw


def test_files_are_turned_by_size_and_by_time_and_bounded_together(tmp_path: Path) -> None:
    clock = Clock()
    limits = LogbookLimits(retention_ns=HOUR, file_ns=600 * S, file_bytes=2000, total_bytes=10_000)
    book = logbook(tmp_path, clock, limits)
    frame = frame_of(FakeVehicle().attitude(1))
    record = record_of(frame, NOW)
    for _ in range(100):
        clock.utc_ns += S
        book._written([record] * 10)
        sizes = [log.size_bytes for log in stored_in(tmp_path)]
        assert max(sizes) <= 2000
        assert sum(sizes) <= 10_000
    assert sum(sizes) > 7000
    newest = stored_in(tmp_path)[-1]
    clock.utc_ns += 601 * S
    book._written([record])
    assert stored_in(tmp_path)[-1].path != newest.path
    assert stored_in(tmp_path)[-1].size_bytes == len(record)


def test_what_is_older_than_the_retention_goes_also_what_a_crash_left(tmp_path: Path) -> None:
    left, fresh = (tmp_path / name_at(NOW - age * S) for age in (3601, 3500))
    foreign = [tmp_path / name for name in ("flight.tlog", "groundstation_old_Z.tlog", "groundstation_2020.txt")]
    for path in (left, fresh, *foreign):
        path.write_bytes(b"x")
    clock = Clock()
    book = logbook(tmp_path, clock)
    book._written([])
    assert not left.exists(), "without a single frame of this run"
    assert fresh.exists()
    record = record_of(frame_of(FakeVehicle().attitude(1)), NOW)
    book._written([record])
    for _ in range(7):
        clock.utc_ns += 600 * S
        book._written([record])
        assert all(clock.utc_ns - log.starts_utc_ns < HOUR for log in stored_in(tmp_path))
    assert all(path.exists() for path in foreign)


def test_a_link_to_a_foreign_file_is_not_followed(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_bytes(b"x")
    (tmp_path / "logs").mkdir()
    link = tmp_path / "logs" / name_at(NOW - 10 * HOUR)
    link.symlink_to(kept)
    logbook(tmp_path / "logs", Clock())._written([])
    assert kept.exists()
    assert link.is_symlink()


def full(path: Path) -> BinaryIO:
    path.touch(exist_ok=False)
    return Path("/dev/full").open("wb", buffering=0)


async def test_a_full_disk_is_told_and_tried_again(tmp_path: Path) -> None:
    clock, told, openers = Clock(), list[LogbookStatus](), [full, new_file]

    def opened(path: Path) -> BinaryIO:
        return openers.pop(0)(path)

    book = logbook(tmp_path, clock, opened=opened, changed=told.append)
    frame = frame_of(FakeVehicle().attitude(1))
    book.take("a", frame, NOW)
    await book._write_in_thread()
    assert [status.error for status in told] == ["No space left on device"]
    assert stored_in(tmp_path) == [], "no empty file is left for each try"
    book.take("a", frame, NOW)
    await book._write_in_thread()
    assert book.status().frames_lost == 2, "the disk is left alone for some seconds"
    clock.utc_ns += TRY_AGAIN_NS + 1
    book.take("a", frame, NOW)
    await book._write_in_thread()
    assert [status.error for status in told] == ["No space left on device", ""]
    assert (book.status().frames, book.status().files) == (1, 1)


class Torn:
    """A file that takes half of what it is given, then no more."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.writes = 0

    def write(self, data: memoryview) -> int:
        self.writes += 1
        if self.writes == 3:
            raise OSError(28, "No space left on device")
        return self._file.write(data[: len(data) // 2] if self.writes == 2 else data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def test_half_a_record_is_taken_away_again(tmp_path: Path) -> None:
    book = logbook(tmp_path, Clock(), opened=lambda path: Torn(new_file(path)))
    record = record_of(frame_of(FakeVehicle().attitude(1)), NOW)
    book._written([record])
    book._written([record])
    assert book.status().error == "No space left on device"
    assert stored_bytes(tmp_path) == record


async def test_a_folder_that_is_none_is_told_before_anything_comes(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file")
    told: list[LogbookStatus] = []
    await written(tmp_path / "logs", changed=told.append)
    assert [status.error for status in told] == ["File exists"]


async def test_a_disk_that_is_too_slow_loses_the_newest_and_says_so(tmp_path: Path) -> None:
    frame = frame_of(FakeVehicle().attitude(1))
    frames = 2 * MOST_WAITING_BYTES // len(record_of(frame, NOW))
    book = await written(tmp_path, *[frame.raw] * frames, limits=LogbookLimits(
        retention_ns=HOUR, file_ns=600 * S, file_bytes=10_000_000, total_bytes=100_000_000
    ))  # fmt: skip
    status = book.status()
    assert status.frames + status.frames_lost == frames
    assert status.total_bytes <= MOST_WAITING_BYTES
    assert status.frames_lost >= frames // 2 - 1


async def test_what_came_is_on_the_disk_before_anything_is_closed(tmp_path: Path) -> None:
    book = logbook(tmp_path, Clock())
    task = asyncio.create_task(book.run())
    await asyncio.sleep(0.05)
    book.take("a", frame_of(FakeVehicle().attitude(1)), NOW)
    async with asyncio.timeout(20):
        while True:
            if stored_bytes(tmp_path):
                break  # on the disk before the logbook is closed
            await asyncio.sleep(0.05)
    assert WRITE_EVERY_S <= 0.5, "with the time of a write less than a second is lost"
    task.cancel()
    await asyncio.wait([task])


@given(st.integers(min_value=946_684_800_000_000, max_value=4_000_000_000_000_000))
def test_a_name_says_when_its_file_begins(utc_us: int) -> None:
    assert utc_ns_of(name_at(utc_us * 1000)) == utc_us * 1000


@given(st.text())
def test_any_name_can_be_looked_at(name: str) -> None:
    assert utc_ns_of(name) is None or name_at(utc_ns_of(name) or 0)


@given(st.lists(st.tuples(st.integers(0, 7200), st.integers(0, 5000)), max_size=12), st.integers(0, 5000))
def test_what_stays_is_young_and_within_the_bound(files: list[tuple[int, int]], needed: int) -> None:
    limits = LogbookLimits(retention_ns=HOUR, file_ns=60 * S, file_bytes=5000, total_bytes=10_000)
    stored = [
        StoredLog(path=Path(str(index)), starts_utc_ns=NOW - age * S, size_bytes=size)
        for index, (age, size) in enumerate(sorted(files, reverse=True))
    ]
    gone = to_delete(stored, limits, now_utc_ns=NOW, needed_bytes=needed)
    stays = [log for log in stored if log not in gone]
    assert all(NOW - log.starts_utc_ns < HOUR for log in stays)
    assert needed + sum(log.size_bytes for log in stays) <= 10_000
    assert stays == stored[len(stored) - len(stays) :], "the oldest go first"
