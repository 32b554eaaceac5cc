"""The clock of a replay, and a recording as a link that runs by it."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.errors import LinkError
from flightlink.links.link import FlightLinks
from flightlink.links.tlog_link import ENDED, first_utc_ns
from flightlink.logbook.logbook import record_of
from flightlink.mavlink.framing import Framer
from flightlink.replay_time import LEAST_SPEED, MOST_SPEED, ReplayTime
from flightlink.vehicle.state import VehicleState
from tests.flightlink.packets import FakeVehicle

S = 1_000_000_000
BEGUN = 1_780_000_000 * S


def log(path: Path, *, from_s: float = 0.0, seconds: float = 4.0) -> Path:
    """Write a log of a vehicle whose yaw is its seconds since the start of the recording."""
    vehicle, records = FakeVehicle(), []
    for step in range(round(from_s * 10), round((from_s + seconds) * 10)):
        vehicle.yaw_deg = step / 10
        for raw in (vehicle.heartbeat(), *vehicle.moment(1000 + step * 100)):
            (frame,) = Framer().feed_datagram(raw)
            records.append(record_of(frame, BEGUN + step * S // 10))
    path.write_bytes(b"".join(records))
    return path


@given(st.floats(LEAST_SPEED, MOST_SPEED), st.integers(0, 10**15), st.integers(-(10**13), 10**13))
def test_there_and_back(speed: float, starts_steady_ns: int, elapsed_ns: int) -> None:
    time = ReplayTime(starts_utc_ns=BEGUN, starts_steady_ns=starts_steady_ns, speed=speed)
    steady_ns = starts_steady_ns + elapsed_ns
    assert abs(time.steady_ns(time.utc_ns(steady_ns)) - steady_ns) <= 1 + 1 / speed + abs(elapsed_ns) * 1e-12
    assert time.video_utc_ns(steady_ns) < time.utc_ns(steady_ns)


class Clock:
    def __init__(self) -> None:
        self.utc_ns = BEGUN - S

    def __call__(self) -> int:
        return self.utc_ns


def states(links: FlightLinks, clock: Clock) -> list[VehicleState]:
    return [tracker.state(clock.utc_ns) for tracker in links.trackers.values()]


def yaws_are(links: FlightLinks, clock: Clock, wanted: list[Any]) -> bool:
    return [state.yaw_deg for state in states(links, clock)] == wanted


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


async def test_each_frame_comes_in_at_its_own_time(tmp_path: Path) -> None:
    clock = Clock()
    async with FlightLinks([f"tlog://{log(tmp_path / 'a.tlog')}"], now_ns=clock) as links:
        playing = asyncio.create_task(links.run())
        for second in (-0.5, 0.55, 2.05, 3.95):
            clock.utc_ns = BEGUN + round(second * S)
            wanted = [] if second < 0 else [pytest.approx(int(second * 10) / 10)]
            await until(partial(yaws_are, links, clock, wanted))
            await asyncio.sleep(0.06)
            assert yaws_are(links, clock, wanted), "and not a frame more"
        assert states(links, clock)[0].link_age_s < 0.1
        await until(lambda: links.statuses()[0].error == ENDED)
        playing.cancel()
        await asyncio.wait([playing])


async def test_a_folder_is_one_recording_in_parts(tmp_path: Path) -> None:
    log(tmp_path / "2.tlog", from_s=2.0, seconds=1.0)
    log(tmp_path / "1.tlog", seconds=2.0)
    clock = Clock()
    clock.utc_ns = BEGUN + 3 * S
    async with FlightLinks([f"tlog://{tmp_path}"], now_ns=clock) as links:
        playing = asyncio.create_task(links.run())
        await until(partial(yaws_are, links, clock, [pytest.approx(2.9)]))
        assert all("not_its_peer" not in status.refused for status in links.statuses())
        playing.cancel()
        await asyncio.wait([playing])
    assert first_utc_ns(tmp_path) == BEGUN


async def test_a_damaged_part_of_a_recording_ends_it_and_is_told(tmp_path: Path) -> None:
    log(tmp_path / "1.tlog", seconds=1.0)
    (tmp_path / "2.tlog").write_text("no telemetry")
    clock = Clock()
    clock.utc_ns = BEGUN + 9 * S
    async with FlightLinks([f"tlog://{tmp_path}"], now_ns=clock) as links:
        playing = asyncio.create_task(links.run())
        await until(lambda: "2.tlog" in links.statuses()[0].error)
        assert yaws_are(links, clock, [pytest.approx(0.9)])
        assert not playing.done(), "other links go on"
        playing.cancel()
        await asyncio.wait([playing])


@pytest.mark.parametrize("name", ["missing.tlog", "empty", "words.tlog"])
async def test_what_is_no_recording_is_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "words.tlog").write_text("no telemetry")
    with pytest.raises(LinkError) as raised:
        async with FlightLinks([f"tlog://{tmp_path / name}"]):
            pass
    assert "\n" not in str(raised.value)
    assert name in str(raised.value)
