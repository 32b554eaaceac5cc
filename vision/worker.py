"""The sealed worker, one process a camera: an order and poses come in, redacted frames and counts per cell go out.

Started as `python -m vision.worker`, never imported. Order of its life: give up writing files, read the order, give up
what it does not need, load the detectors, open the source, seal for good, work. A lost stream ends it; reconnecting
means a new worker.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

import cv2

from flightlink.errors import FlightlinkError
from flightlink.mission import RedactionLevel
from flightlink.track import PoseSource, PoseTrack
from maps.errors import MapsError
from maps.terrain.grid import TerrainGrid
from vision.added import LiveAdded
from vision.capped import CappedFrame
from vision.clock import LiveClock
from vision.delay import Ready, Seen, count_stride, file_order, live_count_stride, stride_for
from vision.doubts import doubts_of
from vision.engine import DetectorError
from vision.engine_names import EngineName
from vision.errors import RecordingEndedError, SealError, SourceError, SourceLostError, VisionError
from vision.eyes import Eyes
from vision.handover import NewestFrame, ahead
from vision.last_words import last_words, one_line
from vision.lifeline import end_with_the_station
from vision.live import LiveTurns
from vision.live_order import LiveOrder, next_frame
from vision.models.store import ModelError
from vision.outlet import Outlet, outlet_on_stdout
from vision.pose_choice import PoseChoice
from vision.pose_teller import PoseTeller
from vision.posts import NoPose, checked, live_poses, pose_choice, recorded_poses
from vision.raw.cap import Cap
from vision.raw.frames import RawFrame
from vision.raw.playing import Playing
from vision.raw.rehearsal import empty_frame, rehearsal_frame
from vision.raw.source import Source, opened_file, opened_stream
from vision.ready import MasksAlone
from vision.relief import terrain_for_work
from vision.room import Room, every_second, eyes_from_models, prepare, rehearse, room_for
from vision.seal import holds, sealed_after_opening, sealed_before_opening, sealed_with_order
from vision.wire import Done, Failed, Job, Opened, Order, WireError, order_from_line

_CAUSES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (SourceLostError, "source_lost"),
    (ModelError, "models"),
    (DetectorError, "models"),
    (SealError, "seal"),
    (SourceError, "bad_input"),
    (FlightlinkError, "bad_input"),
    (MapsError, "bad_input"),
    (WireError, "internal"),
    (VisionError, "internal"),
)


def main() -> int:
    """Live one worker's life and return its exit status."""
    end_with_the_station()
    parts = sealed_before_opening()  # first: a thread that is older is not bound by all of it
    outlet = outlet_on_stdout()
    cv2.setNumThreads(1)  # the threads of this process are decode, detect and publish; OpenCV's own would fight them
    try:
        order = checked(order_from_line(sys.stdin.buffer.readline()))
        readable = (Path(order.models_dir), Path(order.video), *(Path(guest.path) for guest in order.guests))
        parts |= sealed_with_order(readable, calling=order.job is Job.WATCH)
        threads = _detector_threads(order)
        eyes = eyes_from_models(
            Path(order.models_dir), level=order.level, threads=threads, engine=order.engine, guests=order.guests
        )
        _read_through(order, eyes, outlet, parts) if order.job is Job.FILE else _watch(order, eyes, outlet, parts)
    except BrokenPipeError:
        return 1
    except (VisionError, FlightlinkError, MapsError, WireError) as error:
        return _failed(outlet, error)
    return 0


def _failed(outlet: Outlet, error: Exception) -> int:
    cause = next(cause for kind, cause in _CAUSES if isinstance(error, kind))
    outlet.send(Failed(cause=cause, detail=one_line(error)))
    return 1


