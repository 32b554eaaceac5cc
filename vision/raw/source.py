"""Decode: a closed local file or a live stream becomes raw frames, one at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Self

import av
import numpy as np
from av.container import InputContainer
from av.stream import Discard
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from vision.clock import LiveClock, utc_and_steady_ns
from vision.errors import RecordingEndedError, SourceError, SourceLostError
from vision.raw.beside import Beside, klv_stream, placed_utc_ns, stamp_ns_of
from vision.raw.frames import RawFrame
from vision.raw.pixels import colour_of, grey_of
from vision.raw.playing import Playing
from vision.raw.whole import breaks_off

OPEN_TIMEOUT_S: Final = 10.0
READ_TIMEOUT_S: Final = 4.0
MAX_SIDE_PX: Final = 8192
MAX_DAMAGED_PACKETS: Final = 250
FALLBACK_FPS: Final = 25.0
LIVE_OPTIONS: Final = {
    "rtsp_transport": "tcp",
    "fifo_size": "131072",
    "overrun_nonfatal": "1",
    "protocol_whitelist": "file,udp,rtp,rtsp,rtmp,rtmps,tcp,tls,crypto,srt",
}
SESSION_DESCRIPTION: Final = "sdp"
"""FFmpeg's name for a file that tells where a live stream of RTP comes in: its frames come by themselves, in time."""
FILE_OPTIONS: Final = {"protocol_whitelist": "none"}
"""A file may not make FFmpeg open anything else: no playlist, no address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceShape:
    """What a source says of itself once it is open."""

    width_px: int
    height_px: int
    fps: float
    frames_expected: int
    """0 when the container does not say."""


class Source:
    """An open video; close it by leaving its `with` block."""

    def __init__(self, container: InputContainer, stack: ExitStack, *, name: str) -> None:
        """Take an open container; use `opened_file` or `opened_stream`."""
        self._container = container
        self._stack = stack
        self._colour_every = 0
        self._name = name
        self._stream = _video_stream(container, name)
        _discard_all_but(self._stream, container)
        self._paced = False
        self._beside: Beside | None = None
        self._klv: Any = None
        self._demuxed_ns: int | None = None
        self.damaged_packets = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def play_live(self, *, paced: bool) -> None:
        """Let the decoder use threads without holding frames back; `paced` plays a file by its own time stamps."""
        self._stream.thread_type = "SLICE"
        self._paced = paced

    def listen(self, beside: Beside) -> None:
        """Read what comes beside a live stream's pictures and tells poses: of other streams one of KLV at most."""
        self._beside = beside
        self._klv = klv_stream(self._container) if beside.reads_klv else None

    def decode_colour(self, *, every: int) -> None:
        """Decode every n-th frame in colour, 0 for none; the others carry luma alone."""
        self._colour_every = every

    @property
    def shape(self) -> SourceShape:
        """Return size and rate as the container states them."""
        codec = self._stream.codec_context
        rate = self._stream.average_rate or self._stream.guessed_rate
        fps = float(rate) if rate and 0 < float(rate) <= 1000 else FALLBACK_FPS
        return SourceShape(
            width_px=codec.width, height_px=codec.height, fps=fps, frames_expected=max(0, self._stream.frames)
        )

    def file_frames(self, *, starts_utc_ns: int) -> Iterator[RawFrame]:
        """Yield every frame of a file; the first was taken at `starts_utc_ns`.

        Raises:
            SourceError: the file holds no picture that can be decoded.
        """
        first_s: float | None = None
        index = -1
        for index, frame in enumerate(self._decoded()):
            stamp_s = index / self.shape.fps if frame.time is None else frame.time
            first_s = stamp_s if first_s is None else first_s
            yield self._raw(frame, index, starts_utc_ns + round((stamp_s - first_s) * 1e9))
        if index < 0:
            raise SourceError(f"{self._name}: no picture in it can be decoded; is it a video, and is it whole?")

    def replayed_frames(self, playing: Playing, *, starts_utc_ns: int) -> Iterator[RawFrame]:
        """Yield frames of a file when the clock of a replay reaches them; the first was taken at `starts_utc_ns`.

        Raises:
            RecordingEndedError: the file is at its end.
        """
        first_s: float | None = None
        index = -1
        while True:
            for frame in self._decoded():
                index += 1
                stamp_s = index / self.shape.fps if frame.time is None else frame.time
                first_s = stamp_s if first_s is None else first_s
                utc_ns, now_ns = starts_utc_ns + round((stamp_s - first_s) * 1e9), time.monotonic_ns()
                due_ns = playing.due_ns(utc_ns, now_ns)
                if due_ns is not None:
                    time.sleep(max(0, due_ns - now_ns) / 1e9)
                    yield self._raw(frame, index, utc_ns)
                elif frame.time is not None and (goal_ns := playing.seek_utc_ns(utc_ns, now_ns)) is not None:
                    self._seek(first_s + (goal_ns - starts_utc_ns) / 1e9)
                    break
            else:
                raise RecordingEndedError(f"{self._name}: the recording is at its end")

    def _seek(self, stamp_s: float) -> None:
        """Go on at the last keyframe before a stamp; where a file knows none, it is read on."""
        if self._stream.time_base is not None:
            with suppress(av.error.FFmpegError):
                self._container.seek(int(stamp_s / self._stream.time_base), stream=self._stream)

    def live_frames(self, clock: LiveClock) -> Iterator[RawFrame]:
        """Yield frames as they arrive; those of the opening burst are dropped, their time is not known.

        Raises:
            SourceLostError: nothing has come for some seconds, or the stream has ended.
        """
        begun_s = time.monotonic()
        for index, frame in enumerate(self._decoded()):
            if self._paced and frame.time is not None:
                time.sleep(max(0.0, frame.time - (time.monotonic() - begun_s)))
            arrival_utc_ns, steady_ns = utc_and_steady_ns()
            stamp_ns = arrival_utc_ns if frame.time is None else round(frame.time * 1e9)
            utc_ns = clock.utc_ns(stamp_ns=stamp_ns, arrival_utc_ns=arrival_utc_ns, arrival_steady_ns=steady_ns)
            if self._beside is not None:
                utc_ns = placed_utc_ns(self._container, frame, self._beside, (utc_ns, stamp_ns, arrival_utc_ns))
            if clock.settled(arrival_utc_ns):
                yield self._raw(frame, index, utc_ns)
        raise SourceLostError(f"{self._name}: the stream has ended")

    def _decoded(self) -> Iterator[VideoFrame]:
        streams = (self._stream,) if self._klv is None else (self._stream, self._klv)
        try:
            for packet in self._container.demux(*streams):
                if self._klv is not None and packet.stream.index == self._klv.index:
                    self._take_klv(packet)
                else:
                    yield from self._decoded_packet(packet)
        except (av.error.TimeoutError, av.error.ExitError, av.error.ConnectionRefusedError) as error:
            raise SourceLostError(f"{self._name}: no picture for {READ_TIMEOUT_S:.0f} s") from error
        except (av.error.FFmpegError, OSError):
            self.damaged_packets += 1  # the container breaks off here: what came before is whole

    def _take_klv(self, packet: av.Packet[Any]) -> None:
        """Hand on a packet of the KLV stream; one without a stamp counts as of the picture before it."""
        stamp_ns = stamp_ns_of(packet) or self._demuxed_ns
        if self._beside is not None and stamp_ns is not None and packet.size:
            self._beside.take_klv(bytes(packet), stamp_ns=stamp_ns, arrival_utc_ns=time.time_ns())

    def _decoded_packet(self, packet: av.Packet[VideoStream]) -> list[VideoFrame]:
        self._demuxed_ns = stamp_ns_of(packet) or self._demuxed_ns
        try:
            return [frame for frame in packet.decode() if isinstance(frame, VideoFrame)]
        except av.error.EOFError:
            return []
        except av.error.FFmpegError as error:
            self.damaged_packets += 1
            if self.damaged_packets > MAX_DAMAGED_PACKETS:
                raise SourceError(f"{self._name}: more than {MAX_DAMAGED_PACKETS} damaged packets") from error
            return []

    def _raw(self, frame: VideoFrame, index: int, utc_ns: int) -> RawFrame:
        pixels = colour_of(frame) if self._colour_every and index % self._colour_every == 0 else grey_of(frame)
        if frame.rotation:
            pixels = np.ascontiguousarray(np.rot90(pixels, k=round(frame.rotation / 90)))
        return RawFrame(pixels, index=index, utc_ns=utc_ns)


