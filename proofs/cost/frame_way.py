"""Redacts a file with the worker's own parts in this process, unsealed, and says what detection cost and what the rest.

python -m proofs.cost.frame_way VIDEO CAMERA

All detection of a file runs in two threads: looks and counts, and the search for faces in what is published. Their CPU
time is that of detection, all other CPU time of the process is that of the frames' way: decoding, cap, masks carried,
fill, checks, encoding. Nothing is written: the pictures go to the null device.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import cv2

from flightlink.errors import FlightlinkError
from flightlink.track import FixedPose
from groundstation.errors import BadInputError, StationError
from groundstation.flight import FlightFiles, file_order, load_flight
from vision.capped import CappedFrame
from vision.delay import Ready, Seen, count_stride, stride_for
from vision.delay import file_order as in_order
from vision.doubts import doubts_of
from vision.errors import VisionError
from vision.eyes import Eyes
from vision.handover import ahead
from vision.outlet import Outlet
from vision.raw.cap import Cap
from vision.raw.rehearsal import rehearsal_frame
from vision.raw.source import Source, opened_file
from vision.room import Room, eyes_from_models, rehearse, room_for
from vision.wire import Order

BAD_INPUT: Final = 2


def cost_of(video: Path, camera: Path) -> dict[str, Any]:
    """Return frames, masked share, and CPU seconds of detection and of all else.

    Raises:
        BadInputError: the camera does not stand still.
        FlightlinkError: the camera file is none.
        StationError: a file cannot be used.
        VisionError: the weights or the video cannot.
    """
    flight = load_flight(FlightFiles(video=video, camera=camera))
    order = file_order(flight, counts=False)
    if order.fixed_pose is None:
        raise BadInputError(f"{camera}: has no fixed pose; add lat_deg to roll_deg")
    cv2.setNumThreads(1)  # as in the worker
    eyes = eyes_from_models(Path(order.models_dir), level=order.level, threads=1)
    with (
        ThreadPoolExecutor(1, "look") as lookers,
        ThreadPoolExecutor(1, "search") as searchers,
        opened_file(video) as source,
    ):
        source.decode_colour(every=count_stride(source.shape.fps))
        room = _room(order, eyes, source, searchers)
        pose = order.fixed_pose
        rehearse(room, eyes, rehearsal_frame(lat_deg=pose.lat_deg, lon_deg=pose.lon_deg, colour=False))
        detection_s = _spent_s(lookers, searchers)
        began_s = time.process_time()
        frames = in_order(ahead(_capped(source, order, room)), eyes, lookers, stride=stride_for(source.shape.fps))
        _publish(room, frames)
        spent_s = time.process_time() - began_s
        detection_s = _spent_s(lookers, searchers) - detection_s
    return {
        "frames": room.tally.frames_in,
        "frames_out": room.tally.frames_out,
        "masked_share": room.tally.health(0, 0).masked_share,
        "detection_cpu_s": detection_s,
        "way_cpu_s": spent_s - detection_s,
    }


def _spent_s(*executors: ThreadPoolExecutor) -> float:
    """Return the CPU seconds of executors of one thread each, once they have done all before."""
    return sum(executor.submit(time.thread_time).result() for executor in executors)


def _room(order: Order, eyes: Eyes, source: Source, searchers: ThreadPoolExecutor) -> Room:
    shape = source.shape
    return room_for(
        order, Outlet(os.open(os.devnull, os.O_WRONLY)), doubts_of(eyes, searchers, stands=True, waits=True),
        width_px=shape.width_px, height_px=shape.height_px, fps=shape.fps, without_pose=False, networks=eyes.networks,
    )  # fmt: skip


def _capped(source: Source, order: Order, room: Room) -> Iterator[CappedFrame]:
    if order.fixed_pose is None:
        raise BadInputError(f"{order.video}: its camera does not stand still")
    cap, pose = Cap(), FixedPose(order.fixed_pose)
    for raw in source.file_frames(starts_utc_ns=order.video_starts_utc_ns or 0):
        room.tally.took()
        yield cap.capped(raw, pose.pose_at(raw.utc_ns))


def _publish(room: Room, ready: Iterator[Ready | Seen]) -> None:
    """Publish all frames as the worker does that reads a file through."""
    for item in ready:
        if isinstance(item, Seen):
            room.count(item)
        else:
            room.publish(item, came_in_ns=time.monotonic_ns())
    if room.stream is not None:
        for frame in room.stream.closing():
            room.outlet.send(frame)


def main() -> int:
    """Measure one file; 2 where it cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m proofs.cost.frame_way", description=__doc__)
    parser.add_argument("video", type=Path)
    parser.add_argument("camera", type=Path)
    asked = parser.parse_args()
    try:
        sys.stdout.write(json.dumps(cost_of(asked.video, asked.camera)) + "\n")
    except (FlightlinkError, StationError, VisionError) as error:
        sys.stderr.write(f"frame_way: {error}\n")
        return BAD_INPUT
    return 0


if __name__ == "__main__":
    sys.exit(main())
