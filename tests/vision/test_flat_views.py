"""A crowd seen from the side: the network for steep views masks it as long as nobody else does; nobody counts it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.mission import RedactionLevel
from tests.vision.scene import REFUSAL, UTC_NS, boxes, capped, frame_of, pose, textured
from tests.vision.steep import BOTH
from tests.vision.test_steep_views import eyes
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.counter import Counter
from vision.doubts import doubts_of
from vision.flat_views import (
    CROWD_THRESHOLD,
    FLAT_CROWD,
    GLANCE_EVERY_NS,
    GLANCE_THRESHOLD,
    LEAST_COUNTED_DEG,
    STAYS_NS,
    UNCOVERED,
    FlatCrowds,
)
from vision.plan import BESIDE_BUDGET_PX

FLAT = frame_of(pose(pitch_deg=-12.0, alt_m=8.0), colour=True)
STEEP = frame_of(pose(pitch_deg=-70.0, alt_m=20.0), colour=True)


def people(number: int, score: float = 0.35) -> Boxes:
    """Return people as tall as they are in `FLAT`."""
    xyxy = np.array([(20 + 30 * k, 120, 27 + 30 * k, 137) for k in range(number)], np.float32).reshape(-1, 4)
    return Boxes(xyxy=xyxy, scores=np.full(number, score, np.float32))


def at(utc_ns: int, frame: CappedFrame = FLAT) -> CappedFrame:
    return replace(frame, utc_ns=utc_ns)


def test_it_glances_once_a_second_and_leaves_weak_finds_of_few_people_alone() -> None:
    crowds, few = FlatCrowds(), people(UNCOVERED - 1)
    assert crowds.is_due(UTC_NS)
    crowds.note(few, Boxes.none(), FLAT)
    assert len(crowds.masking(few, UTC_NS)) == 0
    assert not crowds.is_due(UTC_NS + GLANCE_EVERY_NS - 1)
    assert crowds.is_due(UTC_NS + GLANCE_EVERY_NS)


def test_surer_finds_mask_at_a_glance_too() -> None:
    assert len(FlatCrowds().masking(people(1, GLANCE_THRESHOLD), UTC_NS)) == 1


def test_where_people_are_uncovered_it_stays_and_masks_them_all() -> None:
    crowds, crowd = FlatCrowds(), people(UNCOVERED)
    crowds.note(crowd, Boxes.none(), FLAT)
    assert len(crowds.masking(crowd, UTC_NS)) == UNCOVERED
    assert all(crowds.is_due(UTC_NS + later) for later in (1, GLANCE_EVERY_NS // 2, STAYS_NS - 1))
    assert len(crowds.masking(people(1, CROWD_THRESHOLD), UTC_NS + STAYS_NS - 1)) == 1
    assert not crowds.are_seen(UTC_NS + STAYS_NS)


@pytest.mark.parametrize(
    ("found", "street", "frame"),
    [
        (people(9), people(9).grown(0.1), FLAT),
        (people(9), Boxes.none(), STEEP),
        (people(9, CROWD_THRESHOLD - 0.05), Boxes.none(), FLAT),
        (people(9), Boxes.none(), capped(textured(240, 320), REFUSAL, without_pose=True)),
    ],
    ids=["covered", "seen steeply", "weak", "without a pose"],
)
def test_who_is_masked_seen_steeply_or_unsure_is_no_crowd_that_is_missed(
    found: Boxes, street: Boxes, frame: CappedFrame
) -> None:
    crowds = FlatCrowds()
    crowds.note(found, street, at(UTC_NS, frame))
    assert not crowds.are_seen(UTC_NS)


def test_a_clock_set_back_far_ends_its_stay_and_never_its_glances() -> None:
    crowds = FlatCrowds()
    crowds.note(people(UNCOVERED), Boxes.none(), FLAT)
    assert not crowds.are_seen(UTC_NS - 3 * STAYS_NS)
    assert crowds.is_due(UTC_NS - 3 * STAYS_NS)


@given(scores=st.lists(st.floats(0.3125, 1.0, width=32), max_size=8), covered=st.integers(0, 8))
def test_every_sure_find_masks_and_none_is_made_up(scores: list[float], covered: int) -> None:
    found = Boxes(xyxy=people(len(scores)).xyxy, scores=np.array(scores, np.float32))
    crowds = FlatCrowds()
    crowds.note(found, found.kept(np.arange(len(scores)) < covered), FLAT)
    kept = crowds.masking(found, UTC_NS)
    assert set(kept.scores.tolist()) <= set(found.scores.tolist())
    assert np.count_nonzero(kept.scores >= GLANCE_THRESHOLD) == np.count_nonzero(found.scores >= GLANCE_THRESHOLD)


# the eyes


@pytest.mark.parametrize("level", list(RedactionLevel))
def test_a_crowd_seen_flatly_is_masked_at_every_look_and_a_sparse_street_costs_one_run_a_second(
    level: RedactionLevel,
) -> None:
    crowded, _, above = eyes(Boxes.none(), people(8, 0.9), level=level)
    sparse, _, rare = eyes(people(8, 0.9), people(8, 0.9), level=level)
    for number in range(10):
        frame = at(UTC_NS + number * 150_000_000)
        assert len(crowded.look(frame).look.boxes) >= 8
        sparse.look(frame)
    assert len(above.asked) == 10
    assert len(rare.asked) == 2
    assert all(scale**2 * size_px <= BESIDE_BUDGET_PX * 1.02 for scale, size_px in above.asked)


@pytest.mark.parametrize("size", [(2.0, 5.0), (200.0, 200.0)])
def test_what_can_be_nobody_for_its_size_keeps_it_no_longer(size: tuple[float, float]) -> None:
    width, height = size
    nobody = boxes(*[(10.0 + k, 100.0, 10.0 + k + width, 100.0 + height) for k in range(9)])
    looking, _, above = eyes(Boxes.none(), Boxes(xyxy=nobody.xyxy, scores=np.full(9, 0.35, np.float32)))
    for number in range(3):
        looking.look(at(UTC_NS + number * 150_000_000))
    assert len(above.asked) == 1


# counts


def test_as_long_as_one_is_seen_flat_ground_is_not_counted_and_health_is_told() -> None:
    looking, _, _ = eyes(Boxes.none(), people(8, 0.9))
    with ThreadPoolExecutor(1) as searcher:
        doubts = doubts_of(looking, searcher, stands=True, waits=True)
        assert (doubts.least_counted_deg(FLAT), doubts.flat_crowds.doubt(FLAT)) == (0.0, "")
        looking.look(FLAT)
        assert (doubts.least_counted_deg(FLAT), doubts.flat_crowds.doubt(FLAT)) == (LEAST_COUNTED_DEG, FLAT_CROWD)
        assert doubts.flat_crowds.doubt(STEEP) == ""


def test_ground_that_is_too_flat_is_observed_by_nobody_and_steeper_ground_as_before() -> None:
    camera = frame_of(pose(pitch_deg=-30.0, alt_m=12.0))
    counter = Counter("north", epsg=2154, mission=None, networks=BOTH)
    whole, cut = (
        counter.counts(camera, Boxes.none(), flattest_deg=least_deg) for least_deg in (0.0, LEAST_COUNTED_DEG)
    )
    assert whole is not None
    assert cut is not None
    shares = {cell.cell: cell.observed_share for cell in whole.cells}
    assert all(cell.observed_share <= shares[cell.cell] for cell in cut.cells)
    assert any(cell.observed_share == shares[cell.cell] for cell in cut.cells)
    assert 0 < len(cut.cells) < len(whole.cells)