def _sealed(
    parts: dict[str, str],
    room: Room,
    eyes: Eyes,
    source: Source,
    place: tuple[float, float],
    terrain: TerrainGrid | None,
) -> Room:
    """Rehearse, seal for good and say so; a worker that cannot seal sends no picture, only counts."""
    colour = room.order.level is RedactionLevel.FLOOR
    for ground in dict.fromkeys((None, terrain)):  # on a model as well, where the station has one
        rehearse(room, eyes, rehearsal_frame(lat_deg=place[0], lon_deg=place[1], colour=colour, terrain=ground))
    parts = parts | sealed_after_opening()
    sealed = holds(parts)
    room = room if sealed else replace(room, stream=None)
    shape = source.shape
    room.outlet.send(
        Opened(
            width_px=shape.width_px,
            height_px=shape.height_px,
            fps=shape.fps,
            codec=room.stream.codec if room.stream else "",
            sealed=sealed,
            seal=parts,
            frames=shape.frames_expected or None,
        )
    )
    if room.stream is not None:
        room.outlet.send(room.stream.opening())
    return room


def _detector_threads(order: Order) -> int:
    """With a pose one core looks while the other decodes and publishes; without one looking is nearly all the work."""
    return 1 if order.fixed_pose or order.intrinsics or order.job is not Job.FILE else 2


def _colour_every(order: Order, fps: float) -> int:
    """Say which frames are decoded in colour: all in `floor`, in `strict` only those that a count may look at.

    As often where nobody counts: a palette is told by its colours, and without a pose faces are sought there.
    """
    if order.level is RedactionLevel.FLOOR:
        return 1
    return count_stride(fps) if order.job is Job.FILE else live_count_stride(fps)


def _raised_m(order: Order) -> float:
    return 0.0 if order.mission is None else order.mission.raised_m


def _place(order: Order, poses: PoseSource) -> tuple[float, float]:
    """Return a place (lat_deg, lon_deg) where the order's CRS holds, for the rehearsal."""
    if order.fixed_pose is not None:
        return order.fixed_pose.lat_deg, order.fixed_pose.lon_deg
    if order.mission is not None:
        return order.mission.area[0][1], order.mission.area[0][0]
    first = poses.newest if isinstance(poses, PoseTrack) else None
    return (first.lat_deg, first.lon_deg) if first is not None else (45.0, 3.0)


def _prepare(order: Order, eyes: Eyes, source: Source, cap: Cap, poses: PoseSource) -> None:
    """Let an engine that needs it see how large pictures will be, before the seal."""
    if order.engine is not EngineName.ONNXRUNTIME:
        pose = poses.pose_at(order.video_starts_utc_ns or 0)
        prepare(eyes, empty_frame(cap, pose, width_px=source.shape.width_px, height_px=source.shape.height_px))


def _read_through(order: Order, eyes: Eyes, outlet: Outlet, parts: dict[str, str]) -> None:
    poses = recorded_poses(order, sys.stdin.buffer)
    without_pose = isinstance(poses, NoPose)
    begun_ns = time.monotonic_ns()
    source = opened_file(Path(order.video))  # never closed: when the worker ends, a thread may still read from it
    with ThreadPoolExecutor(1, "look") as lookers, ThreadPoolExecutor(1, "search") as searchers:
        shape = source.shape
        source.decode_colour(every=_colour_every(order, shape.fps))
        doubts = doubts_of(eyes, searchers, stands=order.fixed_pose is not None, waits=True)
        room = room_for(
            order, outlet, doubts,
            width_px=shape.width_px, height_px=shape.height_px, fps=shape.fps, without_pose=without_pose,
            networks=eyes.networks, guests=eyes.guests,
        )  # fmt: skip
        for executor in (lookers, searchers):
            executor.submit(int).result()  # the threads exist before the seal
        terrain = terrain_for_work(order.terrain)
        cap = Cap(raised_m=_raised_m(order), without_pose=without_pose, terrain=terrain)
        _prepare(order, eyes, source, cap, poses)
        room = _sealed(parts, room, eyes, source, _place(order, poses), terrain)
        frames = ahead(_capped_file(source, order, cap, poses, room))
        looking, added = MasksAlone(eyes) if room.counter is None else eyes, eyes if eyes.guests.members else None
        _publish_file(room, file_order(frames, looking, lookers, stride=stride_for(shape.fps), added=added))
        outlet.send(
            Done(
                health=room.tally.health(time.time_ns(), time.monotonic_ns()),
                seconds=(time.monotonic_ns() - begun_ns) / 1e9,
            )
        )


