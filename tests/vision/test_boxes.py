"""Geometry of boxes: hand-made cases and properties."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from vision.boxes import Boxes, BoxesError, Floats, areas, iou_matrix, nms, shared_of_smaller, union


def boxes_at(*rows: tuple[float, float, float, float], scores: list[float] | None = None) -> Boxes:
    given_scores = scores if scores is not None else [1.0] * len(rows)
    return Boxes(xyxy=np.array(rows, np.float32).reshape(-1, 4), scores=np.array(given_scores, np.float32))


@st.composite
def some_boxes(draw: st.DrawFn) -> Boxes:
    n = draw(st.integers(0, 12))
    corner = arrays.arrays(np.float32, (n, 2), elements=st.floats(-50, 200, width=32))
    side = arrays.arrays(np.float32, (n, 2), elements=st.floats(1, 100, width=32))
    scores = draw(arrays.arrays(np.float32, n, elements=st.floats(0, 1, width=32)))
    low = draw(corner)
    return Boxes(xyxy=np.hstack([low, low + draw(side)]), scores=scores)


@pytest.mark.parametrize(
    ("xyxy", "scores"), [((2, 4), (3,)), ((2, 3), (2,)), ((4,), (1,)), ((1, 4), (1, 1)), ((0, 4), (1,))]
)
def test_wrong_shapes_are_named_both(xyxy: tuple[int, ...], scores: tuple[int, ...]) -> None:
    with pytest.raises(BoxesError) as refusal:
        Boxes(xyxy=np.zeros(xyxy, np.float32), scores=np.zeros(scores, np.float32))
    assert str(xyxy) in str(refusal.value)
    assert str(scores) in str(refusal.value)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_refused(bad: float) -> None:
    with pytest.raises(BoxesError, match="not finite"):
        boxes_at((0, 0, 1, bad))
    with pytest.raises(BoxesError, match="not finite"):
        boxes_at((0, 0, 1, 1), scores=[bad])


def test_printing_boxes_does_not_tell_where_anybody_stands() -> None:
    assert repr(boxes_at((1, 2, 31, 42))) == "Boxes(1)"


def test_no_boxes_survive_every_operation() -> None:
    none = Boxes.none()
    for result in (none.scaled(2, 2), none.grown(0.2), none.clipped(9, 9), nms(none, 0.5), union(), union(none, none)):
        assert len(result) == 0
        assert result.xyxy.shape == (0, 4)
    assert iou_matrix(none.xyxy, boxes_at((0, 0, 1, 1)).xyxy).shape == (0, 1)


def test_scaling_growing_and_clipping_by_hand() -> None:
    box = boxes_at((10, 20, 30, 60))
    assert box.scaled(2, 0.5).xyxy.tolist() == [[20, 10, 60, 30]]
    assert box.grown(0.25).xyxy.tolist() == [[5, 10, 35, 70]]
    assert box.grown_by(sideways=0.5, up=0.25, down=0).xyxy.tolist() == [[0, 10, 40, 60]]
    assert box.grown(0.25).clipped(32, 65).xyxy.tolist() == [[5, 10, 32, 65]]
    assert len(box.clipped(10, 100)) == 0
    assert box.centres().tolist() == [[20, 40]]
    assert box.heights_px().tolist() == [40]


def test_overlap_by_hand() -> None:
    one = boxes_at((0, 0, 10, 10)).xyxy
    others = boxes_at((0, 0, 10, 10), (5, 0, 15, 10), (10, 0, 20, 10), (3, 3, 3, 9)).xyxy
    np.testing.assert_allclose(iou_matrix(one, others), [[1, 1 / 3, 0, 0]], rtol=1e-6)


def test_a_better_box_suppresses_what_it_overlaps() -> None:
    several = boxes_at((0, 0, 10, 10), (1, 0, 11, 10), (40, 0, 50, 10), (5, 0, 15, 10), scores=[0.4, 0.9, 0.3, 0.5])
    assert nms(several, 0.4).scores.tolist() == pytest.approx([0.9, 0.3])
    assert nms(several, 0.45).scores.tolist() == pytest.approx([0.9, 0.5, 0.3])
    assert len(nms(several, 1.0)) == 4


def test_a_box_inside_a_better_one_is_part_of_it() -> None:
    one = boxes_at((0, 0, 10, 10)).xyxy
    others = boxes_at((2, 2, 4, 4), (5, 0, 25, 10), (10, 0, 20, 10), (3, 3, 3, 9)).xyxy
    np.testing.assert_allclose(shared_of_smaller(one, others), [[1, 0.5, 0, 0]], rtol=1e-6)
    several = boxes_at((0, 0, 10, 10), (6, 6, 12, 10), (40, 0, 50, 10), scores=[0.9, 0.4, 0.3])
    assert len(nms(several, 0.5)) == 3
    assert nms(several, 0.5, shared_of_smaller).scores.tolist() == pytest.approx([0.9, 0.3])


def area_shared(first: Floats, second: Floats) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(float(width), 0.0) * max(float(height), 0.0)


@given(some_boxes(), some_boxes())
def test_overlap_is_a_symmetric_share(first: Boxes, second: Boxes) -> None:
    overlaps = iou_matrix(first.xyxy, second.xyxy)
    np.testing.assert_array_equal(overlaps, iou_matrix(second.xyxy, first.xyxy).T)
    assert ((overlaps >= 0) & (overlaps <= 1 + 1e-5)).all()
    for row, one in enumerate(first.xyxy):
        for column, other in enumerate(second.xyxy):
            assert (overlaps[row, column] > 0) == (area_shared(one, other) > 0)


@given(some_boxes(), st.floats(0.05, 1))
def test_suppression_keeps_the_best_and_nothing_that_overlaps_it(boxes: Boxes, iou: float) -> None:
    kept = nms(boxes, iou)
    assert (np.diff(kept.scores) <= 0).all()
    overlaps = iou_matrix(kept.xyxy, kept.xyxy) - 2 * np.eye(len(kept), dtype=np.float32)
    assert (overlaps <= iou).all()
    if len(boxes):
        assert kept.scores[0] == boxes.scores.max()
        covered = iou_matrix(boxes.xyxy, kept.xyxy).max(axis=1)
        assert ((covered > iou) | np.isclose(covered, 1, atol=1e-3)).all()


@given(some_boxes(), st.floats(0, 2))
def test_grown_boxes_hold_the_old_ones(boxes: Boxes, share: float) -> None:
    grown = boxes.grown(share)
    assert (grown.xyxy[:, :2] <= boxes.xyxy[:, :2]).all()
    assert (grown.xyxy[:, 2:] >= boxes.xyxy[:, 2:]).all()
    np.testing.assert_allclose(areas(grown.xyxy), areas(boxes.xyxy) * (1 + 2 * share) ** 2, rtol=1e-3)


@given(some_boxes())
def test_clipped_boxes_lie_in_the_picture(boxes: Boxes) -> None:
    clipped = boxes.clipped(100, 80)
    assert (clipped.xyxy >= 0).all()
    assert (clipped.xyxy <= np.array([100, 80, 100, 80])).all()
    assert (areas(clipped.xyxy) >= 0).all()


@given(some_boxes(), some_boxes())
def test_a_union_holds_both_in_order(first: Boxes, second: Boxes) -> None:
    both = union(first, second)
    np.testing.assert_array_equal(both.xyxy, np.concatenate([first.xyxy, second.xyxy]))
    np.testing.assert_array_equal(both.scores, np.concatenate([first.scores, second.scores]))
