"""The poses of a recording that carries ST 0601 packets: bare in a file, or beside the video in MPEG-TS."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Final

from flightlink.camera_file import CameraFile
from flightlink.errors import TelemetryError
from flightlink.klv.local_set import LocalSet, local_set_from
from flightlink.klv.mpegts import Payload, TransportStream, looks_like_mpegts, packets_of
from flightlink.klv.packets import UAS_LOCAL_SET, PacketReader
from flightlink.klv.pose import pose_from_local_set
from flightlink.optics import DEFAULT_PICTURE_PX, Optics
from flightlink.pose import CameraPose
from flightlink.recorded.flight import FlightPoses

CHUNK_BYTES: Final = 1 << 20

_FIRST_PICTURES: Final = 32
_STAMPS_KEPT: Final = 4096


def looks_like_klv(beginning: bytes) -> bool:
    """Say whether a file's beginning holds the key of a packet, as a bare recording does."""
    return UAS_LOCAL_SET in beginning


def optics_of(camera: CameraFile | None, picture_px: tuple[int, int] | None) -> Optics:
    """Return what is known of the camera: its file, else the video's size, else a picture of 1920 x 1080 px."""
    if camera is None:
        return Optics(picture_px=picture_px or DEFAULT_PICTURE_PX)
    size_px = (camera.intrinsics.width_px, camera.intrinsics.height_px)
    return Optics(picture_px=size_px, calibrated=camera.intrinsics, sigma=camera.sigma)


def poses_from_klv(
    path: Path,
    camera: CameraFile | None,
    *,
    picture_px: tuple[int, int] | None = None,
) -> FlightPoses:
    """Return the poses of all sound packets of a file, in order of time; several of one instant: the last counts.

    Args:
        path: bare packets, or MPEG-TS with a KLV stream.
        camera: intrinsics, which hold as long as the packets tell the same field of view, and sigma.
        picture_px: size of the video, where no camera file tells it.

    Raises:
        TelemetryError: the file cannot be read, or holds no sound packet.
    """
    optics, reader, stamps = optics_of(camera, picture_px), PacketReader(), _Stamps()
    poses, refusals, times_ns = dict[int, CameraPose](), Counter[str](), set[int]()
    for told in _told(path, reader, stamps):
        answer = pose_from_local_set(told, optics)
        if told.utc_us is not None:
            times_ns.add(told.utc_us * 1000)
        if isinstance(answer, CameraPose):
            poses[answer.utc_ns] = answer
        else:
            refusals[answer.cause] += 1
    if not reader.sound:
        damaged = f"; {reader.damaged} are cut or damaged" if reader.damaged else ""
        raise TelemetryError(f"{path}: holds no sound KLV packet{damaged}; record the stream with its KLV data")
    return FlightPoses(
        poses=tuple(poses[utc_ns] for utc_ns in sorted(poses)),
        refusals=dict(refusals),
        first_utc_ns=min(times_ns, default=0),
        last_utc_ns=max(times_ns, default=0),
        system_id=None,
        truncated=reader.damaged > 0,
        video_starts_utc_ns=stamps.video_starts_utc_ns,
        notes=tuple(_notes(optics, reader, poses)),
    )


class _Stamps:
    """How the clock of a transport stream lies against UTC, and when its video begins."""

    def __init__(self) -> None:
        self._video_s: list[float] = []
        self._utc_less_stamp_s: deque[float] = deque(maxlen=_STAMPS_KEPT)

    def take_picture(self, pts_s: float | None) -> None:
        """Take the stamp of a picture; the first ones may come out of order."""
        if pts_s is not None and len(self._video_s) < _FIRST_PICTURES:
            self._video_s.append(pts_s)

    def take_packet(self, utc_us: int, pts_s: float) -> None:
        """Take the time that a packet of a stamp tells."""
        self._utc_less_stamp_s.append(utc_us / 1e6 - pts_s)

    @property
    def video_starts_utc_ns(self) -> int | None:
        """When the first picture was taken; None where the file has no pictures, or packets without stamps."""
        if not self._video_s or not self._utc_less_stamp_s:
            return None
        return round((median(self._utc_less_stamp_s) + min(self._video_s)) * 1e6) * 1000


def _notes(optics: Optics, reader: PacketReader, poses: dict[int, CameraPose]) -> Iterator[str]:
    if optics.calibrated is None:
        yield f"pixels count in a picture of {optics.picture_px[0]} x {optics.picture_px[1]} px"
    if reader.damaged:
        yield f"{reader.damaged} of {reader.damaged + reader.sound} packets are cut or damaged and left out"
    if poses:
        yield f"heights are {next(iter(poses.values())).height_datum.value}, as the packets tell them"


def _told(path: Path, reader: PacketReader, stamps: _Stamps) -> Iterator[LocalSet]:
    try:
        with path.open("rb") as file:
            for payload in _payloads(iter(lambda: file.read(CHUNK_BYTES), b"")):
                if not payload.is_klv:
                    stamps.take_picture(payload.pts_s)
                    continue
                for told in map(local_set_from, reader.feed(payload.data)):
                    if told.utc_us is not None and payload.pts_s is not None:
                        stamps.take_packet(told.utc_us, payload.pts_s)
                    yield told
            yield from map(local_set_from, reader.feed(b"", ends=True))
    except OSError as cause:
        raise TelemetryError(f"{path}: cannot be read ({cause.strerror or cause}); check the path") from cause


def _payloads(chunks: Iterator[bytes]) -> Iterator[Payload]:
    """Yield the payloads of a transport stream, or a bare recording as it stands."""
    first = next(chunks, b"")
    whole = (chunk for part in ((first,), chunks) for chunk in part)
    if looks_like_mpegts(first):
        return TransportStream(with_video=True).payloads(packets_of(whole))
    return (Payload(is_klv=True, data=chunk, pts_s=None) for chunk in whole)
