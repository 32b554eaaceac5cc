"""The way through a world's faults for telemetry and video of any source: a relay where a fault may befall it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from sitl.options import Address
from sitl.relay import relayed
from sitl.world.errors import WorldError
from sitl.world.faults import TRUTH_KINDS, VIDEO_KINDS, FaultBoard
from sitl.world.video_plan import Transport, VideoAddress

LOOPBACK: Final = "127.0.0.1"
VIDEO_CARRIERS: Final[Mapping[Transport, str]] = {"mpegts": "video", "rtp": "rtp"}
"""Transports in datagrams of their own -> what a relay calls them."""


@asynccontextmanager
async def faulty_telemetry(
    board: FaultBoard, now_s: Callable[[], float], station: Address, *, on_command: bool = False
) -> AsyncIterator[Address]:
    """Yield where an autopilot shall send its telemetry: to a relay where faults may befall it, else to the station.

    `on_command` says that faults may be added while it flies.

    Raises:
        WorldError: no relay can be had; one line.
    """
    has_faults = any(fault.kind not in VIDEO_KINDS | TRUTH_KINDS for fault in board.faults)
    if not (has_faults or on_command):
        yield station
        return
    async with relayed(board, now_s, listen=(LOOPBACK, 0), to=station, carries="telemetry") as place:
        yield place


@asynccontextmanager
async def faulty_video(
    board: FaultBoard, now_s: Callable[[], float], video: VideoAddress, *, on_command: bool = False
) -> AsyncIterator[Address | None]:
    """Yield where a relay with the faults of the video listens, or None where none may befall it.

    Raises:
        WorldError: the world has faults for a video that does not travel in datagrams.
    """
    has_faults = any(fault.kind in VIDEO_KINDS for fault in board.faults)
    carries = VIDEO_CARRIERS.get(video.transport)
    if carries is None and has_faults:
        mend = "use one, or leave them out"
        raise WorldError(f"--video {video.uri}: faults of the video need udp:// or rtp://; {mend}")
    if carries is None or not (has_faults or on_command):
        yield None
        return
    async with relayed(board, now_s, listen=(LOOPBACK, 0), to=(video.host, video.port), carries=carries) as place:
        yield place
