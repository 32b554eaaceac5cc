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
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from flightlink.camera_file import load_camera
from flightlink.errors import FlightlinkError
from flightlink.mission import RedactionLevel
from flightlink.pose import CameraPose
from flightlink.track import FixedPose, PoseSource
from vision.capped import CappedFrame
from vision.delay import LiveOrder, Ready, Seen, count_stride, file_order, live_count_stride, stride_for
from vision.doubts import doubts_of
from vision.engine import DetectorError
from vision.errors import SourceError, VisionError
from vision.evaluation import PeopleMeasure, RedactionMeasure
from vision.eyes import Eyes
from vision.gate import Gate
from vision.handover import ahead
from vision.last_words import last_words, one_line
from vision.lens.charuco import marker_dots
from vision.lens.film import Film, lens_figures
from vision.lens.rehearsal import rehearse
from vision.lens.search import asked_from
from vision.models.store import ModelError
from vision.outlet import Outlet, outlet_on_stdout
from vision.overlap import overlap_figures, photos_from
from vision.paced import paced
from vision.posts import NoPose, poses_from_lines
from vision.raw.cap import Cap
from vision.raw.source import Source, opened_file
from vision.room import every_second, eyes_from_models, frames_teller
from vision.seal import holds, sealed_after_opening, sealed_before_opening, sealed_with_order
from vision.tally import Tally
from vision.truth import TruthPicture, truth_from_file
from vision.turning.measured import rehearse as rehearse_turning
from vision.turning.task import offset_figures
from vision.wire import Done, Failed, Figures, Opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What is measured, with everything it needs."""

    people: bool
    """True: detectors; False: redaction."""
    truth: list[TruthPicture]
    images: Path | None
    video: Path | None
    poses: PoseSource
    live: bool
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
    return _figures_of_people(task) if task.people else _figures_of_redaction(task)


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
    files = [Path(told[name]) for name in ("truth", "images", "video", "camera", "models_dir") if told[name]]
    parts = parts | sealed_with_order(files, calling=False)
    poses: PoseSource = NoPose()
    if told["camera"]:
        camera = load_camera(Path(told["camera"]))
        if camera.fixed_pose is None:
            raise SourceError(f"{told['camera']}: has no fixed pose; `evaluate` needs lat_deg to roll_deg in it")
        poses = FixedPose(camera.fixed_pose)
    return Task(
        people=told["kind"] == "people",
        truth=truth_from_file(Path(told["truth"])),
        images=Path(told["images"]) if told["images"] else None,
        video=Path(told["video"]) if told["video"] else None,
        poses=poses,
        live=bool(told["live"]),
        eyes=eyes_from_models(
            Path(told["models_dir"]), level=RedactionLevel.STRICT, threads=1 if told["camera"] else 2
        ),
        outlet=outlet,
        parts=parts,
    )


def _figures_of_people(task: Task) -> dict[str, Any]:
    measure = PeopleMeasure()
    for truth, frame in _pictures(task):
        people = task.eyes.people(frame)
        measure.add(truth, people.scaled(truth.width_px / frame.width_px, truth.height_px / frame.height_px))
    return measure.figures()


def _figures_of_redaction(task: Task) -> dict[str, Any]:
    measure = RedactionMeasure()
    begun_s = time.monotonic()
    shown = 0
    with ThreadPoolExecutor(1, "search") as searcher:
        doubts = doubts_of(task.eyes, searcher, stands=isinstance(task.poses, FixedPose), waits=not task.live)
        gate = _gate(task)
        for truth, ready in _released(task):
            if task.video is None:
                hidden = _gate(task).released(ready.frame, ready.looks, late=ready.late).hidden
            else:
                doubt = doubts.of_frame(ready.frame)
                hidden = gate.released(
                    ready.frame, ready.looks, late=ready.late, doubt=doubt, doubting=doubts.of_picture
                ).hidden
            size = (truth.width_px, truth.height_px)
            measure.add(truth, np.asarray(cv2.resize(hidden, size, interpolation=cv2.INTER_NEAREST)) > 0)
            shown += 1
    rate = {"fps": shown / max(time.monotonic() - begun_s, 1e-9)} if task.live else {}
    return measure.figures() | rate


def _gate(task: Task) -> Gate:
    """Return a gate for a video, or for one picture: one gate takes pictures of one size."""
    return Gate(mission=None, without_pose=isinstance(task.poses, NoPose))


def _cap(task: Task) -> Cap:
    return Cap(without_pose=isinstance(task.poses, NoPose))


def _pictures(task: Task) -> Iterator[tuple[TruthPicture, CappedFrame]]:
    """Yield each picture of the truth, capped."""
    if task.video is not None:
        wanted = {picture.picture: picture for picture in task.truth}
        for frame in ahead(_frames(task, task.video)):
            if frame.index in wanted:
                yield wanted[frame.index], frame
        return
    second = every_second(time.monotonic_ns())
    for number, truth in enumerate(task.truth):
        yield truth, next(_frames(task, (task.images or Path()) / str(truth.picture)))
        if next(second):
            sys.stderr.write(f"{number + 1} of {len(task.truth)} pictures\n")


def _frames(task: Task, path: Path, *, paced: bool = False) -> Iterator[CappedFrame]:
    cap = _cap(task)
    with opened_file(path) as source:
        shape = source.shape
        source.decode_colour(
            every=1 if task.people else live_count_stride(shape.fps) if paced else count_stride(shape.fps)
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
            yield cap.capped(raw, task.poses.pose_at(raw.utc_ns))


def _released(task: Task) -> Iterator[tuple[TruthPicture, Ready]]:
    """Yield each picture of the truth with the looks that count for it, in the worker's own order."""
    wanted = {picture.picture: picture for picture in task.truth}
    with ThreadPoolExecutor(1, "look") as executor:
        if task.video is None:
            for truth, frame in _pictures(task):
                yield truth, Ready(frame, [task.eyes.look(frame).look])
            return
        for item in _live(task, task.video) if task.live else _whole(task, task.video, executor):
            if isinstance(item, Ready) and item.frame.index in wanted:
                yield wanted[item.frame.index], item


def _whole(task: Task, video: Path, executor: ThreadPoolExecutor) -> Iterator[Ready | Seen]:
    with opened_file(video) as source:
        stride = stride_for(source.shape.fps)
    return file_order(ahead(_frames(task, video)), task.eyes, executor, stride=stride)


def _live(task: Task, video: Path) -> Iterator[Ready | Seen]:
    """Yield frames as the station would publish them: paced by the video, the newest wins, none is waited for."""
    with ThreadPoolExecutor(1, "look") as lookers, ThreadPoolExecutor(1, "count") as counters:
        yield from paced(
            LiveOrder(task.eyes, lookers, counters, core_share=float(os.cpu_count() or 1)),
            _frames(task, video, paced=True),
        )


if __name__ == "__main__":
    try:
        status = main()
    except Exception as error:  # noqa: BLE001 - the one supervisor: its last words name code, never data
        sys.stderr.write(last_words(error))
        status = 1
    sys.stderr.flush()
    os._exit(status)
