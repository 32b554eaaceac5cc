"""Encode redacted pictures once for all viewers: H.264 in fragmented MP4, and JPEG. No source byte is kept."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import av
import cv2
import numpy as np
from av.video.frame import PictureType, VideoFrame
from av.video.plane import VideoPlane
from av.video.stream import VideoStream
from numpy.typing import NDArray

from vision.errors import EncodeError
from vision.fmp4 import fragment

TIME_BASE: Final = Fraction(1, 90_000)
SET_BACK_PTS: Final = TIME_BASE.denominator
"""A picture so long before the last one is no latecomer, its clock was set back: 1 s."""
JPEG_QUALITY: Final = 80
X264_OPTIONS: Final = {
    "preset": "ultrafast",
    "tune": "zerolatency",
    "crf": "27",
    "x264-params": "scenecut=0",
    "forced-idr": "1",
}
MP4_OPTIONS: Final = {"movflags": "empty_moov+default_base_moof", "fflags": "bitexact"}
"""Of the stream's head. Bit-exact: no name of a program, no time of writing."""
LIVE_LASTS_S: Final = 0.2
"""What a live picture says of itself, as nobody knows when the next one comes; `static/player.js` knows it too.

A browser takes a picture later than twice this for the beginning of something else, for which it wants a keyframe."""
NO_COLOUR: Final = 128
"""Both chroma planes of a luma-only picture."""
_LIVE_LASTS: Final = round(LIVE_LASTS_S * TIME_BASE.denominator)