def opened_file(path: Path) -> Source:
    """Open a closed local file; no device, pipe or address.

    Raises:
        SourceError: it is none, or no video, or a JPEG of which a part is missing.
    """
    if not path.is_file():
        raise SourceError(f"{path}: not a regular file; give a video or picture on this machine")
    stack = ExitStack()
    try:
        file = stack.enter_context(path.open("rb"))
        _refuse_half(file, path.name)
        container = stack.enter_context(av.open(file, "r", options=dict(FILE_OPTIONS), metadata_errors="ignore"))
        return Source(container, stack, name=path.name)
    except (av.error.FFmpegError, OSError, SourceError) as error:
        stack.close()
        if isinstance(error, SourceError):
            raise
        raise SourceError(f"{path.name}: cannot be opened as a video or picture ({_words(error)})") from error


def _refuse_half(file: BinaryIO, name: str) -> None:
    if breaks_off(file):
        raise SourceError(f"{name}: breaks off before the picture's end; bring the whole file")


def opened_stream(address: str) -> Source:
    """Open a live stream: RTSP, RTP by SDP, MPEG-TS over UDP, SRT, RTMP, or a file played as if it were live.

    Raises:
        SourceLostError: nothing answers there.
    """
    stack = ExitStack()
    try:
        container = stack.enter_context(
            av.open(
                address,
                "r",
                options=dict(LIVE_OPTIONS),
                timeout=(OPEN_TIMEOUT_S, READ_TIMEOUT_S),
                metadata_errors="ignore",
            )
        )
        source = Source(container, stack, name=_without_secrets(address))
    except (av.error.FFmpegError, SourceError) as error:
        stack.close()
        raise SourceLostError(
            f"{_without_secrets(address)}: no video there ({_words(error)}){_hint(address)}"
        ) from error
    source.play_live(paced=Path(address).is_file() and container.format.name != SESSION_DESCRIPTION)
    return source


def _video_stream(container: InputContainer, name: str) -> VideoStream:
    if not container.streams.video:
        raise SourceError(f"{name}: holds no video")
    stream = container.streams.video[0]
    width_px, height_px = stream.codec_context.width, stream.codec_context.height
    if not (0 < width_px <= MAX_SIDE_PX and 0 < height_px <= MAX_SIDE_PX):
        raise SourceError(f"{name}: a picture of {width_px} x {height_px} px; 1 to {MAX_SIDE_PX} are accepted")
    return stream


def _discard_all_but(video: VideoStream, container: InputContainer) -> None:
    """Have FFmpeg drop sound, subtitles and data before they become packets; none of their decoders is ever opened."""
    for stream in container.streams:
        if stream.index != video.index:
            stream.discard = Discard.all


def _words(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or error)


def _hint(address: str) -> str:
    return '; H.264 over RTP needs its session description: video = "NAME.sdp"' if address.startswith("rtp://") else ""


def _without_secrets(address: str) -> str:
    """Return the address without user, password and query (SRT's pass phrase stands there), for messages."""
    scheme, found, rest = address.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0]}" if found else address
