"""Cameras and their video streams out of CAMERA_INFORMATION and VIDEO_STREAM_INFORMATION. Pure.

Every field comes from the other end of a radio: texts are bounded and cut at their end, addresses are of known kinds,
figures that are not filled in (0, NaN) are None.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final
from urllib.parse import urlsplit

from flightlink.mavlink.messages import Message
from flightlink.pose import Intrinsics
from flightlink.vehicle.readings import intrinsics_from_information

HAS_VIDEO_STREAM: Final = 256
"""CAMERA_CAP_FLAGS_HAS_VIDEO_STREAM."""
_RUNNING: Final = 1
_THERMAL: Final = 2
_MOST_FPS: Final = 1000


class VideoKind(StrEnum):
    """How a stream is carried (VIDEO_STREAM_TYPE)."""

    RTSP = auto()
    RTP_UDP = auto()
    """RTP in UDP, sent to a port."""
    TCP_MPEG = auto()
    MPEG_TS = auto()
    """MPEG-TS in UDP, sent to a port."""


_KINDS: Final = (VideoKind.RTSP, VideoKind.RTP_UDP, VideoKind.TCP_MPEG, VideoKind.MPEG_TS)
SCHEMES: Final[dict[VideoKind, tuple[str, ...]]] = {
    VideoKind.RTSP: ("rtsp", "rtsps"),
    VideoKind.RTP_UDP: ("rtp", "udp"),
    VideoKind.TCP_MPEG: ("tcp",),
    VideoKind.MPEG_TS: ("udp", "mpegts", "tcp"),
}
"""Schemes that an address of each kind may have: never a file, a pipe or a list of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFact:
    """One camera as it describes itself; None where it fills nothing in."""

    component_id: int
    device_id: int
    """0 for a camera that is a component of its own, 1 to 6 for one behind an autopilot."""
    vendor: str | None
    model: str | None
    width_px: int | None
    height_px: int | None
    intrinsics: Intrinsics | None
    """Out of focal length, sensor and resolution, where all are filled in; a calibration wins over it."""
    has_video_stream: bool
    gimbal_device_id: int | None
    """The gimbal that carries it, None where it does not say."""
    received_utc_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoStream:
    """One video stream that can be opened."""

    component_id: int
    device_id: int
    """Of its camera, as in `CameraFact`."""
    stream_id: int
    """1 is the first of its camera."""
    kind: VideoKind
    url: str
    """Of one of `SCHEMES`, printable, without spaces; or a bare port number where the sender's kind has only that."""
    name: str | None
    width_px: int | None
    height_px: int | None
    fps: float | None
    hfov_deg: float | None
    is_running: bool
    is_thermal: bool
    received_utc_ns: int


def camera_from_message(message: Message, component_id: int, received_utc_ns: int) -> CameraFact:
    """Return what CAMERA_INFORMATION says."""
    return CameraFact(
        component_id=component_id,
        device_id=message.camera_device_id,
        vendor=_text(bytes(message.vendor_name)),
        model=_text(bytes(message.model_name)),
        width_px=message.resolution_h or None,
        height_px=message.resolution_v or None,
        intrinsics=intrinsics_from_information(message),
        has_video_stream=bool(message.flags & HAS_VIDEO_STREAM),
        gimbal_device_id=message.gimbal_device_id or None,
        received_utc_ns=received_utc_ns,
    )


def stream_from_message(message: Message, component_id: int, received_utc_ns: int) -> VideoStream | None:
    """Return what VIDEO_STREAM_INFORMATION says, None where there is no stream or no address that may be opened."""
    kind = _KINDS[message.type] if message.type < len(_KINDS) else None
    url = None if kind is None or message.count == 0 else _url(kind, _raw_text(message.uri))
    if kind is None or url is None:
        return None
    return VideoStream(
        component_id=component_id,
        device_id=message.camera_device_id,
        stream_id=message.stream_id,
        kind=kind,
        url=url,
        name=_text(_raw_text(message.name)),
        width_px=message.resolution_h or None,
        height_px=message.resolution_v or None,
        fps=message.framerate if math.isfinite(message.framerate) and 0 < message.framerate < _MOST_FPS else None,
        hfov_deg=float(message.hfov) if 0 < message.hfov < 180 else None,
        is_running=bool(message.flags & _RUNNING),
        is_thermal=bool(message.flags & _THERMAL),
        received_utc_ns=received_utc_ns,
    )


def _raw_text(found: str | bytes) -> bytes:
    return found if isinstance(found, bytes) else found.encode("utf-8", "replace")


def _text(found: bytes) -> str | None:
    """Return a name cut at its first NUL, without anything that does not print."""
    text = found.split(b"\0", 1)[0].decode("ascii", "replace")
    return "".join(letter for letter in text if letter.isascii() and letter.isprintable()).strip() or None


def _url(kind: VideoKind, found: bytes) -> str | None:
    """Return an address that may be opened: one of the kind's schemes with a host, or a port where that is enough."""
    text = _text(found)
    if text is None or text.encode() != found.split(b"\0", 1)[0] or " " in text:
        return None
    if kind in (VideoKind.RTP_UDP, VideoKind.MPEG_TS) and text.isdecimal() and 0 < int(text) < 65536:
        return text
    try:
        parts = urlsplit(text)
        is_place = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return None
    return text if is_place and parts.scheme in SCHEMES[kind] else None
