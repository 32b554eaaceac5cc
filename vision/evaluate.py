"""Measures the shipped detectors and the gate against ground truth, or a lens by a filmed board; only figures leave.

Started as `python -m vision.evaluate`, never imported: one JSON line (kind, truth, images or video, camera, live,
models_dir; for a lens: kind, video, board, charuco) comes in, messages of the wire schema go out. The same cap, eyes
and gate work as in the worker.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from flightlink.errors import FlightlinkError
from flightlink.mission import RedactionLevel
from flightlink.pose import CameraPose, PoseRefusal
from vision.asked import FILES, Question, other_shape, question_from
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.delay import Ready, Seen, count_stride, file_order, live_count_stride, stride_for
from vision.doubts import doubts_of
from vision.engine import DetectorError, Picture
from vision.errors import SourceError, VisionError
from vision.evaluation import PeopleMeasure
from vision.eyes import Eyes
from vision.gate import Gate
from vision.handover import ahead
from vision.known_range import KnownRange
from vision.last_words import last_words, one_line
from vision.lens.charuco import marker_dots
from vision.lens.film import Film, lens_figures
from vision.lens.rehearsal import rehearse
from vision.lens.search import asked_from
from vision.models.store import ModelError
from vision.outlet import Outlet, outlet_on_stdout
from vision.overlap import overlap_figures, photos_from
from vision.paced import paced_by
from vision.posts import NoPose, poses_from_lines
from vision.raw.cap import Cap, same_aspect
from vision.raw.source import Source, opened_file
from vision.ready import MasksAlone
from vision.redaction_measure import RedactionMeasure
from vision.room import every_second, eyes_from_models, frames_teller
from vision.seal import holds, sealed_after_opening, sealed_before_opening, sealed_with_order
from vision.shares import Rate
from vision.tally import Tally
from vision.truth import TruthPicture
from vision.turning.measured import rehearse as rehearse_turning
from vision.turning.task import offset_figures
from vision.wire import Done, Failed, Figures, Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What was asked for, and what it is done with."""

    asked: Question
    eyes: Eyes
    outlet: Outlet
    parts: dict[str, str]
    """Of the seal: pictures are opened one after the other, so it stays at its second step, and only figures leave."""


def main() -> int:
    """Evaluate once and return the exit status."""
    parts = sealed_before_opening()
    outlet = outlet_on_stdout()
    cv2.setNumThreads(1)
    try:
        line = sys.stdin.buffer.readline()
        begun_s = time.monotonic()
        outlet.send(Figures(_figures(line, outlet, parts)))
        health = Tally(cap_px_per_m=None).health(time.time_ns(), time.monotonic_ns())
        outlet.send(Done(health=health, seconds=time.monotonic() - begun_s))
    except (VisionError, FlightlinkError) as error:
        cause = "models" if isinstance(error, (ModelError, DetectorError)) else "bad_input"
        outlet.send(Failed(cause=cause, detail=one_line(error)))
        return 1
    return 0


