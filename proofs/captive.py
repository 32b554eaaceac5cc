"""Children that try their ways out: bare, sealed as the worker seals itself, and the real worker on a live stream."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO, Any, Final

import av
import numpy as np
from av.video.stream import VideoStream

from flightlink.mission import Mission, RedactionLevel
from flightlink.pose import SURVEYED, CameraPose, Intrinsics
from proofs.inside import FOUND, around_to_text
from proofs.ways import OPEN, Around
from vision.frames import RedactedFrame
from vision.models.store import models_dir
from vision.wire import HEADER, Job, Message, Opened, Order, header_from_bytes, message_from_parts, order_line

WITHIN_S: Final = 40.0
PICTURES_WANTED: Final = 5
WIDTH_PX, HEIGHT_PX, FPS = 320, 240, 10
LAT_DEG, LON_DEG = 48.857, 2.352


@dataclass(frozen=True, slots=True, kw_only=True)
class Tries:
    """What a child said of its tries."""

    parts: dict[str, str]
    """Of the seal, and whether each holds; empty without one."""
    ways: dict[str, dict[str, str]]
    """Way -> attempt -> answer; where it was tried in two threads, `open` if it was so in one."""
    core_dumped: bool
    pictures: int = 0
    """That the real worker sent after it had tried."""
    sealed: bool = False
    """What the real worker says of itself."""


def child_tries(who: str, around: Around) -> Tries:
    """Run a child, `bare` or `sealed`, to its end.

    Raises:
        RuntimeError: it did not try.
    """
    child = subprocess.Popen(
        _command(who, around), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=around.folder
    )
    if child.stderr is None:
        raise RuntimeError("the child was started without its pipe")
    with child.stderr as said:
        text = said.read()
    _, status = os.waitpid(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode != -signal.SIGABRT:
        raise RuntimeError(f"the {who} child ended with {child.returncode}: {text[-400:]}")
    return _tries(text, core_dumped=os.WCOREDUMP(status))


def _command(who: str, around: Around) -> list[str]:
    return [sys.executable, "-I", "-m", "proofs.inside", who, around_to_text(around)]


def _tries(text: str, **more: Any) -> Tries:
    found = [json.loads(line.removeprefix(FOUND)) for line in text.splitlines() if line.startswith(FOUND)]
    if not found:
        raise RuntimeError(f"the child did not try: {text[-400:]}")
    first, *others = found
    for other in others:
        for way, answers in other["ways"].items():
            first["ways"][way] |= {name: answer for name, answer in answers.items() if answer == OPEN}
    return Tries(parts=first["parts"], ways=first["ways"], **more)


def worker_tries(around: Around) -> Tries:
    """Start the real worker on a live stream of ours, let it try when it has sealed itself, and see it go on.

    Raises:
        RuntimeError: it did not open the stream, or did not try.
    """
    with _streaming() as port:
        pipe = subprocess.PIPE
        with subprocess.Popen(_command("worker", around), stdin=pipe, stdout=pipe, stderr=pipe) as child:
            try:
                return _watched(child, order_line(_order(f"udp://127.0.0.1:{port}")))
            finally:
                child.kill()


def _watched(child: subprocess.Popen[bytes], line: bytes) -> Tries:
    if child.stdin is None or child.stdout is None or child.stderr is None:
        raise RuntimeError("the worker was started without its pipes")
    child.stdin.write(line)
    child.stdin.flush()
    said: list[str] = []
    reader = threading.Thread(target=_read_lines, args=(child.stderr, said), daemon=True)
    reader.start()
    ends = threading.Timer(WITHIN_S, child.kill)
    ends.start()
    opened, pictures = None, 0
    for message in _messages(child.stdout):
        opened = message if isinstance(message, Opened) else opened
        pictures += isinstance(message, RedactedFrame)
        if pictures >= PICTURES_WANTED or (opened is not None and not opened.sealed):
            break
    ends.cancel()
    child.kill()
    reader.join()
    return _tries("".join(said), core_dumped=False, pictures=pictures, sealed=opened is not None and opened.sealed)


def _read_lines(pipe: IO[bytes], said: list[str]) -> None:
    said.extend(line.decode(errors="replace") for line in pipe)


def _messages(pipe: IO[bytes]) -> Iterator[Message]:
    while len(header := pipe.read(HEADER.size)) == HEADER.size:
        kind, text_bytes, data_bytes = header_from_bytes(header)
        yield message_from_parts(kind, pipe.read(text_bytes), pipe.read(data_bytes))


def _order(address: str) -> Order:
    now_ns = time.time_ns()
    lens = Intrinsics(
        width_px=WIDTH_PX, height_px=HEIGHT_PX, fx_px=300.0, fy_px=300.0,
        cx_px=(WIDTH_PX - 1) / 2, cy_px=(HEIGHT_PX - 1) / 2,
    )  # fmt: skip
    pose = CameraPose(
        utc_ns=now_ns, lat_deg=LAT_DEG, lon_deg=LON_DEG, alt_m=20.0, ground_alt_m=0.0, yaw_deg=0.0, pitch_deg=-35.0,
        roll_deg=0.0, intrinsics=lens, sigma=SURVEYED,
    )  # fmt: skip
    half_deg = 0.05
    mission = Mission(
        area=tuple((LON_DEG + x * half_deg, LAT_DEG + y * half_deg) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))),
        starts_utc_ns=now_ns - 600 * 10**9, ends_utc_ns=now_ns + 600 * 10**9, min_agl_m=2.0, max_agl_m=120.0,
        purpose="proof of the seal",
    )  # fmt: skip
    return Order(
        source="proof", video=address, job=Job.WATCH, models_dir=str(models_dir()), epsg=2154, intrinsics=None,
        fixed_pose=pose, mission=mission, video_starts_utc_ns=None, video_latency_s=0.0, level=RedactionLevel.STRICT,
        published_px_per_m=20.0,
    )  # fmt: skip


@contextmanager
def _streaming() -> Iterator[int]:
    """Send noise as MPEG-TS over UDP, in real time, to a free port, which is given."""
    with socket.socket(type=socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    ended = threading.Event()
    sender = threading.Thread(target=_send, args=(port, ended), daemon=True)
    sender.start()
    try:
        yield port
    finally:
        ended.set()
        sender.join()


def _send(port: int, ended: threading.Event) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (HEIGHT_PX, WIDTH_PX, 3), np.uint8)
    # the receiver may not be there yet, or not any more
    with (
        suppress(av.error.FFmpegError, OSError),
        av.open(f"udp://127.0.0.1:{port}?pkt_size=1316", "w", format="mpegts") as out,
    ):
        stream: VideoStream = out.add_stream("libx264", FPS, options={"preset": "ultrafast", "tune": "zerolatency"})
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = WIDTH_PX, HEIGHT_PX, "yuv420p", FPS
        begun_s, index = time.monotonic(), 0
        while not ended.wait(max(0.0, begun_s + index / FPS - time.monotonic())):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.roll(noise, index, axis=1), format="bgr24")))
            index += 1