def _capped_file(source: Source, order: Order, cap: Cap, poses: PoseSource, room: Room) -> Iterator[CappedFrame]:
    for raw in source.file_frames(starts_utc_ns=order.video_starts_utc_ns or 0):
        room.tally.took()
        yield cap.capped(raw, poses.pose_at(raw.utc_ns))


def _publish_file(room: Room, order: Iterator[Ready | Seen]) -> None:
    second = every_second(time.monotonic_ns())
    first = True
    for item in order:
        if isinstance(item, Seen):
            room.count(item)
            continue
        released = room.publish(item, came_in_ns=time.monotonic_ns())
        if first:
            room.snapshot(released)
            first = False
        if next(second):
            room.speak()
    if room.stream is not None:
        for frame in room.stream.closing():
            room.outlet.send(frame)


def _watch(order: Order, eyes: Eyes, outlet: Outlet, parts: dict[str, str]) -> None:
    # never closed, as a file's
    source = opened_stream(order.video) if order.replay is None else opened_file(Path(order.video))
    with (
        ThreadPoolExecutor(1, "look") as lookers,
        ThreadPoolExecutor(1, "count") as counters,
        ThreadPoolExecutor(1, "guest") as guests,
    ):
        shape = source.shape
        source.decode_colour(every=_colour_every(order, shape.fps))
        doubts = doubts_of(eyes, counters, stands=order.fixed_pose is not None, waits=False)
        room = room_for(
            order, outlet, doubts,
            width_px=shape.width_px, height_px=shape.height_px, fps=shape.fps, without_pose=False,
            networks=eyes.networks, guests=eyes.guests,
        )  # fmt: skip
        for executor in (lookers, counters, guests):
            executor.submit(int).result()  # the threads exist before the seal
        poses = pose_choice(order, live_poses(order, sys.stdin.buffer), picture_px=(shape.width_px, shape.height_px))
        if order.replay is None:
            source.listen(poses)
        newest = NewestFrame()
        terrain = terrain_for_work(order.terrain)
        cap = Cap(raised_m=_raised_m(order), terrain=terrain)
        _prepare(order, eyes, source, cap, poses)
        room = _sealed(parts, room, eyes, source, _place(order, poses), terrain)
        newest.fill_from(_capped_live(_raw_frames(source, order), cap, poses, room))
        in_pieces = order.replay is not None and order.replay.speed > 1
        added = LiveAdded(eyes, guests, core_share=order.core_share) if eyes.guests.members else None
        live = LiveOrder(eyes, lookers, counters, core_share=order.core_share, in_pieces=in_pieces, added=added)
        _publish_live(room, live, newest, PoseTeller(poses))


def _raw_frames(source: Source, order: Order) -> Iterator[RawFrame]:
    if order.replay is not None:
        return source.replayed_frames(Playing(order.replay), starts_utc_ns=order.video_starts_utc_ns or 0)
    return source.live_frames(LiveClock(latency_ns=round(order.video_latency_s * 1e9)))


def _capped_live(frames: Iterator[RawFrame], cap: Cap, poses: PoseChoice, room: Room) -> Iterator[CappedFrame]:
    for raw in frames:
        room.tally.took()
        room.tally.place(poses.placed)
        yield cap.capped(raw, poses.pose_at(raw.utc_ns))


def _publish_live(room: Room, order: LiveOrder, newest: NewestFrame, teller: PoseTeller) -> None:
    begun_ns = time.monotonic_ns()
    turns = LiveTurns(room, order, now_ns=begun_ns)
    try:
        while True:
            frame = next_frame(order, newest, time.monotonic_ns())
            turns.turn(frame, time.monotonic_ns(), comes=newest.waiting > 0)
            if (told := teller.due(time.monotonic_ns())) is not None:
                room.outlet.send(told)
    except RecordingEndedError:
        health = room.tally.health(time.time_ns(), time.monotonic_ns())
        room.outlet.send(Done(health=health, seconds=(time.monotonic_ns() - begun_ns) / 1e9))


if __name__ == "__main__":
    try:
        status = main()
    except Exception as error:  # noqa: BLE001 - the one supervisor: its last words name code, never data
        sys.stderr.write(last_words(error))
        status = 1
    # no destructor may run code on a raw frame that a stuck decoder still holds
    sys.stderr.flush()
    os._exit(status)
