"""The figures of an evaluation, by hand-made pictures whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.boxes import Boxes
from vision.evaluation import PeopleMeasure, centred_truth
from vision.redaction_measure import EvaluationError, RedactionMeasure, masked_share, near_people
from vision.truth import Label, TruthPicture

Corner = tuple[float, float, float, float]


def truth_of(*corners: Corner, label: Label = Label.PERSON, width_px: int = 100, height_px: int = 100) -> TruthPicture:
    return TruthPicture(
        picture=0,
        width_px=width_px,
        height_px=height_px,
        xyxy=np.array(corners, float).reshape(-1, 4),
        labels=(label,) * len(corners),
    )


def found_at(*corners: Corner, scores: list[float] | None = None) -> Boxes:
    given_scores = [0.5] * len(corners) if scores is None else scores
    return Boxes(xyxy=np.array(corners, np.float32).reshape(-1, 4), scores=np.array(given_scores, np.float32))


def people_figures(truth: TruthPicture, found: Boxes) -> dict[str, object]:
    measure = PeopleMeasure()
    measure.add(truth, found)
    return measure.figures()


def mask_of(*corners: tuple[int, int, int, int], width_px: int = 100, height_px: int = 100) -> np.ndarray:
    masked = np.zeros((height_px, width_px), bool)
    for left, top, right, bottom in corners:
        masked[top:bottom, left:right] = True
    return masked


def test_people_over_two_pictures() -> None:
    measure = PeopleMeasure()
    measure.add(truth_of((0, 0, 10, 20), (50, 50, 60, 90)), found_at((1, 0, 11, 20), (80, 0, 90, 20), (70, 0, 75, 9)))
    measure.add(truth_of((0, 0, 10, 20)), found_at())
    figures = measure.figures()
    assert (figures["n"], figures["pictures"]) == (3, 2)
    assert figures["recall"] == pytest.approx(1 / 3)
    assert figures["precision"] == pytest.approx(1 / 3)
    assert figures["centre_recall"] == pytest.approx(1 / 3)
    assert figures["count_error"] == pytest.approx((1 + 1) / 3)
    assert figures["by_height_px"] == [
        {"from_px": 16, "to_px": 24, "n": 2, "recall": 0.5},
        {"from_px": 32, "to_px": 48, "n": 1, "recall": 0.0},
    ]


def test_one_detection_matches_one_person_only() -> None:
    figures = people_figures(truth_of((0, 0, 10, 20), (2, 0, 12, 20)), found_at((1, 0, 11, 20)))
    assert (figures["recall"], figures["precision"], figures["centre_recall"]) == (0.5, 1.0, 1.0)


def test_the_surer_detection_chooses_first() -> None:
    people = truth_of((0, 0, 10, 10), (5, 0, 15, 10))
    surer_between = found_at((4, 0, 14, 10), (6, 0, 16, 10), scores=[0.9, 0.8])
    assert people_figures(people, surer_between)["recall"] == 0.5
    surer_outside = found_at((4, 0, 14, 10), (6, 0, 16, 10), scores=[0.8, 0.9])
    assert people_figures(people, surer_outside)["recall"] == 1.0


@pytest.mark.parametrize(("right", "recall"), [(3.0, 1.0), (2.9, 0.0)])
def test_the_overlap_that_counts_begins_at_a_third_less_a_little(right: float, recall: float) -> None:
    assert people_figures(truth_of((0, 0, 10, 10)), found_at((0, 0, right, 10)))["recall"] == recall


def test_found_and_false_alarms_by_overlap_and_by_centre() -> None:
    measure = PeopleMeasure()
    # a loose box whose middle is found by a small detection, a person found twice, and one detection of nobody
    people = truth_of((0, 0, 30, 30), (50, 50, 60, 70))
    measure.add(people, found_at((10, 10, 18, 18), (50, 50, 60, 70), (51, 51, 60, 70), (80, 80, 90, 90)))
    figures = measure.figures()
    assert (figures["matched"], figures["false_alarms"]) == (1, 3)
    assert (figures["recall"], figures["precision"], figures["f1"]) == (0.5, 0.25, pytest.approx(1 / 3))
    assert figures["by_centre"] == {
        "found": 2, "false_alarms": 2, "recall": 1.0, "precision": 0.5, "f1": pytest.approx(2 / 3),
    }  # fmt: skip
    assert (figures["centre_recall"], figures["count_bias"]) == (1.0, 1.0)


def test_the_nearest_middle_goes_with_a_centre_that_several_boxes_hold() -> None:
    people = np.array([[0, 0, 40, 40], [10, 10, 20, 20]], float)
    assert centred_truth(people, found_at((11, 11, 19, 19))).tolist() == [False, True]
    assert centred_truth(people, found_at((11, 11, 19, 19), (12, 12, 20, 20))).tolist() == [True, True]
    assert centred_truth(people, found_at((50, 50, 60, 60))).tolist() == [False, False]


@given(st.lists(st.tuples(*[st.integers(0, 80)] * 2, *[st.integers(1, 20)] * 2), max_size=8), st.integers(0, 8))
def test_no_more_people_are_found_than_there_are_of_either(parts: list[tuple[int, ...]], split: int) -> None:
    corners = [(float(x), float(y), float(x + w), float(y + h)) for x, y, w, h in parts]
    figures = PeopleMeasure()
    figures.add(truth_of(*corners[:split]), found_at(*corners[split:]))
    told = figures.figures()
    n, found = len(corners[:split]), len(corners[split:])
    assert (
        told["matched"] + told["false_alarms"]
        == told["by_centre"]["found"] + told["by_centre"]["false_alarms"]
        == found
    )
    assert max(told["matched"], told["by_centre"]["found"]) <= min(n, found)
    assert told["by_centre"]["found"] <= round((told["centre_recall"] or 0) * n)


def test_flights_and_depressions_are_told_apart() -> None:
    measure = PeopleMeasure()
    for flight, pitch_deg, found in (("b", -34.0, 0), ("a", 90.0, 1), ("a", -87.0, 1)):
        truth = replace(truth_of((0, 0, 10, 20)), flight=flight, pitch_deg=pitch_deg)
        measure.add(truth, found_at(*[(0.0, 0.0, 10.0, 20.0)] * found))
    figures = measure.figures()
    assert [(row["flight"], row["n"], row["recall"]) for row in figures["by_flight"]] == [("a", 2, 1.0), ("b", 1, 0.0)]
    assert [(row["from_deg"], row["to_deg"], row["matched"]) for row in figures["by_depression_deg"]] == [
        (30, 40, 0), (80, 90, 2),
    ]  # fmt: skip


@pytest.mark.parametrize("flights", [["a", "a"], ["a", "b"]])
def test_one_flight_or_each_picture_its_own_are_no_flights(flights: list[str]) -> None:
    measure = PeopleMeasure()
    for flight in flights:
        measure.add(replace(truth_of((0, 0, 10, 20)), flight=flight), found_at())
    assert measure.figures()["by_flight"] == []


def test_people_who_were_only_counted_say_nothing_but_a_number() -> None:
    measure = PeopleMeasure()
    measure.add(replace(truth_of(), counted=8), found_at((0, 0, 10, 10), (20, 0, 30, 10)))
    figures = measure.figures()
    assert (figures["n"], figures["pictures"], figures["recall"], figures["false_alarms"]) == (0, 1, None, 0)
    assert (figures["count_error"], figures["count_bias"]) == (0.75, -0.75)
    assert redaction_figures(replace(truth_of(), counted=8), mask_of((0, 0, 10, 10)))["masked_in_vain_share"] is None


def test_an_estimate_other_than_the_boxes_counts() -> None:
    measure = PeopleMeasure()
    measure.add(truth_of((0, 0, 10, 10), (20, 0, 30, 10)), found_at((0, 0, 10, 10)), estimate=1.5)
    assert measure.figures()["count_error"] == 0.25


def test_people_over_the_edge_are_compared_inside_the_picture() -> None:
    assert people_figures(truth_of((-30, 0, 10, 20)), found_at((0, 0, 10, 20)))["recall"] == 1.0
    assert people_figures(truth_of((-30, 0, -10, 20)), found_at())["n"] == 0


def test_nothing_measured_is_none_not_a_number() -> None:
    assert PeopleMeasure().figures()["recall"] is None
    assert people_figures(truth_of(), found_at())["precision"] is None
    assert RedactionMeasure().figures()["covered_share"] is None


def redaction_figures(truth: TruthPicture, masked: np.ndarray) -> dict[str, object]:
    measure = RedactionMeasure()
    measure.add(truth, masked)
    return measure.figures()


def test_a_person_is_covered_by_the_top_fifth_alone() -> None:
    person = truth_of((10, 20, 30, 70))
    assert redaction_figures(person, mask_of((10, 20, 30, 30)))["covered_share"] == 1.0
    assert redaction_figures(person, mask_of((10, 30, 30, 70)))["covered_share"] == 0.0


@pytest.mark.parametrize("label", [Label.FACE, Label.HEAD])
def test_a_face_or_head_is_covered_as_a_whole(label: Label) -> None:
    face = truth_of((10, 20, 30, 70), label=label)
    assert redaction_figures(face, mask_of((10, 20, 30, 30)))["covered_share"] == 0.0
    assert redaction_figures(face, mask_of((10, 20, 30, 60)))["covered_share"] == 1.0
    assert redaction_figures(face, mask_of((10, 20, 30, 59)))["covered_share"] == 0.0


def test_redaction_over_two_pictures() -> None:
    measure = RedactionMeasure()
    measure.add(truth_of((10, 10, 20, 20), (60, 60, 70, 70), label=Label.HEAD), mask_of((10, 10, 20, 20)))
    measure.add(truth_of(), mask_of((0, 0, 100, 10)))
    figures = measure.figures()
    assert (figures["n"], figures["pictures"]) == (2, 2)
    assert figures["covered_share"] == 0.5
    assert figures["frames_with_a_miss_share"] == 0.5
    assert figures["masked_share"] == (100 + 1000) / 20000
    assert figures["masked_in_vain_share"] == 1000 / 20000
    assert figures["by_height_px"] == [{"from_px": 8, "to_px": 12, "n": 2, "covered_share": 0.5}]


def test_masks_within_the_enlarged_box_are_not_in_vain() -> None:
    head = truth_of((40, 40, 50, 60), label=Label.HEAD)
    assert near_people(head).sum() == 16 * 32
    assert redaction_figures(head, mask_of((37, 34, 53, 66)))["masked_in_vain_share"] == 0.0
    assert redaction_figures(head, mask_of((37, 34, 54, 66)))["masked_in_vain_share"] == 32 / 10000


def test_a_head_at_the_edge_is_measured_inside_the_picture() -> None:
    head = truth_of((-5, -5, 5, 5), label=Label.HEAD)
    assert redaction_figures(head, mask_of((0, 0, 5, 5)))["covered_share"] == 1.0
    assert redaction_figures(truth_of((-9, -9, -1, -1), label=Label.HEAD), mask_of())["n"] == 0


def test_a_withheld_picture_covers_everybody() -> None:
    figures = redaction_figures(truth_of((10, 20, 30, 70)), np.ones((100, 100), bool))
    assert (figures["covered_share"], figures["masked_share"]) == (1.0, 1.0)


def test_a_mask_of_another_size_is_refused_with_both_sizes() -> None:
    with pytest.raises(EvaluationError, match=r"\(50, 100\).*\(100, 100\)"):
        redaction_figures(truth_of(), np.zeros((50, 100), bool))
    with pytest.raises(EvaluationError, match="uint8"):
        redaction_figures(truth_of(), np.zeros((100, 100), np.uint8))


def test_cut_pixels_count_by_their_part() -> None:
    masked = mask_of((2, 2, 4, 4))
    assert masked_share(masked, (2.5, 2.5, 4.5, 3.5)) == pytest.approx(0.75)
    assert masked_share(masked, (1.75, 2, 2.25, 4)) == pytest.approx(0.5)


@given(st.tuples(*[st.floats(0, 60)] * 2), st.tuples(*[st.floats(0.1, 39)] * 2), st.tuples(*[st.integers(0, 100)] * 4))
def test_the_masked_share_is_the_area_that_two_rectangles_share(
    low: tuple[float, ...], side: tuple[float, ...], mask: tuple[int, int, int, int]
) -> None:
    box = (low[0], low[1], low[0] + side[0], low[1] + side[1])
    wide = max(0.0, min(box[2], mask[2]) - max(box[0], mask[0]))
    high = max(0.0, min(box[3], mask[3]) - max(box[1], mask[1]))
    expected = wide * high / (side[0] * side[1])
    assert masked_share(mask_of(mask), box) == pytest.approx(expected, abs=1e-6)


@given(st.integers(0, 40), st.integers(0, 40))
def test_the_interval_holds_the_share(hits: int, misses: int) -> None:
    measure = RedactionMeasure()
    heads = truth_of(*[(0.0, 0.0, 4.0, 4.0)] * hits, *[(50.0, 50.0, 54.0, 54.0)] * misses, label=Label.HEAD)
    measure.add(heads, mask_of((0, 0, 10, 10)))
    figures = measure.figures()
    if hits + misses == 0:
        assert figures["covered_ci95"] is None
        return
    low, high = figures["covered_ci95"]
    assert 0 <= low <= figures["covered_share"] + 1e-12
    assert figures["covered_share"] - 1e-12 <= high <= 1


def test_the_interval_is_wilsons() -> None:
    measure = RedactionMeasure()
    heads = truth_of(*[(0.0, 0.0, 4.0, 4.0)] * 8, *[(50.0, 50.0, 54.0, 54.0)] * 2, label=Label.HEAD)
    measure.add(heads, mask_of((0, 0, 10, 10)))
    assert measure.figures()["covered_ci95"] == pytest.approx([0.4902, 0.9433], abs=1e-4)
