"""Nothing under a mask or on closed ground moves a byte of what leaves: 50 different pictures there, one output."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import cv2
import numpy as np
import pytest

from flightlink.mission import RedactionLevel
from flightlink.pose import CameraPose
from tests.vision.scene import Picture, frame_of, lens, look_at, mission, pose, square, textured
from vision.capped import CappedFrame
from vision.frames import Media
from vision.gate import Gate, RedactedStream, Released
from vision.masks import Look, mask_for

FILLINGS = 50
PERSONS = ((30, 40, 62, 120), (150, 90, 190, 200), (170, 100, 240, 180), (300, -20, 400, 60))
VIEWS = {
    "under the cap": pose(),
    "capped twice": pose(pitch_deg=-60, alt_m=6),
    "horizon in view": pose(pitch_deg=-12, yaw_deg=40),
}


def fillings(frame: CappedFrame, hidden: Picture) -> list[CappedFrame]:
    """Return the frame with other pixels wherever they are hidden: noise, black, white, a copy of the rest."""
    shape = frame.pixels.shape
    plain = [np.zeros(shape, np.uint8), np.full(shape, 255, np.uint8), frame.pixels, frame.pixels[::-1]]
    noise = [textured(shape[0], shape[1], seed=seed, colour=len(shape) == 3) for seed in range(FILLINGS - len(plain))]
    return [replace(frame, pixels=cv2.copyTo(under, hidden, frame.pixels.copy())) for under in plain + noise]  # type: ignore[arg-type]


def sent(released: list[Released], *, fps: float = 10.0) -> dict[Media, bytes]:
    """Return all bytes of each kind that the gate's last step makes of these pictures."""
    height_px, width_px = released[0].picture.shape[:2]
    stream = RedactedStream("north", width_px=width_px, height_px=height_px, fps=fps)
    frames = [stream.opening(), *(frame for one in released for frame in stream.taken(one)), *stream.closing()]
    frames += [stream.snapshot(one) for one in released]
    return {media: b"".join(frame.data for frame in frames if frame.media is media) for media in Media}


def digests(frames: list[CappedFrame], looks: list[Look], level: RedactionLevel) -> list[set[str]]:
    """Return the different hashes of picture, fragments and JPEG that come out."""
    found: list[set[str]] = [set(), set(), set()]
    for frame in frames:
        gate = Gate(mission=mission(area=square(60)), level=level)
        released = [gate.released(frame, looks) for _ in range(2)]
        assert not released[0].closed_because
        media = sent(released)
        parts = (released[0].picture.tobytes(), media[Media.FMP4_FRAGMENT], media[Media.JPEG])
        for digest, part in zip(found, parts, strict=True):
            digest.add(hashlib.sha256(part).hexdigest())
    return found


def looks_over(frame: CappedFrame) -> list[Look]:
    before, after = look_at(frame, *PERSONS[:3], later_s=-0.1), look_at(frame, *PERSONS[1:], later_s=0.12)
    return [before, after]


@pytest.mark.parametrize("level", list(RedactionLevel))
@pytest.mark.parametrize("camera", VIEWS.values(), ids=VIEWS)
def test_what_is_hidden_cannot_change_one_byte(camera: CameraPose, level: RedactionLevel) -> None:
    frame = frame_of(camera, colour=level is RedactionLevel.FLOOR)
    looks = looks_over(frame)
    hidden = Gate(mission=mission(area=square(60))).released(frame, looks).hidden
    assert 0.05 < np.count_nonzero(hidden) / hidden.size < 0.95
    assert [len(found) for found in digests(fillings(frame, hidden), looks, level)] == [1, 1, 1]


def test_a_blur_in_place_of_the_fill_would_tell_them_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def blurred(picture: Picture, mask: Picture) -> Picture:
        smooth = np.asarray(cv2.GaussianBlur(picture, (35, 35), 0), np.uint8)
        return np.asarray(cv2.copyTo(smooth, mask, picture.copy()), np.uint8)

    monkeypatch.setattr("vision.gate.filled", blurred)
    frame = frame_of()
    looks = looks_over(frame)
    found = digests(fillings(frame, mask_for(frame, looks)), looks, RedactionLevel.STRICT)
    assert all(len(digest) > FILLINGS * 0.9 for digest in found)


def test_one_pixel_beside_a_mask_does_change_the_output() -> None:
    """The control of the control: the picture is not simply constant."""
    frame = frame_of()
    looks = looks_over(frame)
    pixels = frame.pixels.copy()
    pixels[220:236, 4:20] ^= 255
    found = digests([frame, replace(frame, pixels=pixels)], looks, RedactionLevel.STRICT)
    assert [len(digest) for digest in found] == [2, 2, 2]


def test_a_masked_person_s_looks_change_nothing_at_the_source_s_full_size() -> None:
    """The same through a stream that is larger than the working picture, as with a long lens."""
    frame = frame_of(pose(pitch_deg=-90, alt_m=12, intrinsics=lens(640, 480, 1200)))
    assert frame.width_px == 320
    looks = [look_at(frame, (40, 30, 70, 80))]
    hashes = set()
    for filling in fillings(frame, mask_for(frame, looks))[:10]:
        stream = RedactedStream("north", width_px=640, height_px=480, fps=10)
        released = Gate(mission=mission()).released(filling, looks)
        hashes.add(hashlib.sha256(b"".join(f.data for f in [*stream.taken(released), *stream.closing()])).hexdigest())
    assert len(hashes) == 1
