"""Nothing raw under a mask or on closed ground moves a byte of what leaves: other pictures there, the same output."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from flightlink.mission import RedactionLevel
from proofs.blind import UTC_NS
from proofs.interference import (
    PERSONS,
    SETTINGS,
    BlursInPlaceOfTheFill,
    Room,
    Setting,
    filled_otherwise,
    finding_of,
    hidden_in,
    looks_over,
    outcome,
    scene_of,
    setting,
)
from proofs.published import digest_of, media_of
from tests.vision.scene import Picture, frame_of, lens, look_at, mission, pose
from vision.gate import Gate
from vision.masks import mask_for
from vision.raw.cap import Cap
from vision.raw.frames import RawFrame

FILLINGS = 25


@pytest.mark.parametrize("level", list(RedactionLevel))
@pytest.mark.parametrize("of", SETTINGS, ids=lambda of: of.name)
def test_what_is_hidden_cannot_change_one_byte(of: Setting, level: RedactionLevel) -> None:
    found = outcome(of, level, None, count=FILLINGS, seed=5)
    assert 0.2 < found.hidden_share < 0.95
    assert not found.closed
    assert len(found.digests) == 1
    assert finding_of({of.name: found}).holds


@pytest.mark.parametrize("level", list(RedactionLevel))
def test_a_blur_in_place_of_the_fill_would_tell_them_apart(level: RedactionLevel) -> None:
    found = outcome(SETTINGS[1], level, None, count=20, seed=5, gate=BlursInPlaceOfTheFill)
    assert len(found.digests) > 18
    assert not finding_of({"blur": found}).holds


def test_a_sabotaged_fill_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def leaking(picture: Picture, mask: Picture) -> Picture:
        return np.asarray(cv2.copyTo(np.asarray(cv2.blur(picture, (31, 31)), np.uint8), mask, picture.copy()), np.uint8)

    monkeypatch.setattr("vision.gate.filled", leaking)
    assert len(outcome(SETTINGS[0], RedactionLevel.STRICT, None, count=8, seed=5).digests) == 8


def room(of: Setting) -> Room:
    return Room(cap=Cap(), gate=Gate(mission=of.mission), doubts=None, level=RedactionLevel.STRICT)


def test_one_patch_beside_a_mask_does_change_the_output() -> None:
    """The control of the control: the picture is not simply constant."""
    of = SETTINGS[1]
    picture = scene_of(of, RedactionLevel.STRICT, np.random.default_rng(2))
    changed = picture.copy()
    changed[220:236, 4:20] ^= 255
    digests = {digest_of(media_of(room(of).released([one], of.pose)[1])) for one in (picture, changed)}
    assert len(digests) == 2


@pytest.mark.parametrize("of", SETTINGS, ids=lambda of: of.name)
def test_all_of_a_found_person_s_box_is_out_of_reach(of: Setting) -> None:
    """The cap smears raw pixels before anything is masked: masks are larger than people for this reason, too."""
    picture = scene_of(of, RedactionLevel.STRICT, np.random.default_rng(2))
    frames, released = room(of).released([picture], of.pose)
    free = hidden_in(of, frames[0], released[0])
    for left, top, right, bottom in PERSONS:
        assert (free[max(0, top) : bottom, left:right] == 255).all()


def test_raw_pixels_change_nothing_at_the_source_s_full_size() -> None:
    """The same through a stream that is larger than the working picture, as with a long lens."""
    of = setting("long lens", alt_m=12, pitch_deg=-90, focal_px=600, finer=2)
    rng = np.random.default_rng(7)
    picture = scene_of(of, RedactionLevel.STRICT, rng)
    frames, released = room(of).released([picture], of.pose)
    assert frames[0].width_px == of.size[0] // 2
    where = hidden_in(of, frames[0], released[0])
    digests = set()
    for _ in range(10):
        _, released = room(of).released([filled_otherwise(picture, where, rng)], of.pose)
        digests.add(digest_of(media_of(released, size=of.size)))
    assert len(digests) == 1


def test_capped_pixels_up_to_the_very_edge_of_a_mask_change_nothing() -> None:
    """After the cap, all that the gate hides is out of reach, without any distance from the edge."""
    frame = frame_of(pose(pitch_deg=-60, alt_m=6, intrinsics=lens()))
    looks = [look_at(frame, *PERSONS)]
    hidden = mask_for(frame, looks)
    rng = np.random.default_rng(3)
    pictures = {
        Gate(mission=mission())
        .released(replace(frame, pixels=filled_otherwise(frame.pixels, hidden, rng)), looks)
        .picture.tobytes()
        for _ in range(FILLINGS)
    }
    assert len(pictures) == 1


def test_the_looks_of_the_proof_are_those_of_its_frame() -> None:
    of = SETTINGS[0]
    raw = RawFrame(scene_of(of, RedactionLevel.STRICT, np.random.default_rng(1)), index=0, utc_ns=UTC_NS)
    frame = Cap().capped(raw, of.pose)
    assert [len(look.boxes) for look in looks_over(frame)] == [3, 4, 3]
