"""Autopilot processes that do not do what they should: real child processes, told in one line, and none left behind."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sitl.ardupilot.__main__ import main
from sitl.ardupilot.errors import AutopilotError, CannotStartError
from sitl.ardupilot.launch import Autopilot, LaunchPlan, command_line, launched, refuse_busy_port

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "sitl" / "worlds" / "demo.toml"
INSTANCE = 230
"""Far from any simulator that runs on this machine: its port is 7801."""


def program(folder: Path, body: str) -> Path:
    path = folder / "arducopter"
    path.write_text(f"#!/bin/sh\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def plan_of(binary: Path, folder: Path) -> LaunchPlan:
    return LaunchPlan(
        name="D1",
        binary=binary,
        instance=INSTANCE,
        folder=folder / "D1",
        system_id=1,
        lat_deg=48.857,
        lon_deg=2.352,
        alt_amsl_m=35.0,
        yaw_deg=90.0,
        defaults="MNT1_TYPE 1\n",
        pilot_port=14600,
        station=("127.0.0.1", 14550),
    )


def is_alive(process_id: int) -> bool:
    stat = Path(f"/proc/{process_id}/stat")
    return stat.is_file() and stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


async def until(is_so: Callable[[], bool]) -> None:
    for _ in range(500):
        if is_so():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it never came true")


async def watched_to_its_end(plan: LaunchPlan) -> str:
    async with launched(plan) as autopilot:
        with pytest.raises(AutopilotError) as caught:
            await asyncio.wait_for(autopilot.watch(), 10)
    return str(caught.value)


def test_the_command_names_place_parameters_and_both_links(tmp_path: Path) -> None:
    command = " ".join(command_line(plan_of(Path("/opt/arducopter"), tmp_path)))
    assert command.startswith(
        "/opt/arducopter --model + --speedup 1 --instance 230 --home 48.8570000,2.3520000,35.00,90.0"
    )
    assert f"--defaults {tmp_path}/D1/defaults.parm" in command
    assert command.endswith("--serial0 udpclient:127.0.0.1:14600 --serial1 udpclient:127.0.0.1:14550")


async def test_one_that_dies_silently_is_told_with_what_to_do(tmp_path: Path) -> None:
    said = await watched_to_its_end(plan_of(program(tmp_path, "exit 1"), tmp_path))
    assert said.startswith("vehicle D1: ")
    assert said.endswith(
        "ended with status 1 without a word; is another one starting? Start again, 5 s after any other"
    )
    assert "\n" not in said


async def test_one_that_complains_and_dies_is_quoted(tmp_path: Path) -> None:
    body = "echo one; echo two; echo three; echo bind failed >&2; exit 3"
    said = await watched_to_its_end(plan_of(program(tmp_path, body), tmp_path))
    assert said.endswith("ended with status 3; it last wrote: two / three / bind failed")


async def test_a_file_that_is_no_program_is_told(tmp_path: Path) -> None:
    binary = tmp_path / "arducopter"
    binary.write_bytes(b"\x7fELF but not really")
    binary.chmod(0o755)
    with pytest.raises(CannotStartError, match=r"arducopter: cannot be started \(.*\); give a binary that was built"):
        async with launched(plan_of(binary, tmp_path)):
            pass


async def test_its_parameters_lie_in_its_own_folder(tmp_path: Path) -> None:
    async with launched(plan_of(program(tmp_path, "sleep 60"), tmp_path)) as autopilot:
        assert isinstance(autopilot, Autopilot)
        assert (tmp_path / "D1" / "defaults.parm").read_text(encoding="utf-8") == "MNT1_TYPE 1\n"


async def test_one_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    body = f"sleep 61 & echo $! > {tmp_path}/child; touch {tmp_path}/child.there; wait"
    async with launched(plan_of(program(tmp_path, body), tmp_path)) as autopilot:
        await until((tmp_path / "child.there").is_file)
        child = int((tmp_path / "child").read_text(encoding="utf-8"))
        assert is_alive(child)
        process_id = autopilot.process.pid
    assert not is_alive(process_id)
    await until(lambda: not is_alive(child))


async def test_one_that_will_not_go_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sitl.ardupilot.launch.ENDS_WITHIN_S", 0.3)
    body = f"trap '' TERM; touch {tmp_path}/up; while :; do sleep 0.1; done"
    async with launched(plan_of(program(tmp_path, body), tmp_path)) as autopilot:
        await until((tmp_path / "up").is_file)
        process_id = autopilot.process.pid
    assert not is_alive(process_id)


def test_a_busy_port_is_refused_with_its_number(tmp_path: Path) -> None:
    plan = plan_of(tmp_path / "none", tmp_path)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as busy:
        busy.bind(("127.0.0.1", plan.rc_port))
        with pytest.raises(CannotStartError, match=r"^vehicle D1: UDP port 7801 is in use .*--first-instance 240$"):
            refuse_busy_port(plan)
    refuse_busy_port(plan)


def ran(binary: Path | None) -> subprocess.CompletedProcess[str]:
    environment = {key: value for key, value in os.environ.items() if key != "ARDUCOPTER"} | {"PATH": "/usr/bin:/bin"}
    chosen = [] if binary is None else ["--binary", str(binary)]
    arguments = [str(DEMO), "--station", "127.0.0.1:14550", *chosen, "--first-instance", str(INSTANCE)]
    return subprocess.run(
        [sys.executable, "-m", "sitl.ardupilot", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_no_binary_ends_the_command_with_2_and_one_line() -> None:
    done = ran(None)
    assert done.returncode == 2
    assert done.stderr.startswith("ardupilot: no arducopter on the PATH: build ArduPilot's SITL")
    assert len(done.stderr.splitlines()) == 1


def test_a_silent_death_ends_the_command_with_1_and_one_line(tmp_path: Path) -> None:
    done = ran(program(tmp_path, "sleep 0.1; exit 1"))
    assert done.returncode == 1
    assert done.stderr.endswith("without a word; is another one starting? Start again, 5 s after any other\n")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--vehicles", "9"), "--vehicles 9: the world demo has 1 to 2 vehicles"),
        (("--laps", "0"), "--laps 0: expected a number of at least 1"),
        (("--video", "udp://127.0.0.1:9", "--video", "b"), "--video: given 2 times for 1 vehicles; give it for each"),
        (("--first-instance", "256"), "--first-instance 256: expected 0 to 255"),
        (("--station", "127.0.0.1:0"), "--station: names port 0; give the port that the station listens on"),
        (
            ("--video", "udp://192.0.2.1:9"),
            "192.0.2.1: is not this machine; add --remote-video if the video may leave it",
        ),
    ],
)
def test_wrong_options_end_the_command_with_2(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    more: tuple[str, ...],
    says: str,
) -> None:
    binary = program(tmp_path, "exit 1")
    arguments = ["ardupilot", str(DEMO), "--station", "127.0.0.1:14550", "--binary", str(binary), *more]
    monkeypatch.setattr(sys, "argv", arguments)
    assert main() == 2
    assert capsys.readouterr().err == f"ardupilot: {says}\n"


def test_a_signal_ends_the_command_and_the_autopilot(tmp_path: Path) -> None:
    binary = program(tmp_path, f"echo $$ > {tmp_path}/pid.new; mv {tmp_path}/pid.new {tmp_path}/pid; exec sleep 62")
    arguments = [str(DEMO), "--station", "127.0.0.1:14550", "--binary", str(binary), "--first-instance", str(INSTANCE)]
    running = subprocess.Popen([sys.executable, "-m", "sitl.ardupilot", *arguments], cwd=ROOT)
    try:
        end_s = time.monotonic() + 30
        while not (tmp_path / "pid").is_file() and time.monotonic() < end_s:
            time.sleep(0.02)
        process_id = int((tmp_path / "pid").read_text(encoding="utf-8"))
        assert is_alive(process_id)
        running.terminate()
        assert running.wait(20) == 0
        assert not is_alive(process_id)
    finally:
        running.kill()
        running.wait()
