"""Two networks' finds as one list of people: each person once, each place by who sees more there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.scene import REFUSAL, boxes, capped, frame_of, lens, pose, textured
from tests.vision.steep import ABOVE, BOTH
from vision.boxes import Boxes, iou_matrix
from vision.capped import CappedFrame
from vision.networks import STREET, Networks
from vision.plan import count_passes
from vision.uniting import CROSS_IOU, Found, countable, depressions_of, sureness, typical_px, united, without_pose

Corners = tuple[float, float, float, float]
corners = st.tuples(st.floats(0, 200), st.floats(0, 200), st.floats(4, 40), st.floats(4, 40)).map(
    lambda place: (place[0], place[1], place[0] + place[2], place[1] + place[3])
)
HERE, THERE, BESIDE = (100.0, 100.0, 120.0, 140.0), (200.0, 100.0, 220.0, 140.0), (230.0, 100.0, 250.0, 140.0)


def scored(score: float, *xyxy: Corners) -> Boxes:
    found = boxes(*xyxy)
    return replace(found, scores=np.full(len(found), score, np.float32))


@given(st.lists(corners, max_size=8), st.lists(corners, max_size=8))
def test_all_of_the_first_stay_and_of_the_second_those_who_are_somebody_else(
    first: list[Corners], second: list[Corners]
) -> None:
    one, other = boxes(*first), boxes(*second)
    both = united(one, other)
    assert len(one) <= len(both) <= len(one) + len(other)
    np.testing.assert_array_equal(both.xyxy[: len(one)], one.xyxy)
    added = both.xyxy[len(one) :]
    if len(one) and len(added):
        assert iou_matrix(added, one.xyxy).max() <= CROSS_IOU
    assert len(united(one, one)) == len(one)


def test_sureness_is_that_of_several_finds() -> None:
    assert sureness(Boxes.none(), STREET) == 0
    one = sureness(scored(0.9, HERE), STREET)
    assert one < sureness(scored(0.5, *[HERE] * 5), STREET) == pytest.approx(0.5 / STREET.sure_threshold)
    assert sureness(scored(0.5, *[HERE] * 50), STREET) == pytest.approx(0.5 / STREET.sure_threshold)


@pytest.mark.parametrize(
    ("street", "above", "counted"),
    [
        (scored(0.3, HERE), scored(0.9, HERE, THERE, THERE), 3),
        (scored(0.9, HERE, THERE), scored(0.3, HERE), 2),
        (scored(0.6, HERE), scored(0.8, THERE, BESIDE), 2),
        (scored(0.6, HERE), scored(0.9, THERE), 1),
        (Boxes.none(), scored(0.3, THERE), 1),
        (Boxes.none(), Boxes.none(), 0),
    ],
    ids=["above alone", "street alone", "both", "both, above surer", "only above finds", "nobody"],
)
def test_without_a_pose_the_steep_network_counts_where_it_is_clearly_surer(
    street: Boxes, above: Boxes, counted: int
) -> None:
    assert len(without_pose((STREET, street), (ABOVE, above))) == counted


def counted(frame: CappedFrame, street: Boxes, above: Boxes) -> Boxes:
    return countable([Found(STREET, street), Found(ABOVE, above)], count_passes(frame, BOTH), frame)


def at_depression(frame: CappedFrame, degrees: float) -> Corners:
    """Return a box as large as a person, whose middle is seen under this depression, in the middle column."""
    rows = np.arange(20, frame.height_px - 20)
    middles = boxes(*[(159.5, row - 0.5, 160.5, row + 0.5) for row in rows])
    row = float(rows[np.argmin(abs(depressions_of(middles, frame) - degrees))])
    assert frame.bound is not None
    half_px = 0.45 * float(frame.bound.at(np.array([160.0]), np.array([row]))[0])
    return 160 - half_px, row - half_px, 160 + half_px, row + half_px


@pytest.mark.parametrize(("degrees", "by_street", "by_above"), [(42.0, 1, 1), (50.0, 1, 1), (57.0, 1, 1), (63.0, 0, 1)])
def test_each_place_is_counted_by_the_network_that_sees_more_there(
    degrees: float, by_street: int, by_above: int
) -> None:
    frame = frame_of(pose(pitch_deg=-52.0, alt_m=30.0))
    box = at_depression(frame, degrees)
    assert len(counted(frame, scored(0.9, box), Boxes.none())) == by_street
    assert len(counted(frame, Boxes.none(), scored(0.9, box))) == by_above
    assert len(counted(frame, scored(0.9, box), scored(0.8, box))) == 1


def test_weak_finds_do_not_count() -> None:
    frame = frame_of(pose(pitch_deg=-52.0, alt_m=30.0))
    box = at_depression(frame, 50.0)
    assert len(counted(frame, scored(0.19, box), scored(0.29, box))) == 0


def test_without_a_pose_the_rule_for_pictures_is_asked() -> None:
    frame = capped(textured(240, 320), REFUSAL, without_pose=True)
    assert np.isnan(depressions_of(boxes(HERE), frame)).all()
    assert len(counted(frame, scored(0.3, HERE), scored(0.9, THERE, BESIDE))) == 2
    assert len(counted(frame, scored(0.6, HERE, BESIDE), scored(0.7, THERE))) == 2


@given(st.lists(corners, min_size=1, max_size=8))
def test_the_typical_size_is_that_of_somebody_and_the_surer_say_more(places: list[Corners]) -> None:
    sides = [max(right - left, bottom - top) for left, top, right, bottom in places]
    assert min(sides) <= typical_px(boxes(*places)) * 1.0001 <= max(sides) * 1.0002
    huge = scored(0.99, *[(0.0, 0.0, 9.0, 700.0)] * (len(places) + 1))
    both = Boxes(
        xyxy=np.concatenate([boxes(*places).xyxy, huge.xyxy]),
        scores=np.concatenate([np.full(len(places), 0.5, np.float32), huge.scores]),
    )
    assert typical_px(both) == 700
    assert typical_px(Boxes.none()) == 0


@pytest.mark.parametrize(
    ("coarse", "fine", "people"),
    [
        (scored(0.9, HERE), scored(0.9, THERE), 1),
        (scored(0.9, (100.0, 100.0, 108.0, 110.0)), scored(0.9, THERE), 2),
        (scored(0.29, HERE), scored(0.9, THERE), 1),
        (Boxes.none(), scored(0.9, THERE), 1),
    ],
    ids=["large enough", "too small", "large but unsure", "nobody"],
)
def test_without_a_pose_a_finer_look_counts_only_where_people_are_small(
    coarse: Boxes, fine: Boxes, people: int
) -> None:
    frame = capped(textured(240, 320), REFUSAL, without_pose=True)
    all_of_them = Boxes(
        xyxy=np.concatenate([coarse.xyxy, fine.xyxy]), scores=np.concatenate([coarse.scores, fine.scores])
    )
    found = [
        Found(STREET, Boxes.none(), ((1.0, Boxes.none()), (2.0, Boxes.none()))),
        Found(ABOVE, all_of_them, ((1.0, coarse), (2.0, fine))),
    ]
    assert len(countable(found, count_passes(frame, BOTH), frame)) == people
    street = [replace(one, network=STREET) for one in found[1:]]
    by_street = countable(street, count_passes(frame, Networks()), frame)
    assert len(by_street) == int((all_of_them.scores >= 0.24).sum())


def test_a_camera_that_looks_straight_down_counts_by_the_steep_network_alone() -> None:
    frame = frame_of(pose(pitch_deg=-90.0, alt_m=30.0, intrinsics=lens(focal_px=500.0)))
    box = at_depression(frame, 90.0)
    assert len(counted(frame, scored(0.9, box), Boxes.none())) == 0
    assert len(counted(frame, scored(0.9, box), scored(0.5, box))) == 1


def test_a_shadow_found_beside_the_person_counts_with_the_steep_network_only_once() -> None:
    frame = frame_of(pose(pitch_deg=-90.0))
    body = at_depression(frame, 85.0)
    half = (body[2] - body[0]) / 2
    beside = (body[0] + half * 0.9, body[1], body[2] + half * 0.9, body[3])
    both = Boxes(xyxy=np.array([body, beside], np.float32), scores=np.array([0.9, 0.6], np.float32))
    assert iou_matrix(both.xyxy[:1], both.xyxy[1:])[0, 0] < 0.45
    assert counted(frame, Boxes.none(), both).xyxy.tolist() == [pytest.approx(body)]
    apart = replace(ABOVE, same_person_share=1.0)
    passes = [replace(each, network=apart) for each in count_passes(frame, BOTH)]
    assert len(countable([Found(apart, both)], passes, frame)) == 2
