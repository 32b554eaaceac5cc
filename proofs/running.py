"""The whole station on a simulated world, as programs of their own: what it opens for writing is watched."""

from __future__ import annotations

import compileall
import subprocess
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from proofs.tap import Tap, tapped
from proofs.watched import Watch, watched
from sitl.demo import HOST, free_udp_ports
from sitl.station_files import camera_toml, station_toml
from sitl.world.file import load_world
from sitl.world.world import VehiclePlan, World

SERVES_WITHIN_S: Final = 60.0
ENDS_WITHIN_S: Final = 6.0
KEPT_LINES: Final = 400
ROOMS: Final = ("flightlink", "maps", "vision", "groundstation", "static", "sitl", "proofs")
SERVING: Final = "serving "


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A station that serves its pages, and the simulated vehicles that it watches."""

    address: str
    """With a slash at the end."""
    watch: Watch
    folder: Path
    """Its working folder, which holds its settings."""
    taps: tuple[Tap, ...] = ()
    """What each camera sends, where that was asked for."""
    told: deque[str] = field(default_factory=deque)
    """The last lines of its output."""


class NotServingError(Exception):
    """The station ended, or did not serve its pages in time."""


@contextmanager
def running(
    world_file: Path,
    *,
    level: str = "strict",
    vehicles: int = 1,
    changed: Callable[[str], str] = lambda text: text,
    epoch_utc_ns: int | None = None,
    keeps_raw: bool = False,
) -> Iterator[Running]:
    """Run a station and the first vehicles of a world while the block lasts; all end by their process ids.

    Args:
        world_file: the world.
        level: of redaction, `strict` or `floor`.
        vehicles: how many of the world's.
        changed: gets the settings' text and returns what is written.
        epoch_utc_ns: when the world began; now by default.
        keeps_raw: whether what the cameras send is tapped.

    Raises:
        NotServingError: the station does not come up.
        WatchError: this system does not let a program watch its children.
    """
    world = load_world(world_file)
    plans = world.vehicles[:vehicles]
    link_port, *video_ports = free_udp_ports(1 + len(plans))
    begun_ns = time.time_ns() if epoch_utc_ns is None else epoch_utc_ns
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="groundstation-proof-")))
        text = settings_text(world, plans, level=level, link_port=link_port, video_ports=video_ports)
        (folder / "station.toml").write_text(changed(text), encoding="utf-8")
        for plan in plans:
            (folder / f"{plan.name}.toml").write_text(
                camera_toml(world.camera, estimate=plan.estimate), encoding="utf-8"
            )
        command = [sys.executable, "-m", "groundstation", "run", str(folder / "station.toml")]
        byte_code_written()
        watch = stack.enter_context(watched(command, folder=folder))
        address, told = _served(watch)
        taps = tuple(stack.enter_context(tapped(port)) for port in video_ports) if keeps_raw else ()
        for plan, port in zip(plans, [tap.port for tap in taps] or video_ports, strict=True):
            stack.enter_context(_simulated(world_file, plan, link_port, port, begun_ns))
        yield Running(address=address, watch=watch, folder=folder, taps=taps, told=told)


def byte_code_written() -> None:
    """Let Python write the byte code of the rooms now, as it would at a program's first start: no picture, no noise."""
    for room in ROOMS:
        compileall.compile_dir(str(Path(__file__).parents[1] / room), quiet=2)


def settings_text(
    world: World, plans: tuple[VehiclePlan, ...], *, level: str, link_port: int, video_ports: list[int]
) -> str:
    """Return the settings of a station that takes a free port."""
    text = station_toml(world, plans, port=0, link_port=link_port, video_ports=video_ports, now=datetime.now(UTC))
    return text.replace("[mission]\n", f'[mission]\nlevel = "{level}"\n')


def _served(watch: Watch) -> tuple[str, deque[str]]:
    """Return the address and the lines that the station tells, which threads go on reading."""
    told: deque[str] = deque(maxlen=KEPT_LINES)
    serving: deque[str] = deque(maxlen=1)
    for pipe in (watch.process.stdout, watch.process.stderr):
        threading.Thread(target=_read, args=(pipe, told, serving), daemon=True).start()
    until_s = time.monotonic() + SERVES_WITHIN_S
    while not serving:
        if watch.process.poll() is not None or time.monotonic() > until_s:
            raise NotServingError("the station does not serve: " + " | ".join(told))
        time.sleep(0.05)
    return serving[0], told


def _read(pipe: IO[bytes], told: deque[str], serving: deque[str]) -> None:
    try:
        for line in pipe:
            text = line.decode(errors="replace").rstrip()
            told.append(text)
            if text.startswith(SERVING):
                serving.append(text.removeprefix(SERVING))
    except ValueError:
        return  # closed: the program has ended


@contextmanager
def _simulated(world_file: Path, plan: VehiclePlan, link_port: int, video_port: int, begun_ns: int) -> Iterator[None]:
    arguments = ["--vehicle", plan.name, "--station", f"{HOST}:{link_port}"]
    arguments += ["--video", f"udp://{HOST}:{video_port}", "--epoch-utc-ns", str(begun_ns)]
    process = subprocess.Popen(
        [sys.executable, "-m", "sitl.simulate", str(world_file), *arguments],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
