"""The poses of a video file whose frames carry `apcg.telemetry.v1`, whatever its container."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from flightlink.camera_file import CameraFile
from flightlink.errors import TelemetryError
from flightlink.klv.mpegts import TransportStream, looks_like_mpegts, packets_of
from flightlink.pose import CameraPose
from flightlink.recorded.flight import FlightPoses
from flightlink.recorded.klv_poses import CHUNK_BYTES, optics_of, poses_from_klv
from flightlink.sei.record import MOST_BYTES, TELEMETRY_UUID, SeiReader, SeiRecord, payloads_in
from flightlink.sei.track import SeiTrack

MOST_RECORDS: Final = 2_000_000


_MATROSKA: Final = b"\x1a\x45\xdf\xa3"
_START_CODES: Final = (b"\x00\x00\x00\x01", b"\x00\x00\x01")


def looks_like_video(beginning: bytes) -> bool:
    """Say whether a file begins as MP4, Matroska or a bare stream does, or holds a record early on."""
    is_mp4 = beginning[4:8] == b"ftyp"
    return is_mp4 or beginning.startswith((_MATROSKA, *_START_CODES)) or TELEMETRY_UUID in beginning


def poses_from_transport(
    path: Path, camera: CameraFile | None, *, picture_px: tuple[int, int] | None = None
) -> FlightPoses:
    """Return the poses of an MPEG transport stream: of its frames' records, else of its KLV stream.

    Raises:
        TelemetryError: it holds neither.
    """
    try:
        return poses_from_sei(path, camera, picture_px=picture_px)
    except TelemetryError as no_sei:
        try:
            return poses_from_klv(path, camera, picture_px=picture_px)
        except TelemetryError as no_klv:
            raise TelemetryError(f"{no_klv}; {str(no_sei).removeprefix(f'{path}: ')}") from no_klv


def poses_from_sei(
    path: Path,
    camera: CameraFile | None,
    *,
    picture_px: tuple[int, int] | None = None,
) -> FlightPoses:
    """Return the pose of each frame that carries a sound record, in order of time.

    Args:
        path: a video: MP4, MPEG-TS, Matroska or a bare stream.
        camera: intrinsics, which hold as long as the records tell the same field of view, and sigma.
        picture_px: size of the video, where no camera file tells it.

    Raises:
        TelemetryError: the file cannot be read, or holds no sound record.
    """
    reader = SeiReader()
    records = sorted(_records(path, reader), key=lambda record: record.utc_us)
    if not records:
        damaged = f"; {reader.damaged} are damaged" if reader.damaged else ""
        raise TelemetryError(f"{path}: holds no telemetry in its frames (SEI){damaged}")
    optics, refusals, poses = optics_of(camera, picture_px), Counter[str](), list[CameraPose]()
    for record, track in _asked(records):
        answer = track.pose_at(record.utc_us * 1000, optics)
        if isinstance(answer, CameraPose):
            poses.append(answer)
        else:
            refusals[answer.cause] += 1
    return FlightPoses(
        poses=tuple(poses),
        refusals=dict(refusals),
        first_utc_ns=records[0].utc_us * 1000,
        last_utc_ns=records[-1].utc_us * 1000,
        system_id=None,
        truncated=reader.damaged > 0,
        video_starts_utc_ns=records[0].utc_us * 1000,
        notes=(f"{reader.damaged} records are damaged and left out",) if reader.damaged else (),
    )


def _asked(records: list[SeiRecord]) -> Iterator[tuple[SeiRecord, SeiTrack]]:
    """Yield each record with a track that knows what was told up to half a second after it."""
    track, told = SeiTrack(), 0
    for record in records:
        while told < len(records) and records[told].utc_us <= record.utc_us + 500_000:
            track.take(records[told])
            told += 1
        yield record, track


def _records(path: Path, reader: SeiReader) -> Iterator[SeiRecord]:
    try:
        with path.open("rb") as file:
            for payload in _payloads(iter(lambda: file.read(CHUNK_BYTES), b"")):
                record = reader.record(payload)
                if record is not None:
                    yield record
                if reader.sound > MOST_RECORDS:
                    raise TelemetryError(f"{path}: more than {MOST_RECORDS} records; cut the video")
    except OSError as cause:
        raise TelemetryError(f"{path}: cannot be read ({cause.strerror or cause}); check the path") from cause


def _payloads(chunks: Iterator[bytes]) -> Iterator[bytes]:
    first = next(chunks, b"")
    whole = (chunk for part in ((first,), chunks) for chunk in part)
    if not looks_like_mpegts(first):
        yield from _in_chunks(whole)
        return
    for payload in TransportStream(with_video=True).payloads(packets_of(whole)):
        if not payload.is_klv:
            yield from payloads_in(payload.data)


def _in_chunks(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the payloads of a file read in chunks: what may go on in the next one is looked at there."""
    waiting = b""
    for chunk in chunks:
        data = waiting + chunk
        settled = max(0, len(data) - MOST_BYTES - len(TELEMETRY_UUID))
        last = data.rfind(TELEMETRY_UUID, settled)
        ends = len(data) if last < 0 else data.find(TELEMETRY_UUID, settled)
        yield from payloads_in(data[:ends])
        waiting = data[max(ends - len(TELEMETRY_UUID) + 1, 0) :] if last < 0 else data[ends:]
    yield from payloads_in(waiting)
