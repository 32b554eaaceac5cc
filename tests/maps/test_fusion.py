from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maps.cells import CellCounts, CellId, FusedCell
from maps.errors import CountingError
from maps.fusion import FusedMap

MakeCounts = Callable[..., CellCounts]
S = 10**9


def total(cells: tuple[FusedCell, ...]) -> float:
    return sum(cell.people for cell in cells)


def crowd(
    seed: int, mean: float, seconds: int, recalls: dict[str, float], make_counts: MakeCounts
) -> dict[str, np.ndarray]:
    """Run people who come and go past cameras of known recall; return truth, fused, first camera's raw, and sum."""
    rng, fused, rows = np.random.default_rng(seed), FusedMap(), []
    people = rng.poisson(mean, 36)
    for step in range(seconds * 5):
        people = people - rng.binomial(people, 0.05) + rng.poisson(mean * 0.05, 36)
        looks = [rng.binomial(people, recall) / recall for recall in recalls.values()]
        for source, recall, look in zip(recalls, recalls.values(), looks, strict=True):
            counts = make_counts(source, step * S // 5, look.tolist())
            spread = tuple(replace(cell, variance=cell.people * (1 - recall) / recall + 0.05) for cell in counts.cells)
            fused.take(replace(counts, cells=spread))
        if step >= 25:
            estimate = {cell.cell: cell.people for cell in fused.cells_at(step * S // 5)}
            ordered = [estimate[CellId(5, column, 0)] for column in range(36)]
            rows.append((people, ordered, looks[0], sum(looks)))
    return dict(zip(("truth", "fused", "raw", "summed"), np.swapaxes(np.array(rows, dtype=float), 0, 1), strict=True))


@pytest.mark.parametrize("mean", [0.3, 1.0, 5.0])
def test_two_cameras_are_not_two_crowds_and_noise_falls(make_counts: MakeCounts, mean: float) -> None:
    got = crowd(1, mean, 60, {"a": 0.9, "b": 0.7}, make_counts)
    truth = got["truth"].sum()
    assert got["fused"].sum() / truth == pytest.approx(1.0, abs=0.03)
    assert got["summed"].sum() / truth == pytest.approx(2.0, abs=0.1), "the control must double"
    assert rmse(got["fused"], got["truth"]) < rmse(got["raw"], got["truth"])


@pytest.mark.parametrize("mean", [0.2, 1.0, 20.0])
def test_a_thin_crowd_is_not_lost_to_its_own_noise(make_counts: MakeCounts, mean: float) -> None:
    got = crowd(2, mean, 60, {"a": 0.8}, make_counts)
    assert got["fused"].sum() / got["truth"].sum() == pytest.approx(1.0, abs=0.04)
    assert rmse(got["fused"], got["truth"]) < 0.9 * rmse(got["raw"], got["truth"])


def rmse(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.sqrt(np.mean((one - other) ** 2)))


def test_the_better_camera_weighs_more(make_counts: MakeCounts) -> None:
    fused = FusedMap()
    sharp = make_counts("sharp", 0, [10.0], variance=1.0)
    blunt = make_counts("blunt", 0, [20.0], variance=18.0)
    fused.take(sharp)
    fused.take(blunt)
    # weights 1/0.1 and 1/0.9 per person
    assert total(fused.cells_at(0)) == pytest.approx(11.0)
    other_order = FusedMap()
    other_order.take(blunt)
    other_order.take(sharp)
    assert total(other_order.cells_at(0)) == pytest.approx(11.0)
    assert fused.cells_at(0)[0].sources == ("blunt", "sharp")


def test_a_step_is_followed_within_seconds(make_counts: MakeCounts) -> None:
    fused = FusedMap()
    for step in range(50):
        fused.take(make_counts("a", step * S // 5, [4.0 if step < 25 else 40.0]))
        if step == 24:
            assert total(fused.cells_at(step * S // 5)) == pytest.approx(4.0)
    assert total(fused.cells_at(10 * S)) > 36
    for step in range(50, 75):
        fused.take(make_counts("a", step * S // 5, [0.0]))
    assert total(fused.cells_at(15 * S)) < 0.5


def test_a_part_of_a_leaf_is_scaled_and_weighs_less(make_counts: MakeCounts) -> None:
    part = FusedMap()
    part.take(make_counts("a", 0, [3.0], observed_share=0.25))
    seen = part.cells_at(0)[0]
    assert seen.people == pytest.approx(3.0)
    assert seen.observed_share == 0.25
    part.take(make_counts("b", 0, [8.0]))
    both = part.cells_at(0)[0]
    assert both.observed_share == 1.0
    assert 8.0 < both.people < 8.5, "12 per leaf from a quarter of it, 8 from the whole"


def test_frames_of_one_camera_do_not_outvote_another(make_counts: MakeCounts) -> None:
    fused = FusedMap(process_variance_per_s=0.0)
    for step in range(20):
        fused.take(make_counts("fast", step * S // 20, [10.0]))
    fused.take(make_counts("slow", S, [20.0]))
    assert 13 < total(fused.cells_at(S)) < 17


def test_error_grows_with_age_and_unseen_leaves_go(make_counts: MakeCounts) -> None:
    fused = FusedMap()
    fused.take(make_counts("a", 0, [10.0]))
    ages = [fused.cells_at(age * S) for age in (0, 10, 30)]
    assert [len(cells) for cells in ages] == [1, 1, 1]
    assert ages[0][0].variance < ages[1][0].variance < ages[2][0].variance
    assert {cells[0].seen_utc_ns for cells in ages} == {0}
    assert fused.cells_at(30 * S + 1) == ()
    assert len(fused) == 0


@given(st.permutations(range(6)))
def test_counts_out_of_order_lead_near_the_same_place(make_counts: MakeCounts, order: list[int]) -> None:
    fused = FusedMap()
    for step in order:
        fused.take(make_counts("a", step * S, [10.0 + step]))
    cell = fused.cells_at(6 * S)[0]
    assert cell.seen_utc_ns == 5 * S
    assert 10 <= cell.people <= 15


def test_after_the_clock_was_set_back_the_map_begins_anew(make_counts: MakeCounts) -> None:
    fused, hour = FusedMap(), 3600 * S
    fused.take(make_counts("a", hour, [40]))
    assert fused.cells_at(10 * S) == ()
    fused.take(make_counts("a", 11 * S, [3]))
    assert total(fused.cells_at(12 * S)) == pytest.approx(3)


def test_a_very_late_count_changes_nothing(make_counts: MakeCounts) -> None:
    fused = FusedMap()
    fused.take(make_counts("a", 100 * S, [10.0]))
    before = fused.cells_at(100 * S)
    fused.take(make_counts("b", 60 * S, [90.0]))
    assert fused.cells_at(100 * S) == before


def test_a_leaf_seen_again_after_the_limit_starts_anew(make_counts: MakeCounts) -> None:
    fused = FusedMap()
    fused.take(make_counts("a", 0, [90.0]))
    fused.take(make_counts("a", 40 * S, [2.0]))
    assert total(fused.cells_at(40 * S)) == pytest.approx(2.0)


def test_a_camera_that_left_is_not_named(make_counts: MakeCounts) -> None:
    fused = FusedMap()
    fused.take(make_counts("gone", 0, [5.0], ce90_m=20.0))
    fused.take(make_counts("here", 5 * S, [5.0], observed_share=0.5))
    cell = fused.cells_at(5 * S)[0]
    assert (cell.sources, cell.ce90_m, cell.observed_share) == (("here",), 3.0, 0.5)


def test_detections_are_those_of_the_newest_looks_and_never_summed(make_counts: MakeCounts) -> None:
    fused = FusedMap()
    fused.take(make_counts("gone", 0, [9.0], found=9))
    fused.take(make_counts("a", 5 * S, [3.0], found=3))
    fused.take(make_counts("b", 5 * S, [4.0], found=4))
    assert fused.cells_at(5 * S)[0].found == 4


def test_a_lower_bound_never_pulls_down(make_counts: MakeCounts) -> None:
    fused = FusedMap()
    fused.take(make_counts("a", 0, [80.0]))
    fused.take(make_counts("b", 0, [51.0], saturated=True))
    cell = fused.cells_at(0)[0]
    assert cell.people == pytest.approx(80.0)
    assert not cell.saturated, "another camera tells it"
    fused.take(make_counts("b", S, [130.0], saturated=True))
    assert fused.cells_at(S)[0].people > 80
    fused.take(make_counts("b", 4 * S, [85.0], saturated=True))
    assert fused.cells_at(4 * S)[0].saturated, "nobody else sees it any more"


def test_a_noisy_bound_beside_a_camera_that_tells_lifts_the_mean_by_no_more_than_its_worth(
    make_counts: MakeCounts,
) -> None:
    fused, rng = FusedMap(), np.random.default_rng(7)
    told = []
    for step in range(200):
        fused.take(make_counts("a", step * S, [float(rng.poisson(60))]))
        fused.take(make_counts("b", step * S + S // 2, [float(rng.poisson(60))], saturated=True))
        told.append(fused.cells_at(step * S + S // 2)[0].people)
    assert np.mean(told) == pytest.approx(60, rel=0.03)


def test_bounds_of_one_camera_follow_a_crowd_that_leaves(make_counts: MakeCounts) -> None:
    fused, rng = FusedMap(), np.random.default_rng(5)
    for step in range(60):
        fused.take(make_counts("a", step * S, [float(rng.poisson(60))], saturated=True))
    assert fused.cells_at(59 * S)[0].people == pytest.approx(60, rel=0.25)
    for step in range(60, 90):
        fused.take(make_counts("a", step * S, [20.0], saturated=True))
    assert fused.cells_at(89 * S)[0].people == pytest.approx(20, rel=0.1)


def test_unseen_leaves_bring_nothing_and_memory_is_bounded(make_counts: MakeCounts) -> None:
    fused = FusedMap(most=3)
    fused.take(make_counts("a", 0, [1.0] * 3, observed_share=0.0))
    assert len(fused) == 0
    fused.take(make_counts("a", 0, [1.0, 2.0]))
    later = make_counts("a", S, [0.0, 0.0, 3.0, 4.0])
    fused.take(replace(later, cells=later.cells[2:]))
    assert len(fused) == 3
    assert CellId(5, 2, 0) in {cell.cell for cell in fused.cells_at(S)}


def test_one_mission_has_one_grid(make_counts: MakeCounts) -> None:
    fused = FusedMap()
    fused.take(make_counts("a", 0, [1.0]))
    with pytest.raises(CountingError, match="EPSG:32631"):
        fused.take(make_counts("b", 0, [1.0], epsg=32631))
