"""How much memory the station and its sealed worker take, minute by minute, on a live stream that does not end."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from flightlink.camera_file import load_camera
from flightlink.mission import Mission
from groundstation.benchmarks.clips import MADE_FRAMES, Clip, live_clip
from groundstation.benchmarks.fitted import slope_of
from groundstation.benchmarks.latency import mission_about
from groundstation.benchmarks.timing import module_command
from groundstation.errors import BadInputError, StationError
from groundstation.instants import text_from_utc_ns

MINUTES: Final = 1.0
"""Unless told otherwise: too short for a slope that says anything of an hour, long enough for its size."""
QUICK_MINUTES: Final = 0.5
SAMPLES: Final = 240
"""At most; evenly over the time."""
SETTLED_SHARE: Final = 0.25
"""Of the time, at its beginning, that the slope leaves out, at most `SETTLED_S`."""
SETTLED_S: Final = 600.0
READY_WITHIN_S: Final = 60.0
HOUR_S: Final = 3600.0
PLACE: Final = "127.0.0.1"
LONGEST_ANSWER: Final = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Resident memory at one moment."""

    at_s: float
    station_mb: float
    worker_mb: float


def measured(*, quick: bool, minutes: float | None = None) -> dict[str, Any]:
    """Return the resident memory of station and worker over some minutes, and by how much it grows in an hour.

    Raises:
        StationError: the station did not start, ended, or showed nothing.
    """
    lasts_s = 60 * (minutes or (QUICK_MINUTES if quick else MINUTES))
    with TemporaryDirectory(prefix="groundstation-bench-") as name:
        folder = Path(name)
        clip = live_clip(folder, MADE_FRAMES)
        with running_station(clip, folder) as (station, address):
            samples = samples_of(station, lasts_s=lasts_s, sleep=time.sleep)
            health = _health(address)
    return figures_of(samples, health)


