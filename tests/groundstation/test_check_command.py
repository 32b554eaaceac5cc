"""`check` as a user calls it: a real station for some seconds, a vehicle on loopback, a worker that speaks the wire."""

import asyncio
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from groundstation.__main__ import BAD_INPUT, main
from groundstation.commands.check import GREEN, RED
from groundstation.commands.checking.live import Asked, asked_from_files, document_of, points_of, taken_port
from groundstation.commands.checking.seal_test import grey_png, seal_point
from groundstation.commands.checking.table import table_lines
from groundstation.errors import BadInputError
from groundstation.preflight.points import Point
from groundstation.worker_process import WORKER_COMMAND
from tests.groundstation.conftest import CAMERA_TOML, FIXED_POSE_TOML, MISSION_TOML
from tests.groundstation.station import fly

Fake = Callable[[str], tuple[str, ...]]
MISSION = f"[mission]\n{MISSION_TOML}".replace("2026-07-14T21", "2096-07-14T21")


@pytest.fixture
def port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def vehicle(port: int) -> Iterator[int]:
    """A vehicle with system id 7 that flies by until the test is over."""
    loop = asyncio.new_event_loop()
    flying = loop.create_task(flown(port))
    thread = threading.Thread(target=lambda: loop.run_until_complete(asyncio.wait([flying])), daemon=True)
    thread.start()
    yield 7
    loop.call_soon_threadsafe(flying.cancel)
    thread.join(5)
    loop.close()


async def flown(port: int) -> None:
    """Fly on while nobody listens."""
    while True:
        with suppress(ConnectionRefusedError):
            await fly(port)
        await asyncio.sleep(0.05)


def station(folder: Path, *, link: int | None = None, system_id: int | None = None, mission: str = MISSION) -> Path:
    camera = '[[camera]]\nname = "north"\nvideo = "clip.mp4"\nfile = "north.toml"\n'
    camera += "" if system_id is None else f"system_id = {system_id}\n"
    links = "" if link is None else f'[[link]]\nurl = "udpin://127.0.0.1:{link}"\n'
    (folder / "north.toml").write_text(FIXED_POSE_TOML if system_id is None else CAMERA_TOML)
    (folder / "station.toml").write_text(f"[station]\nport = 0\n{mission}\n{links}{camera}")
    return folder / "station.toml"


def looked(file: Path, command: tuple[str, ...], *, until: str) -> dict[str, Point]:
    """Look until a word is among the points, at most so long as a busy machine may need."""
    asked = replace(asked_from_files(file, None, seconds=3.0), seconds=30.0)

    def enough(points: Sequence[Point]) -> bool:
        return any(point.word == until for point in points)

    points = points_of(asked, lambda _: None, command=command, enough=enough)
    return {f"{point.about} {point.point}": point for point in points}


def red(points: dict[str, Point]) -> set[str]:
    return {point.word for point in points.values() if not point.ok}


def test_a_fixed_camera_in_order_is_green(tmp_path: Path, fake_worker: Fake) -> None:
    points = looked(station(tmp_path), fake_worker("fixed"), until="seal_holds")
    assert red(points) <= {"video_dark", "video_slow", "video_starting", "weights_wrong"}
    assert points["north seal"].word == "seal_holds"
    assert points["north pose"].word == "pose_fine"


def test_a_vehicle_that_sends_less_than_a_position_needs(
    tmp_path: Path, fake_worker: Fake, port: int, vehicle: int
) -> None:
    points = looked(station(tmp_path, link=port, system_id=vehicle), fake_worker("fixed"), until="link_lively")
    assert points[f"udpin://127.0.0.1:{port} link"].ok
    assert points["north link"].word == "link_lively"
    assert {"rates_low", "time_unanswered", "gimbal_none", "ground_none"} <= red(points)
    assert "GIMBAL_DEVICE_ATTITUDE_STATUS 0.0 of 10/s" in points["north rates"].says


def test_no_vehicle_no_video_and_no_mission(tmp_path: Path, fake_worker: Fake, port: int) -> None:
    file = station(tmp_path, link=port, system_id=3, mission="")
    points = looked(file, fake_worker("crash"), until="video_waiting")
    assert {"mission_missing", "link_silent", "link_unheard", "pose_refused"} <= red(points)
    assert points["station seal"].point == "seal"


