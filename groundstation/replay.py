"""A recorded flight on the way of a live one: redacted video, operator map, report and summary in a folder."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import shapely

from flightlink.pose import PoseRefusal
from flightlink.recorded.flight import FlightPoses
from flightlink.track import FixedPose, PoseSource, PoseTrack
from groundstation.errors import BadInputError
from groundstation.files import whole_file, write_json
from groundstation.flight import NO_TIME, Flight
from groundstation.instants import NS_PER_S, text_from_utc_ns
from groundstation.mapping import area_in_crs
from groundstation.progress import Progress
from groundstation.recording import (
    PictureWriter,
    Worked,
    refuse_if_mission_withheld_all,
    work_through,
)
from groundstation.truth import CountMeasure
from groundstation.worker_process import WORKER_COMMAND
from maps.cells import CellCounts, DensityMap
from maps.drawing import report_html
from maps.fusion import FusedMap
from maps.geojson import feature_collection
from maps.summary import Recording
from vision.truth import TruthPicture, truth_from_file
from vision.wire import Message, Opened

VIDEO: Final = "redacted.mp4"
DENSITY: Final = "density.geojson"
REPORT: Final = "report.html"
SUMMARY: Final = "summary.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What a replay gave, before it is written."""

    worked: Worked
    density_map: DensityMap
    truth: dict[str, Any] | None


class _Counting:
    """Takes the counts of a recording into its map, and compares them with the truth where there is one."""

    def __init__(self, flight: Flight, epsg: int, truth: Sequence[TruthPicture]) -> None:
        self._fused = FusedMap()
        self._starts_ns = flight.video_starts_utc_ns
        self._recording = Recording(epsg, starts_utc_ns=self._starts_ns)
        self._poses = _pose_source(flight)
        self._truth = {picture.picture: picture for picture in truth}
        self._measure = CountMeasure(epsg, flight.terrain)
        self._fps = 0.0

    def take(self, message: Message) -> None:
        match message:
            case Opened():
                self._fps = message.fps
            case CellCounts():
                self._fused.take(message)
                self._recording.take(self._fused.cells_at(message.utc_ns), message.utc_ns)
                self._compare(message)

    def _compare(self, counts: CellCounts) -> None:
        number = round((counts.utc_ns - self._starts_ns) * self._fps / NS_PER_S)
        truth, pose = self._truth.get(number), self._poses.pose_at(counts.utc_ns)
        if truth is not None and not isinstance(pose, PoseRefusal):
            self._measure.add(truth, counts, pose)

    def density_map(self, area: shapely.Polygon | None) -> DensityMap:
        return self._recording.published(area)

    def truth_figures(self) -> dict[str, Any] | None:
        return self._measure.figures() if self._truth else None


def _pose_source(flight: Flight) -> PoseSource:
    if flight.fixed_pose is not None:
        return FixedPose(flight.fixed_pose)
    track = PoseTrack(capacity=max(len(flight.poses), 1))
    for pose in flight.poses:
        track.add(pose)
    return track


def replay(
    flight: Flight, folder: Path, *, truth: Path | None = None, command: Sequence[str] = WORKER_COMMAND
) -> dict[str, Any]:
    """Replay a flight into a folder and return its summary.

    Raises:
        BadInputError: nothing says where the camera was, or the folder cannot be written.
        RefusedError: the mission let no frame pass.
        SourceFailedError: the worker cannot read the video.
        WorkerLostError: the worker ended before it was done.
        TruthError: the truth cannot be read.
    """
    if flight.epsg is None:
        raise BadInputError("nothing says where the camera was; add --telemetry, or --camera with a fixed pose")
    pictures = truth_from_file(truth) if truth is not None else []
    _make_folder(folder)
    with whole_file(folder / VIDEO) as sink:
        replayed = _replayed(flight, flight.epsg, pictures, sink, command)
    return _written(flight, folder, replayed)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(f"{folder}: cannot be made ({error.strerror}); choose another --out") from error


def _replayed(
    flight: Flight, epsg: int, truth: Sequence[TruthPicture], sink: BinaryIO, command: Sequence[str]
) -> Replayed:
    counting, progress = _Counting(flight, epsg, truth), Progress("replay")
    writer = PictureWriter(sink, image=False)

    def take(message: Message) -> None:
        progress.take(message)
        writer.take(message)
        counting.take(message)

    worked = asyncio.run(work_through(flight, take=take, counts=True, command=command))
    refuse_if_mission_withheld_all(worked)
    if not writer.pictures:
        raise BadInputError(f"{flight.video}: holds no picture that can be decoded; check the file")
    area = area_in_crs(flight.mission, epsg) if flight.mission is not None else None
    return Replayed(worked=worked, density_map=counting.density_map(area), truth=counting.truth_figures())


def _written(flight: Flight, folder: Path, replayed: Replayed) -> dict[str, Any]:
    collection = {**feature_collection(replayed.density_map), "utc": _utc(flight, replayed.density_map.utc_ns)}
    summary = summary_document(flight, replayed)
    write_json(folder / DENSITY, collection)
    with whole_file(folder / REPORT) as sink:
        dated = {**collection, "utc": collection["utc"] or "at an unknown time"}
        sink.write(report_html(dated, _told(summary), title=f"Crowd density: {flight.video.name}").encode())
    write_json(folder / SUMMARY, summary)
    return summary


def summary_document(flight: Flight, replayed: Replayed) -> dict[str, Any]:
    """Return the summary of a replay."""
    density_map = replayed.density_map
    summary = {
        "video": flight.video.name,
        "video_starts": {"utc": _utc(flight, flight.video_starts_utc_ns), "source": flight.video_starts_source},
        "telemetry": _telemetry_figures(flight.telemetry),
        "level": flight.level.value,
        **replayed.worked.as_json(),
        "map": {
            "epsg": density_map.epsg,
            "utc": _utc(flight, density_map.utc_ns),
            "covers_s": density_map.covers_s,
            "people": density_map.people,
            "people_sigma": density_map.people_sigma,
            "observed_share": density_map.observed_share,
            "cells": len(density_map.cells),
        },
        "files": [VIDEO, DENSITY, REPORT, SUMMARY],
    }
    return summary if replayed.truth is None else {**summary, "truth": replayed.truth}


def _utc(flight: Flight, utc_ns: int) -> str | None:
    """Return an instant as text; null where nobody said when the video was taken, and it would read 1970."""
    return None if flight.video_starts_source == NO_TIME else text_from_utc_ns(utc_ns)


def _telemetry_figures(telemetry: FlightPoses | None) -> dict[str, Any] | None:
    """Return what the log held and what it lacked, so that a cut or gappy one shows; null for a fixed camera."""
    if telemetry is None:
        return None
    return {
        "system_id": telemetry.system_id,
        "from_utc": text_from_utc_ns(telemetry.first_utc_ns),
        "to_utc": text_from_utc_ns(telemetry.last_utc_ns),
        "poses": len(telemetry.poses),
        "without_pose": telemetry.refusals,
        "truncated": telemetry.truncated,
    }


def _told(summary: dict[str, Any]) -> dict[str, Any]:
    """Return what the report lists beside its map."""
    names = ("video", "level", "frames_in", "frames_out", "frames_withheld", "masked_share", "density_bound_px_per_m")
    return {"video starts": f"{summary['video_starts']['utc'] or 'unknown'} ({summary['video_starts']['source']})"} | {
        name.replace("_", " "): summary[name] for name in names
    }
