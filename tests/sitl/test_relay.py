"""The relay and the simulator's faults over real sockets, on loopback."""

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from flightlink.mavlink.messages import MessageDecoder
from sitl.relay import relayed
from sitl.world.errors import WorldError
from sitl.world.faults import Fault, FaultBoard, FaultKind

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "sitl" / "worlds" / "demo.toml"
LOOPBACK = "127.0.0.1"


@pytest.fixture
def station() -> Iterator[socket.socket]:
    with bound() as made:
        yield made


def bound() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((LOOPBACK, 0))
    made.setblocking(False)
    return made


def board(*faults: Fault) -> FaultBoard:
    return FaultBoard(faults, vehicle="D1", seed=3)


async def heard(end: socket.socket, within_s: float = 5.0) -> bytes:
    async with asyncio.timeout(within_s):
        return (await asyncio.get_running_loop().sock_recvfrom(end, 65536))[0]


@asynccontextmanager
async def running(module: str, *arguments: str) -> AsyncIterator[Process]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, *arguments), stdin=pipe, stderr=pipe, cwd=ROOT
    )
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


async def test_it_carries_bytes_both_ways(station: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    with bound() as sender:
        async with relayed(
            board(), time.monotonic, listen=(LOOPBACK, 0), to=station.getsockname(), carries="telemetry"
        ) as place:
            await loop.sock_sendto(sender, b"from the vehicle", place)
            data, relay = await loop.sock_recvfrom(station, 2048)
            await loop.sock_sendto(station, b"from the station", relay)
            assert (data, await heard(sender)) == (b"from the vehicle", b"from the station")


async def test_faults_befall_what_it_carries(station: socket.socket) -> None:
    loop, began_s = asyncio.get_running_loop(), time.monotonic()
    faults = board(Fault(kind=FaultKind.DELAY, mean_s=0.2), Fault(kind=FaultKind.DUPLICATE, share=1.0, by_s=0.05))
    with bound() as sender:
        async with relayed(
            faults,
            lambda: time.monotonic() - began_s,
            listen=(LOOPBACK, 0),
            to=station.getsockname(),
            carries="telemetry",
        ) as place:
            sent_s = time.monotonic()
            await loop.sock_sendto(sender, b"once", place)
            assert await heard(station) == b"once"
            assert time.monotonic() - sent_s >= 0.2
            assert await heard(station) == b"once"
            assert time.monotonic() - sent_s >= 0.25


async def test_rtp_goes_with_its_rtcp_and_video_faults_touch_no_telemetry() -> None:
    loop = asyncio.get_running_loop()
    with bound() as rtp, bound() as sender:
        async with relayed(
            board(Fault(kind=FaultKind.LINK_LOSS)),
            lambda: 1.0,
            listen=(LOOPBACK, 0),
            to=rtp.getsockname(),
            carries="rtp",
        ) as place:
            assert place[1] % 2 == 0
            await loop.sock_sendto(sender, b"picture", place)
            assert await heard(rtp) == b"picture"
        stalled = board(Fault(kind=FaultKind.VIDEO_STALL, lasts_s=5.0))
        async with relayed(stalled, lambda: 1.0, listen=(LOOPBACK, 0), to=rtp.getsockname(), carries="video") as place:
            await loop.sock_sendto(sender, b"picture", place)
            with pytest.raises(TimeoutError):
                await heard(rtp, within_s=0.2)


async def test_an_occupied_port_is_one_line(station: socket.socket) -> None:
    with pytest.raises(WorldError, match="cannot listen") as caught:
        async with relayed(
            board(), time.monotonic, listen=station.getsockname(), to=(LOOPBACK, 9), carries="telemetry"
        ):
            pass
    assert "\n" not in str(caught.value)


async def test_a_relay_process_changes_an_autopilots_words_on_command(station: socket.socket) -> None:
    loop, port = asyncio.get_running_loop(), free_port()
    packer, decoder = mavlink.MAVLink(None, srcSystem=9), MessageDecoder()
    position = bytes(
        mavlink.MAVLink_global_position_int_message(1000, 488570000, 23520000, 0, 30000, 0, 0, 0, 0).pack(packer)
    )
    arguments = ["--listen", f"{LOOPBACK}:{port}", "--to", "{}:{}".format(*station.getsockname())]
    with bound() as sender:
        async with running("sitl.relay", *arguments, "--world", str(DEMO), "--vehicle", "D1") as relay:
            assert relay.stdin is not None
            assert relay.stderr is not None
            relay.stdin.write(b"nonsense\n" + json.dumps({"kind": "gps_glitch", "north_m": 111.0}).encode() + b"\n")
            assert b"relay: fault 'nonsense': is no JSON object" in await asyncio.wait_for(relay.stderr.readline(), 20)
            async with asyncio.timeout(20):
                while True:
                    await loop.sock_sendto(sender, position, (LOOPBACK, port))
                    with contextlib.suppress(TimeoutError):
                        moved: Any = decoder.decode(await heard(station, within_s=0.2))
                        if moved.lat != 488570000:
                            break
            assert (moved.lat - 488570000) / 1e7 * 111_200 == pytest.approx(111, abs=0.5)
            assert moved.lon == pytest.approx(23520000, abs=2)
            assert (moved.get_srcSystem(), moved.time_boot_ms) == (9, 1000)


def free_port() -> int:
    with bound() as probe:
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["sitl.relay", "--listen", "127.0.0.1:{busy}", "--vehicle", "D1"], "cannot listen (Address already in use)"),
        (["sitl.relay", "--listen", "127.0.0.1:0", "--vehicle", "D7"], "has no vehicle 'D7'; it has D1, D2"),
        (["sitl.simulate", "--vehicle", "D1", "--fault", "loss share=7"], "share is 7, outside 0 to 1"),
    ],
)
def test_bad_input_is_one_line_and_status_2(station: socket.socket, arguments: list[str], says: str) -> None:
    busy = station.getsockname()[1]
    module, *rest = [part.format(busy=busy) for part in arguments]
    world = ["--world", str(DEMO), "--to", "127.0.0.1:9"] if module == "sitl.relay" else [str(DEMO)]
    more = [] if module == "sitl.relay" else ["--station", "127.0.0.1:9", "--video", "udp://127.0.0.1:9"]
    command = [sys.executable, "-m", module, *world, *rest, *more]
    ended = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL, check=False
    )
    assert ended.returncode == 2
    assert len(ended.stderr.splitlines()) == 1
    assert says in ended.stderr
