"""The measure of a network: by pictures whose answer is known."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.pose import SURVEYED, CameraPose, Intrinsics
from groundstation.errors import BadInputError
from maps.camera import image_from_enu
from proofs.measure.fairness import LEAST_IN_GROUP, fairness
from proofs.measure.found import HIDDEN, NEVER, NOBODY
from proofs.measure.pictures import HEAD_M, density_per_m2, ground_of_heads, pictures_from_file
from proofs.measure.tables import (
    UNCHOSEN,
    Seen,
    by_density,
    by_depression,
    by_light,
    by_size,
    by_threshold,
    chosen_threshold,
    recall_alone,
    sums_at,
)
from tests.proofs.measured import Box, found, line, outcome, picture, seen

CAMERA = {"fx_px": 500.0, "pitch_deg": -40.0, "agl_m": 25.0, "roll_deg": 3.0}
NUMBERS = st.floats(0, 250)
BOXES = st.lists(st.tuples(NUMBERS, NUMBERS, st.floats(4, 60), st.floats(4, 60)), max_size=7)


def head_px(east_m: float, north_m: float) -> list[float]:
    """Return where the camera of `CAMERA`, at the origin and looking north, sees a head over a point of ground."""
    lens = Intrinsics(width_px=400, height_px=300, fx_px=500.0, fy_px=500.0, cx_px=199.5, cy_px=149.5)
    pose = CameraPose(
        utc_ns=0, lat_deg=0.0, lon_deg=0.0, alt_m=25.0, ground_alt_m=0.0, yaw_deg=0.0, pitch_deg=-40.0, roll_deg=3.0,
        intrinsics=lens, sigma=SURVEYED,
    )  # fmt: skip
    u_px, v_px, _ = image_from_enu(pose, np.array([[east_m, north_m, HEAD_M - 25.0]]))
    return [float(u_px[0]), float(v_px[0])]


@given(st.floats(-5, 5), st.floats(24, 36))
def test_heads_are_brought_to_the_ground_where_the_camera_sees_them(east_m: float, north_m: float) -> None:
    ground = ground_of_heads(picture(**CAMERA).truth, np.array([head_px(east_m, north_m)]))
    assert ground is not None
    assert ground[0] == pytest.approx([east_m, north_m], abs=1e-6)


def test_above_the_horizon_is_no_ground() -> None:
    ground = ground_of_heads(picture(**{**CAMERA, "pitch_deg": -1.0}).truth, np.array([[200.0, 5.0]]))
    assert ground is not None
    assert np.isnan(ground).all()
    assert density_per_m2(ground) == 0.0


@pytest.mark.parametrize("per_m2", [0.5, 2.0, 4.0, 6.0])
def test_the_density_is_that_of_the_middle_of_a_crowd(per_m2: float) -> None:
    step_m = 1 / math.sqrt(per_m2)
    rows, columns = np.mgrid[-11:11:step_m, -11:11:step_m]
    assert density_per_m2(np.stack([rows.ravel(), columns.ravel()], axis=1)) == pytest.approx(per_m2, rel=0.15)


def test_a_picture_without_a_camera_tells_neither_density_nor_size() -> None:
    assert picture((1, 1, 9, 9)).per_m2 is None
    assert picture((1, 1, 9, 9)).person_px is None
    told = picture((1, 1, 9, 9), heads=[head_px(0, 30)], **{**CAMERA, "pitch_deg": 90})
    assert told.per_m2 == pytest.approx(0.5 / (math.pi * 4))
    assert told.person_px == pytest.approx(500 * 0.5 / 25)


def test_what_goes_with_the_boxes_must_be_as_many() -> None:
    with pytest.raises(ValueError, match=r"a\.jpg: 1 groups to 2 boxes"):
        picture((1, 1, 9, 9), (20, 20, 9, 9), groups=[{"age": "child"}])


def test_labels_of_things_are_left_out_with_what_goes_with_them() -> None:
    told = line((0, 0, 5, 5), (9, 9, 5, 5), groups=[{"age": "old"}, {"age": "child"}])
    told["boxes"][0][4] = "Car"
    one = picture(**{name: part for name, part in told.items() if name != "boxes"} | {"boxes": told["boxes"]})
    assert (len(one.truth.labels), one.groups) == (1, ({"age": "child"},))


def test_people_and_finds_go_together_one_to_one() -> None:
    finds = found((0, 0, 10, 20), (0, 0, 10, 19), (100, 100, 9, 9), scores=[0.4, 0.9, 0.6])
    out = outcome((0, 0, 10, 20), (50, 50, 10, 20), finds=finds)
    assert out.found_whom.tolist() == [NOBODY, 0, NOBODY]
    assert out.people_score.tolist() == pytest.approx([0.9, NEVER])
    assert out.centre_score.tolist() == pytest.approx([0.9, NEVER])


def test_the_whole_body_or_what_is_seen_of_it_may_be_found() -> None:
    more = {"full_boxes": [[0, 0, 10, 40]]}
    for box in ((0, 0, 10, 40), (0, 0, 10, 10)):
        assert outcome((0, 0, 10, 10), finds=found(box), **more).found_whom.tolist() == [0]
    assert outcome((0, 0, 10, 10), finds=found((0, 0, 10, 10)), **more).people_px.tolist() == [40]


def test_who_is_nearly_hidden_is_neither_missed_nor_a_false_alarm() -> None:
    hidden = [{"full_box": [200, 100, 20, 40], "head": [210, 104], "visible_share": 0.1}]
    out = outcome(finds=found((200, 100, 20, 40)), hidden=hidden)
    assert (out.found_whom.tolist(), out.hidden) == ([HIDDEN], 1)
    sums = sums_at([seen(picture(hidden=hidden), found((200, 100, 20, 40)))], 0.3)
    assert (sums["n"], sums["hidden"], sums["false_alarms"], sums["precision"]) == (0, 1, 0, None)
    assert sums["count_error_all"] == 0


@given(BOXES, BOXES, st.data())
def test_what_a_threshold_leaves_out_changes_nothing_of_what_it_leaves(
    people: list[Box], finds: list[Box], data: st.DataObject
) -> None:
    scores = data.draw(st.lists(st.floats(0.06, 0.95), min_size=len(finds), max_size=len(finds), unique=True))
    threshold = data.draw(st.floats(0.05, 0.95))
    whole = outcome(*people, finds=found(*finds, scores=scores))
    kept = found(*finds, scores=scores).kept(np.array(scores, np.float32) >= np.float32(threshold))
    part = outcome(*people, finds=kept)
    surer = np.where(whole.people_score >= np.float32(threshold), whole.people_score, NEVER)
    assert part.people_score.tolist() == surer.tolist()
    assert (whole.people_score > NEVER).sum() == (whole.found_whom >= 0).sum()


def three() -> list[Seen]:
    """Return two people found at .8 and .4, with a false alarm at .3; one missed; nobody with a false alarm at .6."""
    first = picture((0, 0, 10, 20), (50, 0, 20, 40), light="day", pitch_deg=-35)
    second = picture((0, 0, 10, 20), light="dusk", pitch_deg=88)
    finds = found((0, 0, 10, 20), (50, 0, 20, 40), (200, 200, 30, 70), scores=[0.8, 0.4, 0.3])
    return [seen(first, finds), seen(second, found()), seen(picture(), found((9, 9, 10, 10), scores=[0.6]))]


def test_sums_by_threshold() -> None:
    rows = {row["threshold"]: row for row in by_threshold(three())}
    assert [rows[at]["recall"] for at in (0.2, 0.5)] == pytest.approx([2 / 3, 1 / 3], abs=1e-4)
    assert [rows[at]["precision"] for at in (0.2, 0.35, 0.5)] == pytest.approx([0.5, 2 / 3, 0.5], abs=1e-4)
    assert [rows[at]["false_alarms"] for at in (0.2, 0.35, 0.5)] == [2, 1, 1]
    assert [rows[at]["count_error"] for at in (0.2, 0.35)] == pytest.approx([1.0, 2 / 3], abs=1e-4)
    assert rows[0.2]["count_bias"] == pytest.approx(1 / 3, abs=1e-4)
    assert rows[0.2]["f1"] == pytest.approx(4 / 7, abs=1e-4)
    assert rows[0.2]["pictures"] == 3


def test_the_threshold_is_that_of_the_least_count_error() -> None:
    assert 0.3 < chosen_threshold(three()[:1]) <= 0.4
    assert chosen_threshold([seen(picture(), found((9, 9, 10, 10)))]) == UNCHOSEN
    assert chosen_threshold([]) == UNCHOSEN


def test_by_angle_light_and_size() -> None:
    pictures = three()
    assert [(row["from_deg"], row["to_deg"], row["n"]) for row in by_depression(pictures, 0.2)] == [
        (30, 40, 2), (80, 90, 1),
    ]  # fmt: skip
    assert [(row["light"], row["recall"]) for row in by_light(pictures, 0.2)] == [("day", 1.0), ("dusk", 0.0)]
    sizes = {row["from_px"]: row for row in by_size(pictures, 0.2)}
    assert (sizes[20]["n"], sizes[20]["recall"], sizes[20]["found"], sizes[20]["precision"]) == (2, 0.5, 1, 1.0)
    assert (sizes[40]["n"], sizes[40]["recall"]) == (1, 1.0)
    assert (sizes[64]["n"], sizes[64]["recall"], sizes[64]["precision"]) == (0, None, 0.0)


def test_sizes_are_those_in_the_networks_input() -> None:
    (row,) = by_size([seen(picture((0, 0, 10, 20)), found((0, 0, 10, 20)), scale=2.0)], 0.2)
    assert (row["from_px"], row["to_px"], row["n"], row["found"]) == (40, 52, 1, 1)


def test_by_density() -> None:
    alone = picture((1, 1, 9, 9), heads=[head_px(0, 30)], **CAMERA)
    places = [(0.4 * x, 28 + 0.4 * y) for x in range(-4, 5) for y in range(9)]
    crowd = picture(*[(9, 9, 9, 9)] * len(places), heads=[head_px(*place) for place in places], **CAMERA)
    rows = by_density([seen(alone, found()), seen(crowd, found()), seen(picture((1, 1, 9, 9)), found())], 0.2)
    assert [(row["from_per_m2"], row["n"]) for row in rows] == [(0.0, 1), (3.0, len(places))]


def test_recall_of_people_alone_is_by_how_the_camera_sees_their_place() -> None:
    # 25 m up and 30 m away: 39.8 degrees, 39.05 m off; 500 px * (1.7 cos + 0.5 sin) / 39.05 m
    expected_px = 500 * (1.7 * math.cos(math.atan2(25, 30)) + 0.5 * math.sin(math.atan2(25, 30))) / math.hypot(25, 30)
    box: Box = (0, 0, 9, 9)
    places = [(0.0, 30.0), (3.0, 30.0), (3.5, 30.0)]
    one = picture(*[box] * 2, heads=[head_px(*place) for place in places[:2]], **CAMERA)
    crowded = picture(*[box] * 3, heads=[head_px(*place) for place in places], **CAMERA)
    assert one.stands is not None
    assert crowded.stands is not None
    assert one.stands.depression_deg[0] == pytest.approx(math.degrees(math.atan2(25, 30)))
    assert one.stands.body_px[0] == pytest.approx(expected_px)
    assert (one.stands.is_alone.tolist(), crowded.stands.is_alone.tolist()) == ([True, True], [True, False, False])
    told = recall_alone([seen(one, found(box), scale=2.0), seen(crowded, found(box), scale=2.0)], 0.2)
    assert told is not None
    row, column = told["depressions_deg"].index(35.0), told["lengths_px"].index(40.0)
    assert told["n"][row][column] == sum(map(sum, told["n"])) == 3
    assert told["recalls"][row][column] == pytest.approx(2 / 3, abs=1e-4)
    assert told["recalls"][0][0] is None
    assert recall_alone(three(), 0.2) is None


def test_somebody_hidden_beside_one_leaves_him_not_alone() -> None:
    hidden = [{"full_box": [0, 0, 9, 9], "head": head_px(0.5, 30), "visible_share": 0.0}]
    one = picture((0, 0, 9, 9), heads=[head_px(0, 30)], hidden=hidden, **CAMERA)
    assert one.stands is not None
    assert one.stands.is_alone.tolist() == [False]


Recalls = dict[tuple[str, float], float]
"""Group and length in pixels -> how often somebody so is found."""


def group_pictures(rng: np.random.Generator, recalls: Recalls, count: int, *, luck: float = 0.0) -> list[Seen]:
    """Return pictures of one person of each kind; by luck recall is higher or lower in all of a picture."""
    boxes: list[Box] = [(40.0 * place, 10.0, 10.0, length_px) for place, (_, length_px) in enumerate(recalls)]
    one = picture(*boxes, groups=[{"age": name} for name, _ in recalls])
    pictures = []
    for _ in range(count):
        shares = np.array(list(recalls.values())) + rng.uniform(-luck, luck)
        finds = [box for box, is_found in zip(boxes, rng.random(len(boxes)) < shares, strict=True) if is_found]
        pictures.append(seen(one, found(*finds)))
    return pictures


def test_a_gap_between_groups_is_told_with_its_interval() -> None:
    pictures = group_pictures(np.random.default_rng(1), {("adult", 50): 0.9, ("child", 50): 0.7}, 600)
    told = fairness(pictures, 0.2)["age"]
    assert {name: group["n"] for name, group in told["groups"].items()} == {"adult": 600, "child": 600}
    for gap in told["widest"].values():
        assert (gap["best"], gap["worst"]) == ("adult", "child")
        assert gap["gap_points"] == pytest.approx(20, abs=5)
        low, high = gap["interval_points"]
        assert 0 < low < gap["gap_points"] < high
        assert high - low == pytest.approx(2 * 1.96 * 100 * math.sqrt((0.9 * 0.1 + 0.7 * 0.3) / 600), rel=0.25)


def test_children_who_are_only_smaller_have_no_gap_at_the_same_size() -> None:
    recalls = {("adult", 50.0): 1.0, ("adult", 50.1): 1.0, ("adult", 22.0): 0.0,
               ("child", 50.0): 1.0, ("child", 22.0): 0.0, ("child", 22.1): 0.0}  # fmt: skip
    widest = fairness(group_pictures(np.random.default_rng(1), recalls, 250), 0.2)["age"]["widest"]
    assert widest["as_seen"]["gap_points"] == pytest.approx(100 / 3, abs=0.1)
    assert widest["alike"]["gap_points"] == 0


def test_pictures_in_which_one_group_is_alone_add_nothing_but_to_its_recall() -> None:
    """Adults stand in easy pictures more often; within pictures children are found as often."""
    rng = np.random.default_rng(2)
    both = group_pictures(rng, {("adult", 50): 0.5, ("child", 50): 0.5}, 300)
    easy = group_pictures(rng, {("adult", 50): 1.0}, 300)
    widest = fairness([*both, *easy], 0.2)["age"]["widest"]
    assert widest["as_seen"]["gap_points"] == pytest.approx(25, abs=6)
    low, high = widest["alike"]["interval_points"]
    assert low < 8
    assert widest["alike"]["gap_points"] == pytest.approx(0, abs=8)
    assert high - low < 20


def test_the_luck_of_pictures_widens_no_interval_between_people_of_one_picture() -> None:
    recalls = {("adult", 50.0): 0.5, ("child", 50.0): 0.5, ("old", 50.0): 0.5}
    widest = fairness(group_pictures(np.random.default_rng(3), recalls, 300, luck=0.5), 0.2)["age"]["widest"]
    low, high = widest["alike"]["interval_points"]
    # with luck from 0 to 1 two people of a picture differ with a variance of 2 (1/4 - 1/12): of 300, 4 times 3.3 points
    assert high - low == pytest.approx(2 * 1.96 * 100 * math.sqrt(2 * (1 / 4 - 1 / 12) / 300), rel=0.25)


def test_no_gap_is_told_of_a_handful() -> None:
    recalls = {("adult", 50.0): 1.0, ("child", 50.0): 0.0}
    told = fairness(group_pictures(np.random.default_rng(1), recalls, LEAST_IN_GROUP - 1), 0.2)
    assert told["age"]["widest"] is None
    assert fairness([seen(picture((1, 1, 9, 9)), found())], 0.2) == {}


@pytest.mark.parametrize(
    ("lines", "message"),
    [(["{"], "line 1"), ([json.dumps({"image": "a.jpg", "width": 9, "height": 9})], "misses 'boxes'"),
     ([json.dumps(line((1, 1, 2, 2), full_boxes=[]))], "0 full_boxes to 1 boxes"),
     ([json.dumps(line(hidden=[{"head": [1, 2]}]))], "full_box")],
)  # fmt: skip
def test_a_broken_truth_is_told_in_one_line(lines: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text("\n".join(lines))
    with pytest.raises(BadInputError, match=message):
        pictures_from_file(tmp_path / "t.jsonl")
    with pytest.raises(BadInputError, match="cannot read the truth"):
        pictures_from_file(tmp_path / "none.jsonl")


def test_pictures_of_which_only_a_count_is_told_are_left_out(tmp_path: Path) -> None:
    told: list[dict[str, Any]] = [{"image": "b.jpg", "width": 9, "height": 9, "count": 4}, line((1, 1, 2, 2))]
    (tmp_path / "t.jsonl").write_text("\n".join(map(json.dumps, told)) + "\n\n")
    assert [one.truth.picture for one in pictures_from_file(tmp_path / "t.jsonl")] == ["a.jpg"]
