"""A guest's network: what it says is read as boxes of people, and everything else is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

pytest.importorskip("onnx", reason="small networks are made with onnx, which set-up brings")

from tests.vision.guest_networks import NAMES, SIDE_PX, Floats, end_to_end, network, raw
from vision.boxes import Boxes
from vision.engine import DetectorError
from vision.guest_trial import measured, tried
from vision.yolo import (
    MOST_BOXES,
    PADDED,
    GuestError,
    YoloDetector,
    letterboxed,
    names_from,
    people_from_block,
    people_ids,
)

GREY = np.full((240, 320), 90, np.uint8)
PERSON = (100.0, 80.0, 40.0, 60.0)
CORNERS = [[80.0, 50.0, 120.0, 110.0]]


def found(data: bytes, ids: tuple[int, ...] = (1,), *, threshold: float = 0.1) -> Boxes:
    return YoloDetector(data, class_ids=ids).find(GREY, threshold=threshold)


@pytest.mark.parametrize(
    "output", [raw((*PERSON, 1, 0.8)), end_to_end((80, 50, 120, 110, 0.8, 1))], ids=["raw", "end to end"]
)
def test_both_heads_say_where_a_person_is(output: Floats) -> None:
    people = found(network(output))
    assert people.xyxy.tolist() == CORNERS
    assert people.scores.tolist() == pytest.approx([0.8])


@pytest.mark.parametrize("side_px", [SIDE_PX, None])
def test_boxes_are_in_the_pixels_of_the_picture(side_px: int | None) -> None:
    told = {"names": str(NAMES), "imgsz": "[320, 320]"}
    detector = YoloDetector(network(raw((*PERSON, 1, 0.8)), told=told, side_px=side_px), class_ids=(1,))
    wide = detector.find(np.zeros((480, 640, 3), np.uint8), threshold=0.1)
    assert wide.xyxy.tolist() == [[160.0, 100.0, 240.0, 220.0]]


def test_classes_that_nobody_asked_for_are_not_read() -> None:
    data = network(raw((*PERSON, 0, 0.9), (200, 80, 40, 60, 2, 0.7)))
    assert len(found(data, (1,))) == 0
    assert found(data, (1, 2)).scores.tolist() == pytest.approx([0.7])


def test_two_boxes_of_one_person_are_one_and_weak_ones_are_none() -> None:
    assert (
        len(found(network(raw((*PERSON, 1, 0.8), (101, 80, 40, 60, 2, 0.7), (200, 80, 40, 60, 1, 0.05))), (1, 2))) == 1
    )


def test_a_box_beyond_the_edge_is_cut() -> None:
    people = found(network(raw((5, 5, 40, 40, 1, 0.8), (900, 900, 20, 20, 1, 0.8))))
    assert people.xyxy.tolist() == [[0.0, 0.0, 25.0, 25.0]]


def test_the_picture_is_seen_whole_in_the_order_and_range_of_yolo() -> None:
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[..., 2] = 255  # red in BGR
    blob = letterboxed(picture, 320, 320)
    assert blob.shape == (1, 3, 320, 320)
    assert blob[0, :, 0, 0].tolist() == [1.0, 0.0, 0.0]
    assert blob[0, :, 319, 319].tolist() == pytest.approx([PADDED / 255] * 3)
    assert (blob[0, 0] == 1.0).sum() == 320 * 160


@pytest.mark.parametrize(
    ("output", "says"),
    [
        (np.zeros((1, 8, 50), np.float32), "expected (1, 7, places)"),
        (np.zeros((1, 50, 5), np.float32), "expected (1, 7, places)"),
        (np.zeros((1, 56, 50), np.float32), "expected (1, 7, places)"),
        (np.zeros((1, 7), np.float32), "expected float32 (1, a, b)"),
        (np.full((1, 7, 50), np.nan, np.float32), "not finite"),
        (raw((*PERSON, 1, 7.0)), "expected 0 to 1"),
        (raw((1e9, 80, 40, 60, 1, 0.8)), "farther away"),
    ],
)
def test_another_answer_is_refused(output: Floats, says: str) -> None:
    with pytest.raises(DetectorError, match=says.replace("(", r"\(").replace(")", r"\)")):
        found(network(output))


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"task": "pose", "names": str(NAMES)}, "only `detect` is taken"),
        ({"task": "segment", "names": str(NAMES)}, "only `detect` is taken"),
        ({"task": "detect"}, "does not name its classes"),
        ({"names": "{0: 'a', 2: 'b'}"}, "does not name its classes"),
        ({"names": "__import__('os').getcwd()"}, "does not name its classes"),
        ({"names": "[" * 300_000}, "does not name its classes"),
    ],
)
def test_a_file_that_tells_too_little_or_too_much_is_refused(told: dict[str, str], says: str) -> None:
    with pytest.raises(GuestError, match=says):
        YoloDetector(network(raw(), told=told))


@pytest.mark.parametrize("side_px", [32, 100, 4096])
def test_an_input_of_an_odd_size_is_refused(side_px: int) -> None:
    with pytest.raises(GuestError, match="imgsz"):
        YoloDetector(network(raw(), side_px=side_px))


@pytest.mark.parametrize("junk", [b"", b"junk", network(raw())[:-200]])
def test_what_is_no_network_is_refused_in_one_line(junk: bytes) -> None:
    with pytest.raises(GuestError, match="no network"):
        tried(junk, [], mask_score=0.1)


def test_names_come_as_a_dictionary_or_a_list() -> None:
    assert names_from({"names": "['a', 'b']"}) == names_from({"names": "{0: 'a', 1: 'b'}"}) == {0: "a", 1: "b"}


def test_people_are_known_by_the_names_of_classes() -> None:
    assert people_ids({0: "bag", 1: " Person", 2: "face"}, []) == (1, 2)
    assert people_ids({0: "helmet", 1: "dog"}, ["Helmet"]) == (0,)


@pytest.mark.parametrize(
    ("names", "wanted", "says"),
    [
        ({0: "bag", 1: "dog"}, [], "none of its classes is known as people.*it has bag, dog"),
        ({0: "bag", 1: "person"}, ["people"], "--class people: it has no such class; it has bag, person"),
    ],
)
def test_without_a_class_of_people_the_names_are_listed(names: dict[int, str], wanted: list[str], says: str) -> None:
    with pytest.raises(GuestError, match=says):
        people_ids(names, wanted)


@given(
    arrays(np.float32, (7, 20), elements=st.floats(-2, 400, width=32)),
    st.sampled_from([(0,), (1,), (0, 1, 2)]),
    st.floats(0.01, 0.99),
)
def test_whatever_a_head_says_is_boxes_or_refused(block: Floats, ids: tuple[int, ...], threshold: float) -> None:
    try:
        people = people_from_block(block, ids, 3, threshold)
    except DetectorError:
        scores = block[[4 + number for number in ids]].max(axis=0)
        assert scores.min() < 0 or scores.max() > 1
        return
    assert (people.scores > threshold).all()
    assert len(people) <= MOST_BOXES


# may it be a guest?


def test_a_network_that_finds_nobody_in_nothing_may_be_a_guest() -> None:
    detector, figures = tried(network(raw((*PERSON, 1, 0.05))), [], mask_score=0.1)
    assert figures == {
        "classes": ["person", "head"], "class_ids": [1, 2], "classes_in_file": 3, "licence": "AGPL-3.0",
        "input_px": [SIDE_PX, SIDE_PX],
    }  # fmt: skip
    assert measured(detector, [], mask_score=0.1)["pictures"] == 0


@pytest.mark.parametrize(
    "output",
    [raw((160, 160, 320, 320, 1, 0.9)), raw(*[(8 * n, 40, 6, 6, 1, 0.5) for n in range(40)])],
    ids=["one box over all", "many boxes"],
)
def test_a_network_that_finds_everything_may_not_be_a_guest(output: Floats) -> None:
    with pytest.raises(GuestError, match="in a picture of black it finds"):
        tried(network(output), [], mask_score=0.1)


def test_a_wrong_shape_says_what_was_expected_and_how_to_mend_it() -> None:
    with pytest.raises(GuestError, match=r"\(1, 8, 50\), expected \(1, 7, places\).*; export it"):
        tried(network(np.zeros((1, 8, 50), np.float32)), [], mask_score=0.1)
