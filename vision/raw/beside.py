"""What a live video carries beside its pictures that is read: poses, and nothing else.

User data of a frame (SEI) and packets of a KLV stream go as bytes to a pure reader of poses. Sound, subtitles and every
other stream of data are discarded before they become packets, as they are for a file.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Protocol

from av.container import InputContainer
from av.stream import Discard
from av.video.frame import VideoFrame

KLV: Final = "klv"
DATA: Final = "data"
USER_DATA: Final = "SEI_UNREGISTERED"
MOST_USER_DATA: Final = 8
"""Payloads of one frame that are looked at; an encoder adds one or two of its own."""


class Beside(Protocol):
    """Takes what comes beside the pictures, and says when a picture was taken."""

    @property
    def reads_klv(self) -> bool:
        """Whether packets of a KLV stream are asked for at all."""
        ...

    @property
    def reads_sei(self) -> bool:
        """Whether the user data of frames are asked for at all."""
        ...

    def take_sei(self, payload: bytes, arrival_utc_ns: int) -> None:
        """Take one payload of the user data of the frame that is placed next."""

    def take_klv(self, data: bytes, *, stamp_ns: int, arrival_utc_ns: int) -> None:
        """Take the bytes of one packet of the KLV stream."""

    def place(self, *, by_arrival_ns: int, stamp_ns: int, arrival_utc_ns: int, rtcp_utc_ns: int | None) -> int:
        """Place the frame that has just come and return when it was taken, UTC in nanoseconds."""


def klv_stream(container: InputContainer) -> Any | None:
    """Return the one stream beside the video that may be read, and let its packets through; None without any."""
    for stream in container.streams:
        if is_klv(stream):
            stream.discard = Discard.default
            return stream
    return None


def is_klv(stream: Any) -> bool:
    """Say whether a stream is KLV data, by the container's own tables."""
    return bool(stream.type == DATA and stream.name == KLV)


def user_data(frame: VideoFrame) -> Iterator[bytes]:
    """Yield the payloads of a frame's user data."""
    parts: Any = frame.side_data
    for number, part in enumerate(parts):
        if number >= MOST_USER_DATA:
            return
        if part.type.name == USER_DATA:
            yield bytes(part)


def rtcp_utc_ns(container: InputContainer, frame: VideoFrame) -> int | None:
    """Return when a frame was taken by its sender's reports; None before the first and for streams without any."""
    begun_us = container.start_time_realtime
    if not begun_us or begun_us < 0 or frame.time is None:
        return None
    return round(begun_us * 1000 + frame.time * 1e9)


def placed_utc_ns(container: InputContainer, frame: VideoFrame, beside: Beside, times_ns: tuple[int, int, int]) -> int:
    """Return when a frame was taken, by all that came beside it.

    Args:
        container: Of the stream.
        frame: As decoded.
        beside: Is told its user data.
        times_ns: By arrival less latency (UTC), on the stream's clock, and of arrival (UTC).
    """
    by_arrival_ns, stamp_ns, arrival_utc_ns = times_ns
    for payload in user_data(frame) if beside.reads_sei else ():
        beside.take_sei(payload, arrival_utc_ns)
    told_ns = rtcp_utc_ns(container, frame)
    return beside.place(
        by_arrival_ns=by_arrival_ns, stamp_ns=stamp_ns, arrival_utc_ns=arrival_utc_ns, rtcp_utc_ns=told_ns
    )


def stamp_ns_of(packet: Any) -> int | None:
    """Return a packet's time stamp on the stream's clock, None where it has none."""
    return None if packet.pts is None else round(packet.pts * packet.time_base * 1_000_000_000)
