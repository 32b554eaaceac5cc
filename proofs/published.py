"""From gate 1's answer to the pixels that anyone sees: encoded as for viewers, and decoded again."""

from __future__ import annotations

import hashlib
import io

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from vision.frames import Media
from vision.gate import RedactedStream, Released

Bytes = NDArray[np.uint8]

FPS = 10.0


def media_of(released: list[Released], *, size: tuple[int, int] | None = None) -> dict[Media, bytes]:
    """Return all bytes of each kind that leave for these pictures; `size`, width and height, is the source's."""
    width, height = size or released[0].picture.shape[1::-1]
    stream = RedactedStream("proof", width_px=width, height_px=height, fps=FPS)
    frames = [stream.opening(), *(frame for one in released for frame in stream.taken(one)), *stream.closing()]
    frames += [stream.snapshot(one) for one in released]
    return {media: b"".join(frame.data for frame in frames if frame.media is media) for media in Media}


def digest_of(media: dict[Media, bytes]) -> str:
    """Return one hash of all that left."""
    return hashlib.sha256(b"".join(media[kind] for kind in sorted(media))).hexdigest()


def decoded_video(data: bytes) -> list[Bytes]:
    """Return every picture of a video, uint8 (height, width, 3) BGR, as a viewer's decoder makes them."""
    with av.open(io.BytesIO(data), "r") as container:
        return [np.asarray(frame.to_ndarray(format="bgr24"), np.uint8) for frame in container.decode(video=0)]


def decoded_jpeg(data: bytes) -> Bytes:
    """Return a JPEG's picture, uint8 (height, width, 3) BGR."""
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), np.uint8)


def pictures_of(media: dict[Media, bytes]) -> list[Bytes]:
    """Return all pictures that left: each of the video, and the first JPEG."""
    video = decoded_video(media[Media.FMP4_INIT] + media[Media.FMP4_FRAGMENT])
    return [*video, decoded_jpeg(media[Media.JPEG])]


def colour_of(picture: Bytes) -> int:
    """Return the greatest difference between two channels of a picture, grey levels: 0 for luma alone."""
    return int(np.ptp(picture.astype(np.int16), axis=2).max())