class _Shelf:
    """A file that FFmpeg writes into and we empty."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, part: bytes) -> int:
        """Take some bytes."""
        self._parts.append(bytes(part))
        return len(part)

    def emptied(self) -> bytes:
        """Return what came since the last call."""
        whole = b"".join(self._parts)
        self._parts.clear()
        return whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """The encoded bytes of one picture."""

    utc_ns: int
    keyframe: bool
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Encoded:
    """A picture whose fragment is not written yet."""

    utc_ns: int
    pts: int
    keyframe: bool
    access_unit: bytes


class FragmentEncoder:
    """Turns redacted pictures of one size into one fragmented MP4 stream.

    Each picture becomes a fragment of its own, so a viewer can join at any keyframe, and they come at least
    once a second.
    """

    def __init__(
        self,
        *,
        width_px: int,
        height_px: int,
        fps: float,
        threads: int = 1,
        replay_speed: float | None = None,
        live: bool = False,
    ) -> None:
        """Open the encoder; odd sizes lose their last row or column, as H.264 asks for even ones.

        A replay's pictures are shown as long as they took to be seen: slow ones longer, and nothing between its pieces.
        A live picture leaves at once; one of a file when the next is there, and lasts until that one.
        """
        self._live: Final = live
        self._stretch: Final = 1.0 if replay_speed is None else 1 / min(1.0, replay_speed)
        self._closes_gaps: Final = replay_speed is not None
        self.width_px: Final = max(2, width_px - width_px % 2)
        self.height_px: Final = max(2, height_px - height_px % 2)
        self._shelf = _Shelf()
        self._container = av.open(self._shelf, "w", format="mp4", options=dict(MP4_OPTIONS))
        self._fps: Final = fps
        rate = Fraction(fps).limit_denominator(1001)
        stream = self._container.add_stream("libx264", rate=rate, options={**X264_OPTIONS, "threads": str(threads)})
        if not isinstance(stream, VideoStream):
            raise EncodeError("this FFmpeg has no H.264 encoder")
        stream.width, stream.height, stream.pix_fmt = self.width_px, self.height_px, "yuv420p"
        stream.codec_context.gop_size = max(1, round(fps))
        stream.codec_context.time_base = TIME_BASE
        stream.codec_context.color_range = 2  # full range: luma is written as it is
        stream.codec_context.max_b_frames = 0
        self._stream = stream
        self._container.start_encoding()
        self.init_segment: Final = self._shelf.emptied()
        self._first_utc_ns: int | None = None
        self._last_pts = -1
        self._pending: _Encoded | None = None
        self._written = 0

    @property
    def codec(self) -> str:
        """RFC 6381 name of the stream, for a browser's decoder."""
        extradata = self._stream.codec_context.extradata or b""
        profile, constraints, level = _sps_head(extradata)
        return f"avc1.{profile:02X}{constraints:02X}{level:02X}"

    def fragments(self, picture: NDArray[np.uint8], *, utc_ns: int, keyframe: bool = False) -> list[Fragment]:
        """Take one picture, uint8 (height, width[, 3]) BGR, and return the fragments that are complete by now.

        With `keyframe` it needs no picture before it, so that viewers may leave out what they have not seen yet.
        """
        before = self._last_pts
        pts = self._next_pts(utc_ns)
        frame = self._frame(picture)
        frame.pts, frame.time_base = pts, TIME_BASE
        if keyframe or (self._live and pts - before > 2 * _LIVE_LASTS):
            frame.pict_type = PictureType.I
        packets = self._stream.encode(frame)
        if not packets:
            raise EncodeError("the encoder kept a picture back")
        encoded = _Encoded(
            utc_ns=utc_ns,
            pts=pts,
            keyframe=any(packet.is_keyframe for packet in packets),
            access_unit=b"".join(bytes(packet) for packet in packets),
        )
        if self._live:
            return [self._fragment(encoded, lasts=_LIVE_LASTS)]
        pending, self._pending = self._pending, encoded
        return [] if pending is None else [self._fragment(pending, lasts=pts - pending.pts)]

    def _next_pts(self, utc_ns: int) -> int:
        """Return the picture's place on the stream's own time line, which always rises; a set clock bends it once."""
        if self._first_utc_ns is None:
            self._first_utc_ns = utc_ns
        pts = int((utc_ns - self._first_utc_ns) * self._stretch) * 9 // 100_000
        gap = self._closes_gaps and pts > self._last_pts + SET_BACK_PTS
        if gap or pts < self._last_pts - SET_BACK_PTS:
            pts = self._last_pts + round(TIME_BASE.denominator / self._fps)
            self._first_utc_ns = utc_ns - int(pts * 100_000 // 9 / self._stretch)
        self._last_pts = max(self._last_pts + 1, pts)
        return self._last_pts

    def closed(self) -> list[Fragment]:
        """Return the last fragment; nothing can be encoded afterwards."""
        self._container.close()
        pending, self._pending = self._pending, None
        return [] if pending is None else [self._fragment(pending, lasts=round(TIME_BASE.denominator / self._fps))]

    def _fragment(self, encoded: _Encoded, *, lasts: int) -> Fragment:
        self._written += 1
        data = fragment(
            self._written, pts=encoded.pts, lasts=lasts, keyframe=encoded.keyframe, access_unit=encoded.access_unit
        )
        return Fragment(utc_ns=encoded.utc_ns, keyframe=encoded.keyframe, data=data)

    def _frame(self, picture: NDArray[np.uint8]) -> VideoFrame:
        cut = picture[: self.height_px, : self.width_px]
        if cut.shape[:2] != (self.height_px, self.width_px):
            raise EncodeError(f"a picture of {cut.shape[1]} x {cut.shape[0]} px came into a stream of another size")
        if cut.ndim == 3:
            colour = VideoFrame.from_ndarray(np.ascontiguousarray(cut), format="bgr24")
            return colour.reformat(format="yuv420p", dst_color_range="JPEG")  # full range, as the stream says
        grey = VideoFrame(self.width_px, self.height_px, "yuv420p")
        luma, *chroma = (_rows(plane) for plane in grey.planes)
        luma[:, : self.width_px] = cut
        for rows in (luma[:, self.width_px :], *chroma):  # also what pads a row: nothing that memory held goes along
            rows[...] = NO_COLOUR
        return grey


def _rows(plane: VideoPlane) -> NDArray[np.uint8]:
    """Return a view of a frame's plane, uint8 (height, width and padding)."""
    return np.frombuffer(memoryview(plane), np.uint8).reshape(plane.height, plane.line_size)


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    """Return a redacted picture as JPEG without any metadata."""
    done, encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise EncodeError("the snapshot cannot be encoded")
    return encoded.tobytes()


def _sps_head(extradata: bytes) -> tuple[int, int, int]:
    """Return profile, constraints and level from avcC or Annex B parameter sets."""
    if extradata[:1] == b"\x01":
        return extradata[1], extradata[2], extradata[3]
    start = extradata.find(b"\x00\x00\x01\x67")
    if start < 0:
        raise EncodeError("the encoder gave no parameter set")
    return extradata[start + 4], extradata[start + 5], extradata[start + 6]
