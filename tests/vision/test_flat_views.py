"""A crowd seen from the side: the network for steep views stays as long as it finds people whom no mask covers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.scene import UTC_NS, boxes, frame_of, pose
from tests.vision.test_steep_views import eyes
from vision.boxes import Boxes
from vision.flat_views import CROWD_THRESHOLD, GLANCE_EVERY_NS, GLANCE_THRESHOLD, STAYS_NS, UNCOVERED, Beside
from vision.plan import BESIDE_BUDGET_PX

FLAT = frame_of(pose(pitch_deg=-12.0, alt_m=8.0), colour=True)


def people(number: int, score: float = 0.35) -> Boxes:
    found = boxes(*[(20.0 + 30 * k, 120.0, 32.0, 137.0) for k in range(number)])
    xyxy = found.xyxy.copy()
    xyxy[:, 2] = xyxy[:, 0] + 7
    return Boxes(xyxy=xyxy, scores=np.full(number, score, np.float32))


def test_it_glances_once_a_second_and_leaves_weak_finds_of_few_people_alone() -> None:
    beside = Beside()
    assert beside.is_due(UTC_NS)
    assert len(beside.masking(people(UNCOVERED - 1), Boxes.none(), UTC_NS)) == 0
    assert not beside.is_due(UTC_NS + GLANCE_EVERY_NS - 1)
    assert beside.is_due(UTC_NS + GLANCE_EVERY_NS)


def test_surer_finds_mask_at_a_glance_too() -> None:
    assert len(Beside().masking(people(1, GLANCE_THRESHOLD), Boxes.none(), UTC_NS)) == 1


def test_where_people_are_uncovered_it_stays_and_masks_them_all() -> None:
    beside = Beside()
    assert len(beside.masking(people(UNCOVERED), Boxes.none(), UTC_NS)) == UNCOVERED
    assert all(beside.is_due(UTC_NS + later) for later in (1, GLANCE_EVERY_NS // 2, STAYS_NS - 1))
    assert len(beside.masking(people(1, CROWD_THRESHOLD), Boxes.none(), UTC_NS + STAYS_NS - 1)) == 1
    assert not beside.is_due(UTC_NS + STAYS_NS)


def test_whom_a_mask_covers_keeps_it_no_longer() -> None:
    beside, crowd = Beside(), people(9)
    assert len(beside.masking(crowd, crowd.grown(0.1), UTC_NS)) == 0
    assert not beside.is_due(UTC_NS + 1)


def test_a_clock_set_back_far_ends_its_stay_and_never_its_glances() -> None:
    beside = Beside()
    beside.masking(people(UNCOVERED), Boxes.none(), UTC_NS)
    assert beside.is_due(UTC_NS - 3 * STAYS_NS)
    assert len(beside.masking(people(1), Boxes.none(), UTC_NS - 3 * STAYS_NS)) == 0


@given(scores=st.lists(st.floats(0.3125, 1.0, width=32), max_size=8), covered=st.integers(0, 8))
def test_every_sure_find_masks_and_none_is_made_up(scores: list[float], covered: int) -> None:
    found = Boxes(xyxy=people(len(scores)).xyxy, scores=np.array(scores, np.float32))
    kept = Beside().masking(found, found.kept(np.arange(len(scores)) < covered), UTC_NS)
    assert set(kept.scores.tolist()) <= set(found.scores.tolist())
    assert np.count_nonzero(kept.scores >= GLANCE_THRESHOLD) == np.count_nonzero(found.scores >= GLANCE_THRESHOLD)


def test_a_crowd_seen_flatly_is_masked_at_every_look_and_a_sparse_street_costs_one_run_a_second() -> None:
    crowded, _, above = eyes(Boxes.none(), people(8, 0.9))
    sparse, _, rare = eyes(people(2, 0.9), people(2, 0.9))
    for number in range(10):
        frame = replace(FLAT, utc_ns=UTC_NS + number * 150_000_000)
        assert len(crowded.look(frame).look.boxes) >= 8
        sparse.look(frame)
    assert len(above.asked) == 10
    assert len(rare.asked) == 2
    assert all(scale**2 * size_px <= BESIDE_BUDGET_PX * 1.02 for scale, size_px in above.asked)


@pytest.mark.parametrize("size", [(2.0, 5.0), (200.0, 200.0)])
def test_what_can_be_nobody_for_its_size_keeps_it_no_longer(size: tuple[float, float]) -> None:
    width, height = size
    nobody = boxes(*[(10.0 + k, 100.0, 10.0 + k + width, 100.0 + height) for k in range(9)])
    looking, _, above = eyes(Boxes.none(), nobody)
    for number in range(3):
        looking.look(replace(FLAT, utc_ns=UTC_NS + number * 150_000_000))
    assert len(above.asked) == 1
