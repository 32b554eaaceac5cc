"""The poses of a recording that carries ST 0601 packets: bare in a file, or beside the video in MPEG-TS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from flightlink.camera_file import CameraFile
from flightlink.errors import TelemetryError
from flightlink.klv.local_set import local_set_from
from flightlink.klv.mpegts import TransportStream, looks_like_mpegts, packets_of
from flightlink.klv.packets import UAS_LOCAL_SET, Items, PacketReader
from flightlink.klv.pose import pose_from_local_set
from flightlink.optics import DEFAULT_PICTURE_PX, Optics
from flightlink.pose import CameraPose
from flightlink.recorded.flight import FlightPoses

CHUNK_BYTES: Final = 1 << 20


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
    system_id: int | None = None,  # noqa: ARG001  # packets know no system id; all readers are called alike
    *,
    picture_px: tuple[int, int] | None = None,
) -> FlightPoses:
    """Return the poses of all sound packets of a file, in order of time; several of one instant: the last counts.

    Args:
        path: bare packets, or MPEG-TS with a KLV stream.
        camera: intrinsics, which hold as long as the packets tell the same field of view, and sigma.
        system_id: not looked at.
        picture_px: size of the video, where no camera file tells it.

    Raises:
        TelemetryError: the file cannot be read, or holds no sound packet.
    """
    optics, poses, refusals, times_ns = (
        optics_of(camera, picture_px),
        dict[int, CameraPose](),
        Counter[str](),
        set[int](),
    )
    reader = PacketReader()
    for items in _packets(path, reader):
        told = local_set_from(items)
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
        notes=tuple(_notes(optics, reader, poses)),
    )


def _notes(optics: Optics, reader: PacketReader, poses: dict[int, CameraPose]) -> Iterator[str]:
    if optics.calibrated is None:
        yield f"pixels count in a picture of {optics.picture_px[0]} x {optics.picture_px[1]} px"
    if reader.damaged:
        yield f"{reader.damaged} of {reader.damaged + reader.sound} packets are cut or damaged and left out"
    if poses:
        yield f"heights are {next(iter(poses.values())).height_datum.value}, as the packets tell them"


def _packets(path: Path, reader: PacketReader) -> Iterator[Items]:
    try:
        with path.open("rb") as file:
            chunks = iter(lambda: file.read(CHUNK_BYTES), b"")
            for data in _klv_bytes(chunks):
                yield from reader.feed(data)
            yield from reader.feed(b"", ends=True)
    except OSError as cause:
        raise TelemetryError(f"{path}: cannot be read ({cause.strerror or cause}); check the path") from cause


def _klv_bytes(chunks: Iterator[bytes]) -> Iterator[bytes]:
    first = next(chunks, b"")
    whole = (chunk for part in ((first,), chunks) for chunk in part)
    if looks_like_mpegts(first):
        return (payload.data for payload in TransportStream().payloads(packets_of(whole)) if payload.is_klv)
    return whole
