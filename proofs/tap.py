"""A tap on a camera's link: what the simulated camera sends is kept, and sent on to the station unchanged."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

import av
import numpy as np
from av.error import FFmpegError
from numpy.typing import NDArray

HOST: Final = "127.0.0.1"
LONGEST_DATAGRAM: Final = 65_536
MOST_BYTES: Final = 256 * 1024 * 1024
LOOKED_EVERY_S: Final = 0.2


@dataclass(slots=True, kw_only=True)
class Tap:
    """The raw video of one camera, which only a proof may keep: nobody in it exists."""

    port: int
    _parts: list[bytes] = field(default_factory=list)
    _ends: threading.Event = field(default_factory=threading.Event)

    @property
    def data(self) -> bytes:
        """Return every byte so far: MPEG-TS with H.264."""
        return b"".join(self._parts)

    def pass_on(self, listening: socket.socket, station_port: int) -> None:
        """Take datagrams and send them on until told to end; the body of a thread."""
        kept = 0
        while not self._ends.is_set():
            try:
                datagram = listening.recv(LONGEST_DATAGRAM)
            except TimeoutError:
                continue
            kept += len(datagram)
            if kept <= MOST_BYTES:
                self._parts.append(datagram)
            listening.sendto(datagram, (HOST, station_port))

    def end(self) -> None:
        """Stop passing on."""
        self._ends.set()


@contextmanager
def tapped(station_port: int) -> Iterator[Tap]:
    """Have a tap before a station's UDP port while the block lasts."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind((HOST, 0))
        listening.settimeout(LOOKED_EVERY_S)
        tap = Tap(port=listening.getsockname()[1])
        passing = threading.Thread(target=tap.pass_on, args=(listening, station_port), daemon=True)
        passing.start()
        try:
            yield tap
        finally:
            tap.end()
            passing.join()


def raw_pictures(data: bytes, *, every: int = 1) -> list[NDArray[np.uint8]]:
    """Return the pictures (height, width, 3) BGR of tapped bytes, as the worker's decoder sees them, one in `every`."""
    pictures: list[NDArray[np.uint8]] = []
    with av.open(io.BytesIO(data), "r", format="mpegts") as container:
        decoded = container.decode(video=0)
        number = 0
        while True:
            try:
                frame = next(decoded)
            except (StopIteration, FFmpegError):
                return pictures  # the last picture may be cut off
            if number % every == 0:
                pictures.append(np.asarray(frame.to_ndarray(format="bgr24"), np.uint8))
            number += 1
