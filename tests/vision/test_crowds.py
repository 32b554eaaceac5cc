"""A crowd is looked at finer, and who is found in it counts although the others cover them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.mission import RedactionLevel
from tests.vision.scene import REFUSAL, boxes, capped, frame_of, lens, pose, textured
from tests.vision.steep import ABOVE, BOTH, Remembers
from vision.boxes import Boxes, union
from vision.capped import CappedFrame
from vision.counter import Counter, box_centres
from vision.crowds import LEAST_GAIN, MOST_APART_PER_M2, WANTED_PX_PER_M, closer_look, crowd_among, told_apart
from vision.engine import MAX_SIDE_PX, Picture
from vision.eyes import Above, Eyes
from vision.plan import COUNT_BUDGET_PX, count_passes, input_px
from vision.plausible import scale_at
from vision.uniting import Found, countable

LENS = lens(960, 540, 1190.0)
PX = 34.0
"""About a metre on the ground in the middle of the picture."""


def frame(pitch_deg: float = -50.0, *, alt_m: float = 27.0) -> CappedFrame:
    return frame_of(pose(pitch_deg=pitch_deg, alt_m=alt_m, intrinsics=LENS))


def people(count: int, *, apart_m: float, u_px: float = 480.0, v_px: float = 270.0, score: float = 0.9) -> Boxes:
    """Return boxes of people who stand on a square grid about a place of the picture, seen at 50 degrees."""
    side = int(np.ceil(np.sqrt(count)))
    across, along = (axis.ravel()[:count] - (side - 1) / 2 for axis in np.meshgrid(np.arange(side), np.arange(side)))
    u, v = u_px + PX * apart_m * across, v_px + PX * apart_m * along * np.sin(np.radians(50))
    corners = np.stack([u - 8, v - 22, u + 8, v + 22], axis=1).astype(np.float32)
    return Boxes(xyxy=corners, scores=np.full(count, score, np.float32))


class Finer:
    """A detector that finds some in the whole picture, and more in a part of it."""

    def __init__(self, coarse: Boxes, fine: Boxes, width_px: int) -> None:
        self._coarse, self._fine, self._width_px = coarse, fine, width_px
        self.parts: list[tuple[tuple[int, ...], float, float]] = []

    def find(self, picture: Picture, *, threshold: float, scale: float = 1.0) -> Boxes:
        if picture.shape[1] == self._width_px:
            return self._coarse.kept(self._coarse.scores > threshold)
        self.parts.append((picture.shape[:2], threshold, scale))
        return self._fine.kept(self._fine.scores > threshold)


def limited_to(people_found: Boxes, limit_per_m2: float) -> Boxes:
    return replace(people_found, apart_per_m2=np.full(len(people_found), limit_per_m2, np.float32))


def eyes_of(above: Any) -> Eyes:
    nobody: Any = Remembers(Boxes.none())
    return Eyes(nobody, nobody, level=RedactionLevel.STRICT, above=Above(detector=above, network=ABOVE))


def test_few_or_far_apart_are_no_crowd() -> None:
    assert crowd_among(Boxes.none(), frame()) is None
    assert crowd_among(people(6, apart_m=0.8), frame()) is None
    assert crowd_among(people(64, apart_m=3.0), frame()) is None


def test_without_a_pose_nobody_knows_how_close_people_stand() -> None:
    assert crowd_among(people(64, apart_m=0.8), capped(textured(540, 960), REFUSAL, without_pose=True)) is None


def test_only_those_who_stand_close_are_the_crowd() -> None:
    far = people(1, apart_m=1.0, u_px=60.0, v_px=480.0)
    crowd = crowd_among(union(people(36, apart_m=0.8), far), frame())
    assert crowd is not None
    assert len(crowd.boxes) == 36


@given(st.floats(0.2, 2.0), st.floats(-1e5, 3e6), st.floats(-75.0, -30.0), st.floats(8.0, 60.0))
def test_a_closer_look_keeps_to_what_is_left_and_is_worth_its_cost(
    scale: float, left_px: float, pitch_deg: float, alt_m: float
) -> None:
    seen = frame(pitch_deg, alt_m=alt_m)
    crowd = crowd_among(people(49, apart_m=0.6), seen)
    closer = None if crowd is None else closer_look(crowd, seen, scale=scale, most_scale=4.0, budget_px=left_px)
    if crowd is None or closer is None:
        return
    wide, tall = closer.columns.stop - closer.columns.start, closer.rows.stop - closer.rows.start
    assert 0 <= closer.columns.start < closer.columns.stop <= seen.width_px
    assert 0 <= closer.rows.start < closer.rows.stop <= seen.height_px
    assert wide * tall * closer.scale**2 <= left_px * 1.0001
    assert LEAST_GAIN * scale <= closer.scale <= 4.0
    assert closer.scale * max(wide, tall) <= MAX_SIDE_PX
    assert closer.scale * crowd.px_per_m <= WANTED_PX_PER_M * 1.0001


def test_in_a_crowd_the_finer_look_counts_and_outside_it_the_first() -> None:
    seen = frame()
    far = people(1, apart_m=1.0, u_px=60.0, v_px=480.0)
    coarse, fine = union(people(25, apart_m=1.0), far), union(people(64, apart_m=0.6), far.moved_to(far.xyxy + 3))
    crowd = crowd_among(coarse, seen)
    assert crowd is not None
    both = told_apart(coarse, fine, crowd, seen, scale=2.0)
    assert len(both) == 64 + 1
    np.testing.assert_array_equal(both.xyxy[0], far.xyxy[0])


def test_the_finer_the_look_and_the_steeper_the_view_the_more_are_told_apart() -> None:
    coarse = people(36, apart_m=0.8)
    limits = []
    for pitch_deg, scale in ((-30.0, 1.0), (-50.0, 1.0), (-50.0, 1.5), (-50.0, 4.0)):
        seen = frame(pitch_deg)
        crowd = crowd_among(coarse, seen)
        assert crowd is not None
        limits.append(float(told_apart(coarse, coarse, crowd, seen, scale=scale).limits_per_m2().min()))
    assert limits == sorted(limits)
    assert limits[-1] == pytest.approx(MOST_APART_PER_M2)
    assert limits[0] < 0.5 * limits[1]


def test_eyes_look_closer_at_a_crowd_with_what_is_left_of_the_budget() -> None:
    seen = frame()
    detector = Finer(people(36, apart_m=0.8), people(49, apart_m=0.6, u_px=150, v_px=150, score=0.25), seen.width_px)
    found = eyes_of(detector).people(seen)
    spent_px = sum(input_px(each, seen) for each in count_passes(seen, BOTH))
    [(shape, threshold, scale)] = detector.parts
    assert threshold == ABOVE.crowd_threshold
    assert shape[0] * shape[1] * scale**2 <= COUNT_BUDGET_PX - spent_px
    assert np.isfinite(found.limits_per_m2()).sum() >= 30
    assert len(found) >= 40  # more than the first look's 36, less than all: some of the part lie outside the crowd


def test_who_covers_another_in_a_crowd_is_somebody_else_and_outside_the_same() -> None:
    seen = frame()
    close = people(36, apart_m=0.35)
    assert len(countable([Found(BOTH.street, Boxes.none()), Found(ABOVE, close)], count_passes(seen, BOTH), seen)) < 20
    crowd = crowd_among(close, seen)
    assert crowd is not None
    found = [Found(BOTH.street, Boxes.none()), Found(ABOVE, close, crowd=(crowd, None, 1.0))]
    assert len(countable(found, count_passes(seen, BOTH), seen)) == 36


def test_a_crowd_that_was_not_told_apart_is_a_lower_bound() -> None:
    seen = frame()
    crowd = people(100, apart_m=0.7)
    counter = Counter("north", epsg=2154, mission=None, networks=BOTH)
    sure, doubted = (counter.counts(seen, limited_to(crowd, limit)) for limit in (np.inf, 1.0))
    assert sure is not None
    assert doubted is not None
    assert not any(cell.saturated for cell in sure.cells)
    assert any(cell.saturated for cell in doubted.cells)
    assert sum(cell.people for cell in sure.cells) == sum(cell.people for cell in doubted.cells)


def test_boxes_keep_what_is_known_of_them() -> None:
    told, plain = limited_to(boxes((0.0, 0.0, 9.0, 9.0)), 1.5), boxes((0.0, 0.0, 9.0, 9.0))
    assert told.kept(np.array([True])).limits_per_m2() == told.scaled(2, 2).limits_per_m2() == 1.5
    assert union(told, plain).limits_per_m2().tolist() == [1.5, np.inf]
    assert union(plain, plain).apart_per_m2 is None
    assert scale_at(frame(), *box_centres(told)) is not None


def test_a_crowd_says_nothing_of_who_stands_far_from_it() -> None:
    seen = frame()
    crowded, far = people(100, apart_m=0.5), people(12, apart_m=1.4, u_px=120.0, v_px=430.0)
    crowd = crowd_among(crowded, seen)
    assert crowd is not None
    told = told_apart(union(crowded, far), crowded, crowd, seen, scale=0.8)
    counts = Counter("north", epsg=2154, mission=None, networks=BOTH).counts(seen, told)
    assert counts is not None
    by_density = sorted((cell for cell in counts.cells if cell.found >= 5), key=lambda cell: cell.found)
    assert by_density[-1].saturated
    assert not by_density[0].saturated
