"""The product's own cap, eyes, gate and encoders, with detectors that find nobody: what the caps alone leave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from flightlink.mission import Mission, RedactionLevel
from flightlink.pose import CameraPose
from proofs.published import decoded_jpeg, decoded_video
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.detectors import FaceDetector, PersonDetector
from vision.eyes import Eyes
from vision.gate import Gate, RedactedStream, Released
from vision.raw.cap import Cap
from vision.raw.frames import RawFrame

Bytes = NDArray[np.uint8]

FPS: Final = 10.0
FRAME_NS: Final = 100_000_000
UTC_NS: Final = 1_700_000_000_000_000_000
HOUR_NS: Final = 3_600_000_000_000


class FindsNobody(PersonDetector):
    """A detector that misses everybody."""

    def __init__(self) -> None:
        """Load nothing."""

    def find(self, picture: Bytes, *, threshold: float, scale: float = 1.0) -> Boxes:  # noqa: ARG002 - as the real one
        """Find nobody."""
        return Boxes.none()


class FindsNoFace(FaceDetector):
    """A detector that misses every face."""

    def __init__(self) -> None:
        """Load nothing."""

    def find(self, picture: Bytes, *, threshold: float, scale: float = 1.0) -> Boxes:  # noqa: ARG002 - as the real one
        """Find no face."""
        return Boxes.none()


def everywhere(pose: CameraPose) -> Mission:
    """Return a mission that allows all that the camera may see, now."""
    corners = ((-0.05, -0.04), (0.05, -0.04), (0.05, 0.04), (-0.05, 0.04))
    return Mission(
        area=tuple((pose.lon_deg + east_deg, pose.lat_deg + north_deg) for east_deg, north_deg in corners),
        starts_utc_ns=UTC_NS - HOUR_NS,
        ends_utc_ns=UTC_NS + HOUR_NS,
        min_agl_m=0.0,
        max_agl_m=200.0,
        purpose="proof of the caps",
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Shown:
    """What became of one picture at each step."""

    capped: CappedFrame
    """What the detectors saw."""
    released: Released
    """What the gate let out, not encoded yet."""
    video: Bytes
    """uint8 (height, width, 3) BGR at the source's size, as a viewer's decoder makes it of the stream."""
    jpeg: Bytes


def shown(
    pictures: list[Bytes], poses: list[CameraPose], *, level: RedactionLevel = RedactionLevel.STRICT
) -> list[Shown]:
    """Send pictures, uint8 (height, width[, 3]) of one size, through the sealed room as one stream.

    Raises:
        RuntimeError: the gate stayed closed; then nothing was measured.
    """
    cap, eyes = Cap(), Eyes(FindsNobody(), FindsNoFace(), level=level)
    gate = Gate(mission=everywhere(poses[0]), level=level)
    height_px, width_px = pictures[0].shape[:2]
    stream = RedactedStream("proof", width_px=width_px, height_px=height_px, fps=FPS)
    capped, released, sent = [], [], [stream.opening()]
    for index, (picture, pose) in enumerate(zip(pictures, poses, strict=True)):
        raw = RawFrame(picture, index=index, utc_ns=UTC_NS + index * FRAME_NS)
        capped.append(cap.capped(raw, replace(pose, utc_ns=raw.utc_ns)))
        released.append(gate.released(capped[-1], [eyes.look(capped[-1]).look]))
        if released[-1].closed_because:
            raise RuntimeError(f"the gate stayed closed: {released[-1].closed_because}")
        sent += stream.taken(released[-1])
    sent += stream.closing()
    video = decoded_video(b"".join(frame.data for frame in sent))
    jpegs = [decoded_jpeg(stream.snapshot(one).data) for one in released]
    return [
        Shown(capped=a, released=b, video=c, jpeg=d) for a, b, c, d in zip(capped, released, video, jpegs, strict=True)
    ]


def luma(picture: Bytes) -> Bytes:
    """Return the grey levels of a picture, uint8 (height, width)."""
    return picture if picture.ndim == 2 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
