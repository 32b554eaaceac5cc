"""Whether the station, or anything it starts, ever writes a picture to a file: every file it opens is looked into.

`image_bytes_on_disk` runs the whole station; `image_bytes_of_a_leak` is the control, a program that writes one frame.
"""

from __future__ import annotations

import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from proofs.imagery import image_bytes, is_signed
from proofs.running import Running, running
from proofs.watched import WrittenFile, watched

WORLD: Final = Path(__file__).parents[1] / "sitl" / "worlds" / "demo.toml"
ASKED_EVERY_S: Final = 0.5
SHOWS_WITHIN_S: Final = 60.0
LEAK_ENDS_WITHIN_S: Final = 30.0
UNSEEN_BYTES: Final = 1
"""Counted for a file that nobody could look into."""
BYTE_CODE: Final = ".pyc"
LEAK: Final = """
import os, sys, tempfile
import numpy as np
frame = np.random.default_rng(1).integers(0, 256, (90, 160, 3), np.uint8)
ways = {
    "file": lambda: open("frame.raw", "wb").write(frame.tobytes()),
    "removed": lambda: (open("gone.raw", "wb").write(frame.tobytes()), os.unlink("gone.raw")),
    "nameless": lambda: (lambda file: (file.write(frame.tobytes()), file.flush(), __import__("time").sleep(0.5)))(
        tempfile.TemporaryFile()),
    "child": lambda: os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "-c",
        "open('child.raw', 'wb').write(bytes(range(256)) * 90)"]),
}
ways[sys.argv[1]]()
"""
"""The control: one raw frame, written in the way that it is told."""
LEAKS: Final = ("file", "removed", "nameless", "child")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDisk:
    """What a program wrote."""

    seconds: float
    """How long pictures came out of it."""
    pictures: int
    """How many different redacted pictures were fetched from it meanwhile."""
    calls: int
    """How often it asked to open, rename or remove a file for writing."""
    files: tuple[str, ...]
    image_bytes: int
    """In all files; anything that is no plain text counts."""


def image_bytes_on_disk(*, seconds: float, world_file: Path = WORLD) -> OnDisk:
    """Run the whole station on a simulated world for so long after its first picture, and look into what it writes.

    Raises:
        NotServingError: the station does not come up.
        WatchError: this system does not let a program watch its children.
    """
    with running(world_file) as station:
        begun_s, pictures = _pictures(station, seconds)
        lasted_s = time.monotonic() - begun_s
        files = station.watch.files()
        return _on_disk(files, seconds=lasted_s, pictures=pictures, calls=station.watch.calls)


def image_bytes_of_a_leak(way: str = "file") -> OnDisk:
    """Run a program that writes one frame, in one of `LEAKS`, under the same watch: the control.

    Raises:
        WatchError: this system does not let a program watch its children.
    """
    with tempfile.TemporaryDirectory(prefix="groundstation-leak-") as folder:
        command = [sys.executable, "-c", LEAK, way]
        with watched(command, folder=Path(folder)) as watch:
            watch.process.wait(LEAK_ENDS_WITHIN_S)
            return _on_disk(watch.files(), seconds=0.0, pictures=0, calls=watch.calls)


def bytes_of(file: WrittenFile) -> int:
    """Return how many bytes of a written file may be a picture; a program's byte code only where it is signed so."""
    if file.data is None:
        return UNSEEN_BYTES
    if BYTE_CODE in Path(file.path).suffixes and not is_signed(file.data):
        return 0
    return image_bytes(file.data)


def _on_disk(files: list[WrittenFile], *, seconds: float, pictures: int, calls: int) -> OnDisk:
    return OnDisk(
        seconds=round(seconds, 1),
        pictures=pictures,
        calls=calls,
        files=tuple(file.path for file in files),
        image_bytes=sum(map(bytes_of, files)),
    )


def _pictures(station: Running, seconds: float) -> tuple[float, int]:
    """Fetch redacted pictures for so long from the first one on; return its instant and how many were different."""
    seen: set[bytes] = set()
    begun_s = time.monotonic()
    until_s = begun_s + SHOWS_WITHIN_S
    while time.monotonic() < until_s:
        picture = _fetched(f"{station.address}api/v1/video/D1/snapshot.jpg")
        if picture and not seen:
            begun_s = time.monotonic()
            until_s = begun_s + seconds
        seen |= {picture} - {b""}
        time.sleep(ASKED_EVERY_S)
    return begun_s, len(seen)


def _fetched(address: str) -> bytes:
    with suppress(OSError), urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310  # loopback
        return bytes(answer.read())
    return b""