@contextmanager
def running_station(clip: Clip, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the station on an endless stream of a clip; yields its process and the address of its pages.

    Raises:
        StationError: it did not start.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind((PLACE, 0))
        video = f"udp://{PLACE}:{free.getsockname()[1]}"
    settings = folder / "station.toml"
    settings.write_text(station_text(clip, video, now_utc_ns=time.time_ns()), encoding="utf-8")
    with (folder / "said.txt").open("w") as said:
        sender = subprocess.Popen(module_command("groundstation.benchmarks.sender", clip.video, video), stderr=said)
        station = subprocess.Popen(
            module_command("groundstation", "run", settings), stdout=subprocess.PIPE, stderr=said, text=True
        )
        try:
            yield station, _address(station)
        finally:
            for process in (station, sender):
                process.terminate()
                process.communicate(timeout=READY_WITHIN_S)


def station_text(clip: Clip, video: str, *, now_utc_ns: int) -> str:
    """Return the settings of a station with one camera that stands still.

    Raises:
        BadInputError: the clip's camera does not.
    """
    pose = load_camera(clip.camera).fixed_pose
    if pose is None:
        raise BadInputError(f"{clip.camera}: has no fixed pose; add lat_deg to roll_deg")
    camera = f'[[camera]]\nname = "bench"\nvideo = "{video}"\nfile = "{clip.camera}"\n'
    station = f'[station]\nname = "Benchmark"\nport = 0\nstate_dir = "{clip.camera.parent / "state"}"\n'
    sign_in = "[sign_in]\nby_itself = true\n"  # a station of its own, on loopback, that films a clip
    return "\n".join([station, sign_in, _mission_text(mission_about(pose, now_utc_ns=now_utc_ns)), camera])


def _mission_text(mission: Mission) -> str:
    return (
        f"[mission]\npurpose = {json.dumps(mission.purpose)}\n"
        f"area = {json.dumps(mission.area)}\n"
        f'starts_utc = "{text_from_utc_ns(mission.starts_utc_ns)}"\n'
        f'ends_utc = "{text_from_utc_ns(mission.ends_utc_ns)}"\n'
        f"min_agl_m = {mission.min_agl_m}\nmax_agl_m = {mission.max_agl_m}\n"
    )


def _address(station: subprocess.Popen[str]) -> str:
    for line in station.stdout or ():
        word, _, address = line.strip().partition(" ")
        if word == "serving":
            return address
    raise StationError(f"bench: the station ended with status {station.wait()} before it served its pages")


def samples_of(station: subprocess.Popen[str], *, lasts_s: float, sleep: Callable[[float], None]) -> list[Sample]:
    """Return the resident memory of a station and its worker, evenly over a time that begins when the worker is there.

    Raises:
        StationError: the station ended, or its worker is another than at the beginning.
    """
    worker = _first_worker(station, sleep)
    every_s = max(lasts_s / SAMPLES, 1.0)
    began_s = time.monotonic()
    samples: list[Sample] = []
    while (at_s := time.monotonic() - began_s) <= lasts_s:
        if station.poll() is not None or workers_of(station.pid) != [worker]:
            raise StationError(f"bench: station or worker ended after {at_s:.0f} s; there is no slope over both")
        samples.append(Sample(at_s=round(at_s, 1), station_mb=resident_mb(station.pid), worker_mb=resident_mb(worker)))
        sleep(every_s)
    return samples


def _first_worker(station: subprocess.Popen[str], sleep: Callable[[float], None]) -> int:
    for _ in range(round(READY_WITHIN_S)):
        sleep(1.0)
        if workers := workers_of(station.pid):
            return workers[0]
    raise StationError("bench: the station started no worker")


def workers_of(pid: int) -> list[int]:
    """Return the children of a process."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in children.read_text(encoding="ascii").split()] if children.is_file() else []


def resident_mb(pid: int) -> float:
    """Return the resident memory of a process in megabytes (10^6 bytes).

    Raises:
        StationError: there is no such process.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise StationError(f"bench: process {pid} has ended") from error
    for line in lines:
        if line.startswith("VmRSS:"):
            return round(int(line.split()[1]) * 1024 / 1e6, 2)
    raise StationError(f"bench: process {pid} has ended")  # nobody has asked for its status yet


def _health(address: str) -> dict[str, Any]:
    """Return the station's health document; by a bare socket, as the station has no client."""
    host, _, port = address.removeprefix("http://").strip("/").partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as link:
        link.sendall(f"GET /api/v1/health HTTP/1.0\r\nHost: {host}:{port}\r\n\r\n".encode())
        answer = b"".join(iter(lambda: link.recv(LONGEST_ANSWER), b""))
    document: dict[str, Any] = json.loads(answer.partition(b"\r\n\r\n")[2])
    return document


def figures_of(samples: Sequence[Sample], health: dict[str, Any]) -> dict[str, Any]:
    """Return sizes at the beginning and end, and slopes with their standard errors.

    Raises:
        StationError: the station showed no picture, or was watched too shortly.
    """
    (camera,) = health["cameras"]
    if not camera["frames_out"]:
        raise StationError(f"bench: the station showed no picture ({camera.get('gate')}); its memory tells nothing")
    settled_s = min(SETTLED_SHARE * samples[-1].at_s, SETTLED_S)
    settled = [sample for sample in samples if sample.at_s >= settled_s]
    if len(settled) < 3:
        raise StationError("bench: fewer than three samples; give more minutes")
    figures: dict[str, Any] = {"minutes": round(samples[-1].at_s / 60, 2), "frames_out": camera["frames_out"]}
    for name in ("station", "worker"):
        values = [asdict(sample)[f"{name}_mb"] for sample in settled]
        slope, error = slope_of([sample.at_s / HOUR_S for sample in settled], values)
        figures |= {
            f"{name}_mb": round(values[-1], 1),
            f"{name}_most_mb": round(max(values), 1),
            f"{name}_mb_per_hour": round(slope, 2),
            f"{name}_mb_per_hour_sigma": round(error, 2),
        }
    return {**figures, "samples": [list(asdict(sample).values()) for sample in samples]}