def test_a_mission_that_is_wrong_is_a_point_and_the_rest_goes_on(tmp_path: Path, fake_worker: Fake) -> None:
    wrong = MISSION.replace("min_agl_m = 10", "min_agl_m = 500")
    points = looked(station(tmp_path, mission=wrong), fake_worker("fixed"), until="seal_holds")
    assert points["station mission"].word == "mission_wrong"
    assert "altitude band 500" in points["station mission"].says
    assert points["north seal"].ok


def test_a_port_that_another_program_holds_is_a_point(tmp_path: Path, fake_worker: Fake, port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", port))
        points = looked(station(tmp_path, link=port, system_id=3), fake_worker("fixed"), until="seal_holds")
    assert points["station link"].word == "link_broken"
    assert str(port) in points["station link"].says


async def test_a_port_of_the_pages_that_is_taken_is_a_point(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = int(other.getsockname()[1])
        file = station(tmp_path)
        file.write_text(file.read_text().replace("port = 0", f"port = {taken}"))
        (point,) = await taken_port(asked_from_files(file, None, seconds=3).settings)
    assert (point.word, point.ok) == ("port_taken", False)
    assert str(taken) in point.says
    assert await taken_port(asked_from_files(station(tmp_path), None, seconds=3).settings) == []


def test_a_look_writes_no_flight_down(tmp_path: Path, fake_worker: Fake) -> None:
    file = station(tmp_path)
    file.write_text(file.read_text() + '[record]\nfolder = "logs"\n')
    points = looked(file, fake_worker("fixed"), until="seal_holds")
    assert not (tmp_path / "logs").exists()
    assert points["station disk"].ok


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[camera]]\n", "camera.1.name: missing"),
        ('[station]\nport = "x"\n', "station.port: found 'x'"),
    ],
)
def test_wrong_settings_are_one_line_and_status_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, says: str
) -> None:
    (tmp_path / "station.toml").write_text(text)
    assert main(["check", str(tmp_path / "station.toml")]) == BAD_INPUT
    assert says in capsys.readouterr().err


def test_two_missions_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="keep one of them"):
        asked_from_files(station(tmp_path), tmp_path / "other.toml", seconds=3)


def test_seconds_have_bounds(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["check", "station.toml", "--seconds", "0"])
    assert "expected 3 to 600 seconds" in capsys.readouterr().err


def test_the_table_names_what_is_red_and_its_mend() -> None:
    points = [
        Point(point="disk", about="station", word="disk_fine", values=("5.0", "logs")),
        Point(point="link", about="north", word="link_lossy", values=("20.0%", "5%")),
    ]
    assert list(table_lines(points)) == [
        "station",
        "  ok   disk        5.0 GB free in logs",
        "north",
        "  RED  link        20.0% of its messages are lost, at most 5% are tolerable",
        "                   -> check the radio; ask for fewer streams",
        "1 of 2 points red",
    ]
    assert document_of(points)[0] == {
        "point": "disk", "about": "station", "ok": True, "says": "5.0 GB free in logs", "mend": "",
    }  # fmt: skip


@pytest.mark.model
def test_the_workers_own_seal_is_tried_without_any_camera() -> None:
    point = asyncio.run(seal_point(WORKER_COMMAND))
    assert point.word in ("seal_holds", "seal_fails")
    assert point.ok, point.says


def test_a_grey_picture_is_a_png() -> None:
    assert grey_png(4)[:8] == b"\x89PNG\r\n\x1a\n"


@pytest.mark.model
def test_the_command_ends_with_1_where_something_is_red_and_prints_json_alone(tmp_path: Path) -> None:
    program = str(Path(sys.executable).with_name("groundstation"))
    command: list[str | Path] = [program, "check", station(tmp_path), "--seconds", "3", "--json"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, timeout=90)
    assert run.returncode == RED, run.stderr
    points = {f"{point['about']} {point['point']}": point for point in json.loads(run.stdout)}
    assert points["station mission"]["ok"] is True
    assert points["north video"]["ok"] is False  # there is no clip.mp4
    assert points["station seal"]["ok"] is True
    assert "red so far" in run.stderr
    assert GREEN == 0


def test_what_is_asked_keeps_its_settings(tmp_path: Path) -> None:
    asked = asked_from_files(station(tmp_path, mission=""), None, seconds=5)
    assert (asked.mission, asked.mission_fault, asked.seconds) == (None, "", 5)
    assert isinstance(asked, Asked)