def _figures(line: bytes, outlet: Outlet, parts: dict[str, str]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(line)
    if told["kind"] == "markers":
        return {"markers": marker_dots(told["family"], told["count"])}
    if told["kind"] == "lens":
        return _figures_of_lens(told, outlet, parts)
    if told["kind"] == "offset":
        return _figures_of_offset(told, outlet, parts)
    if told["kind"] == "overlap":
        photos = photos_from(told)
        sealed_with_order([path for path, _ in photos], calling=False)
        return overlap_figures(_capped_photo(path, pose) for path, pose in photos)
    task = task_from_line(line, outlet, parts)
    return _figures_of_people(task) if task.asked.people else _figures_of_redaction(task)


def _figures_of_lens(told: dict[str, Any], outlet: Outlet, parts: dict[str, str]) -> dict[str, Any]:
    """Return the lens that filmed a board."""
    source, parts = _sealed_alone(Path(told["video"]), parts, rehearse)
    film = Film(pictures=(frame.pixels for frame in _unposed(source)), expected=source.shape.frames_expected)
    return {**lens_figures(film, asked_from(told), frames_teller(outlet)), "sealed": holds(parts)}


def _figures_of_offset(told: dict[str, Any], outlet: Outlet, parts: dict[str, str]) -> dict[str, Any]:
    """Return the time between a video's clock and that of the poses that follow on standard input."""
    poses = list(poses_from_lines(sys.stdin.buffer))
    source, parts = _sealed_alone(Path(told["video"]), parts, rehearse_turning)
    times = {"starts_utc_ns": told["starts_utc_ns"], "search_s": told["search_s"]}
    return {**offset_figures(_unposed(source, frames_teller(outlet)), poses, **times), "sealed": holds(parts)}


def _sealed_alone(video: Path, parts: dict[str, str], once: Callable[[], None]) -> tuple[Source, dict[str, str]]:
    """Open the one video that is looked at, do everything once, and seal this process to the last step."""
    parts = parts | sealed_with_order([video], calling=False)
    source = opened_file(video)  # never closed: when the process ends, a thread may still read from it
    once()
    return source, parts | sealed_after_opening()


def _capped_photo(path: Path, pose: CameraPose) -> CappedFrame | None:
    """Return a photo under the cap, grey; None for one that cannot be decoded."""
    try:
        with opened_file(path) as source:
            return Cap().capped(next(source.file_frames(starts_utc_ns=0)), pose)
    except SourceError:
        return None


def _unposed(source: Source, tell: Callable[[int], None] = lambda _: None) -> Iterator[CappedFrame]:
    """Yield grey frames through the cap: those of a closed local file without a pose pass it, as in `redact`."""
    cap, poses = Cap(without_pose=True), NoPose()
    for raw in source.file_frames(starts_utc_ns=0):
        tell(raw.index)
        yield cap.capped(raw, poses.pose_at(raw.utc_ns))


def task_from_line(line: bytes, outlet: Outlet, parts: dict[str, str]) -> Task:
    """Return the task that a line describes, and give up what it does not need.

    Args:
        line: JSON.
        outlet: for what leaves.
        parts: of the seal, so far.

    Raises:
        VisionError: truth, weights or camera cannot be used.
        FlightlinkError: the camera file is none.
    """
    told: dict[str, Any] = json.loads(line)
    parts = parts | sealed_with_order([Path(told[name]) for name in FILES if told[name]], calling=False)
    asked = question_from(told)
    eyes = eyes_from_models(asked.models_dir, level=RedactionLevel.STRICT, threads=1 if asked.stands else 2)
    return Task(asked=asked, eyes=eyes, outlet=outlet, parts=parts)


def _figures_of_people(task: Task) -> dict[str, Any]:
    measure, known = PeopleMeasure(), KnownRange()
    rate = Rate(begun_s=time.monotonic())
    for truth, frame, people in _counted(task, rate):
        known.add(truth, frame, task.eyes.networks)
        measure.add(truth, people.scaled(truth.width_px / frame.width_px, truth.height_px / frame.height_px))
    return measure.figures() | {"warnings": known.warnings()} | _fps(task, rate)


def _fps(task: Task, rate: Rate) -> dict[str, Any]:
    return {"fps": rate.per_s(time.monotonic())} if task.asked.live else {}


def _counted(task: Task, rate: Rate) -> Iterator[tuple[TruthPicture, CappedFrame, Boxes]]:
    """Yield the people of each picture of the truth; live, only of those whose turn it was to be counted."""
    if task.asked.video is None or not task.asked.live:
        for truth, frame in rate.counted(_pictures(task)):
            yield truth, frame, task.eyes.people(frame, finely=True)
        return
    wanted = _wanted(task)
    for item in _live(task, task.asked.video):
        if isinstance(item, Ready):
            rate.count += 1
        elif item.frame.index in wanted:
            yield wanted[item.frame.index], item.frame, item.people


def _figures_of_redaction(task: Task) -> dict[str, Any]:
    measure, rate = RedactionMeasure(), Rate(begun_s=time.monotonic())
    for truth, hidden in _hidden(task, rate):
        size = (truth.width_px, truth.height_px)
        measure.add(truth, np.asarray(cv2.resize(hidden, size, interpolation=cv2.INTER_NEAREST)) > 0)
    return measure.figures() | _fps(task, rate)


def _hidden(task: Task, rate: Rate) -> Iterator[tuple[TruthPicture, Picture]]:
    """Yield what is hidden of each picture of the truth, 255 where it is; every frame of a video passes the gate."""
    if task.asked.video is None:
        for truth, frame in rate.counted(_pictures(task)):
            yield truth, _gate(frame).released(frame, [task.eyes.look(frame).look]).hidden
        return
    wanted = _wanted(task)
    with ThreadPoolExecutor(1, "look") as lookers, ThreadPoolExecutor(1, "search") as searcher:
        doubts = doubts_of(task.eyes, searcher, stands=task.asked.stands, waits=not task.asked.live)
        gate = Gate(mission=None, without_pose=not task.asked.stands)
        of_video = _live if task.asked.live else partial(_whole, executor=lookers)
        for ready in of_video(task, task.asked.video):
            if not isinstance(ready, Ready):
                continue
            doubt = doubts.of_frame(ready.frame)
            released = gate.released(ready.frame, ready.looks, late=ready.late, doubt=doubt, doubting=doubts.of_picture)
            rate.count += 1
            if ready.frame.index in wanted:
                yield wanted[ready.frame.index], released.hidden


def _gate(frame: CappedFrame) -> Gate:
    """Return a gate for one picture: one gate takes pictures of one size."""
    return Gate(mission=None, without_pose=frame.pose is None)


def _wanted(task: Task) -> dict[str | int, TruthPicture]:
    return {picture.picture: picture for picture in task.asked.truth}


def _pictures(task: Task) -> Iterator[tuple[TruthPicture, CappedFrame]]:
    """Yield each picture of the truth, capped."""
    asked = task.asked
    if asked.video is not None:
        wanted = _wanted(task)
        for frame in ahead(_frames(task, asked.video, asked.poses.pose_at)):
            if frame.index in wanted:
                yield wanted[frame.index], frame
        return
    second = every_second(time.monotonic_ns())
    for number, truth in enumerate(asked.truth):
        path = (asked.images or Path()) / str(truth.picture)
        yield truth, next(_frames(task, path, partial(asked.pose_of, truth)))
        if next(second):
            sys.stderr.write(f"{number + 1} of {len(asked.truth)} pictures\n")


def _frames(
    task: Task, path: Path, pose_at: Callable[[int], CameraPose | PoseRefusal], *, paced: bool = False
) -> Iterator[CappedFrame]:
    cap = Cap(without_pose=not task.asked.stands)
    with opened_file(path) as source:
        shape = source.shape
        source.decode_colour(
            every=live_count_stride(shape.fps) if paced else 1 if task.asked.people else count_stride(shape.fps)
        )
        task.outlet.send(
            Opened(
                width_px=shape.width_px, height_px=shape.height_px, fps=shape.fps, codec="",
                sealed=holds(task.parts), seal=task.parts, frames=shape.frames_expected or None,
            )
        )  # fmt: skip
        begun_ns = time.monotonic_ns()
        for raw in source.file_frames(starts_utc_ns=0):
            if paced:
                time.sleep(max(0, raw.utc_ns - (time.monotonic_ns() - begun_ns)) / 1e9)
            pose = pose_at(raw.utc_ns)
            if isinstance(pose, CameraPose) and not same_aspect(pose, raw.width_px, raw.height_px):
                raise SourceError(other_shape(path.name, (raw.width_px, raw.height_px), pose.intrinsics))
            yield cap.capped(raw, pose)


def _whole(task: Task, video: Path, executor: ThreadPoolExecutor) -> Iterator[Ready | Seen]:
    with opened_file(video) as source:
        stride = stride_for(source.shape.fps)
    frames = ahead(_frames(task, video, task.asked.poses.pose_at))
    return file_order(frames, MasksAlone(task.eyes), executor, stride=stride)


def _live(task: Task, video: Path) -> Iterator[Ready | Seen]:
    return paced_by(task.eyes, _frames(task, video, task.asked.poses.pose_at, paced=True))


if __name__ == "__main__":
    try:
        status = main()
    except Exception as error:  # noqa: BLE001 - the one supervisor: its last words name code, never data
        sys.stderr.write(last_words(error))
        status = 1
    sys.stderr.flush()
    os._exit(status)
