import asyncio
import json
import os
import signal
import socket
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from flightlink.camera_file import load_camera
from flightlink.mission_file import load_mission
from groundstation.__main__ import main
from groundstation.errors import BadInputError, StationError
from groundstation.settings import settings_from_file
from sitl.demo import (
    DemoPlan,
    child,
    first_or_death,
    free_udp_ports,
    has_people,
    people_on_map,
    refuse_busy_port,
    write_station_files,
)
from sitl.station_files import video_latency_s
from sitl.world.world import World

DEMO = Path(__file__).parents[2] / "sitl" / "worlds" / "demo.toml"


def plan_of(world: World, port: int = 8765) -> DemoPlan:
    return DemoPlan(world_file=DEMO, world=world, vehicles=world.vehicles, port=port, minutes=None, opens_browser=False)


def test_the_station_can_read_its_files(world: World, tmp_path: Path) -> None:
    path = write_station_files(plan_of(world), tmp_path, link_port=14550, video_ports=[5600, 5601])
    settings = settings_from_file(path)
    assert [camera.name for camera in settings.camera] == ["D1", "D2"]
    assert [camera.system_id for camera in settings.camera] == [1, 2]
    assert settings.station.port == 8765
    camera = load_camera(tmp_path / "D1.toml")
    assert camera.intrinsics.fx_px == pytest.approx(world.camera.intrinsics.fx_px)
    assert camera.video_latency_s == pytest.approx(video_latency_s(world.camera), abs=1e-3)
    mission = load_mission(path)
    assert mission.refusal_at(round(datetime.now(UTC).timestamp() * 1e9)) is None
    assert len(mission.area) == len(world.area_m)
    assert all(abs(lon_deg - world.home.lon_deg) < 0.001 for lon_deg, _ in mission.area)


def test_ports_are_free_and_all_different() -> None:
    ports = free_udp_ports(5)
    assert len(set(ports)) == 5
    for port in ports:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", port))


def test_a_busy_port_is_refused_in_one_line() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]
        with pytest.raises(BadInputError, match=rf"--port {port}: .*in use; give another"):
            refuse_busy_port(port)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--drones", "0"], "--drones 0: the demo's world has 1 to 2 vehicles"),
        (["--drones", "9"], "--drones 9"),
        (["--port", "70000"], "--port 70000: expected 1 to 65535"),
        (["--minutes", "-1"], "--minutes -1: expected a number above 0"),
        (["--minutes", "nan"], "--minutes nan"),
    ],
)
def test_wrong_arguments_end_with_2_and_one_line(
    capsys: pytest.CaptureFixture[str], arguments: list[str], says: str
) -> None:
    assert main(["demo", *arguments]) == 2
    told = capsys.readouterr().err
    assert says in told
    assert told.count("\n") == 1


def test_a_busy_port_ends_the_command_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        assert main(["demo", "--no-browser", "--port", str(busy.getsockname()[1])]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("people", "found"), [([None, 0, 3.5], True), ([None, 0.0], False), ([], False), ([None, 12], True)]
)
def test_only_a_cell_with_people_counts(people: list[float | None], found: bool) -> None:
    cells = [{"properties": {"state": "observed", "people": number}} for number in people]
    assert has_people({"features": cells}) is found


async def test_the_map_is_awaited_until_people_are_on_it() -> None:
    maps: list[list[int | None]] = [[], [None], [None, 7]]
    answers = iter(maps)

    async def density(_: web.Request) -> web.Response:
        cells = [{"properties": {"people": number}} for number in next(answers)]
        return web.Response(text=json.dumps({"features": cells}), content_type="application/json")

    app = web.Application()
    app.router.add_get("/api/v1/density", density)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        host, port = runner.addresses[0][:2]
        async with asyncio.timeout(20):
            await people_on_map(f"http://{host}:{port}/")
    finally:
        await runner.cleanup()
    assert next(answers, None) is None, "asked three times"


async def test_a_child_that_dies_is_told_and_the_others_are_ended() -> None:
    async with child("http.server", "0", "--bind", "127.0.0.1") as lives, child("json.tool", "--none") as dies:
        with pytest.raises(StationError, match="the second ended with status"):
            await first_or_death(asyncio.sleep(60), {"the first": lives, "the second": dies}, within_s=30)
        assert lives.returncode is None
    assert lives.returncode is not None


async def test_waiting_has_an_end() -> None:
    with pytest.raises(StationError, match="nobody on the map after 0 s"):
        await first_or_death(asyncio.sleep(60), {}, within_s=0.05)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_children_too(number: signal.Signals, tmp_path: Path) -> None:
    """A parent told to go takes its child with it, which stands here for station and simulators."""
    script = tmp_path / "parent.py"
    script.write_text(
        "import asyncio, signal\n"
        "from sitl.demo import child, end_on_signals\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # as the console script does
        "async def main():\n"
        "    end_on_signals()\n"
        "    async with child('http.server', '0', '--bind', '127.0.0.1') as process:\n"
        "        print('PID', process.pid, flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    parent = await asyncio.create_subprocess_exec(
        sys.executable, str(script), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    assert parent.stdout is not None
    line = b""
    while not line.startswith(b"PID "):  # the child's own greeting may come first
        line = await parent.stdout.readline()
    pid = int(line.split()[1])
    parent.send_signal(number)
    async with asyncio.timeout(20):
        await parent.wait()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
