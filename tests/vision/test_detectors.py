"""The detectors: decoding by hand-made maps, an engine that refuses unsound answers, and no picture that escapes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from vision.detectors import FaceDetector, PersonDetector, faces_from_maps, persons_from_maps
from vision.engine import (
    MAX_PICTURE_SIDE_PX,
    MAX_SIDE_PX,
    DetectorError,
    Engine,
    Maps,
    checked_scale,
    input_from_picture,
    resized,
)


def network(outputs: dict[str, int], *, size: int = 4, value: float = 0.0, times: float = 0.0) -> bytes:
    """Return a network whose every output cell is `value` plus `times` the sum of its patch of the picture."""
    nodes, tensors, described = [], [], []
    for name, channels in outputs.items():
        tensors.append(numpy_helper.from_array(np.full((channels, 3, size, size), times, np.float32), f"k/{name}"))
        tensors.append(numpy_helper.from_array(np.full(channels, value, np.float32), f"b/{name}"))
        nodes.append(helper.make_node("Conv", ["in", f"k/{name}", f"b/{name}"], [name], strides=[size, size]))
        described.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, None, None]))
    picture = helper.make_tensor_value_info("in", TensorProto.FLOAT, [1, 3, None, None])
    graph = helper.make_graph(nodes, "test", [picture], described, initializer=tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    return bytes(model.SerializeToString())


PERSON = {"tower_0/keypoints": 1, "tower_0/wh": 4}
FACE = {"537": 1, "538": 2, "539": 2}
BLACK = np.zeros((64, 96, 3), np.uint8)


def heat_of(rows: int, columns: int, *peaks: tuple[int, int, float]) -> Maps:
    heat = np.zeros((rows, columns), np.float32)
    for row, column, score in peaks:
        heat[row, column] = score
    return heat


def test_a_person_is_a_peak_with_its_four_distances() -> None:
    sides = np.zeros((4, 10, 20), np.float32)
    sides[:, 3, 7] = (5, 30, 6, 40)
    found = persons_from_maps(heat_of(10, 20, (3, 7, 0.5)), sides, 0.1)
    assert found.xyxy.tolist() == [[28 - 5, 12 - 30, 28 + 6, 12 + 40]]
    assert found.scores.tolist() == [0.5]


def test_a_cell_beside_a_hotter_one_is_no_person() -> None:
    heat = heat_of(10, 20, (3, 7, 0.5), (4, 8, 0.4), (3, 10, 0.3), (9, 19, 0.1))
    found = persons_from_maps(heat, np.ones((4, 10, 20), np.float32), 0.1)
    assert found.scores.tolist() == pytest.approx([0.5, 0.3])


def test_a_face_is_a_cell_with_its_size_and_offset() -> None:
    sizes, offsets = np.zeros((2, 10, 20), np.float32), np.zeros((2, 10, 20), np.float32)
    sizes[:, 3, 7] = np.log([10, 5])
    offsets[:, 3, 7] = (0.25, -0.5)
    found = faces_from_maps(heat_of(10, 20, (3, 7, 0.5)), sizes, offsets, 0.1)
    y, x = 4 * (3 + 0.25 + 0.5), 4 * 7
    np.testing.assert_allclose(found.xyxy, [[x - 10, y - 20, x + 10, y + 20]], rtol=1e-5)


@pytest.mark.parametrize("bad", [-0.1, 1.1])
def test_scores_that_are_no_probability_are_refused(bad: float) -> None:
    with pytest.raises(DetectorError, match="expected 0 to 1"):
        persons_from_maps(heat_of(4, 4, (1, 1, bad)), np.zeros((4, 4, 4), np.float32), 0.1)
    with pytest.raises(DetectorError, match="expected 0 to 1"):
        faces_from_maps(
            heat_of(4, 4, (1, 1, bad)), np.zeros((2, 4, 4), np.float32), np.zeros((2, 4, 4), np.float32), 0.1
        )


def test_a_face_larger_than_any_picture_is_refused() -> None:
    with pytest.raises(DetectorError, match="larger than any picture"):
        faces_from_maps(
            heat_of(4, 4, (1, 1, 0.9)), np.full((2, 4, 4), 90, np.float32), np.zeros((2, 4, 4), np.float32), 0.1
        )


def test_bytes_that_are_no_network_are_refused() -> None:
    with pytest.raises(DetectorError, match="no network that runs here"):
        PersonDetector(b"junk")


def test_a_network_with_other_outputs_is_refused_with_their_names() -> None:
    with pytest.raises(DetectorError, match=r"\['537', '538', '539'\].*tower_0/keypoints"):
        PersonDetector(network(FACE))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (network(PERSON, value=float("nan")), "not finite"),
        (network(PERSON, value=float("inf")), "not finite"),
        (network(PERSON, value=2.0), "expected 0 to 1"),
        (network(PERSON, size=8), r"expected float32 \(1, 1, 16, 24\)"),
        (network({"tower_0/keypoints": 80, "tower_0/wh": 4}), r"expected float32 \(1, 1, 16, 24\)"),
    ],
)
def test_an_unsound_answer_is_an_error_not_an_empty_picture(model: bytes, message: str) -> None:
    detector = PersonDetector(model)
    with pytest.raises(DetectorError, match=message):
        detector.find(BLACK, threshold=0.1)


def test_an_unsound_answer_of_the_face_detector_is_an_error() -> None:
    with pytest.raises(DetectorError, match="not finite"):
        FaceDetector(network(FACE, value=float("nan"))).find(BLACK, threshold=0.1)


def test_a_network_that_fails_on_the_input_is_an_error() -> None:
    engine = Engine(network({"a": 1}), channels={"a": 1}, threads=1)
    with pytest.raises(DetectorError, match="the detector failed on an input of"):
        engine.run(np.zeros((1, 2, 32, 32), np.float32))


@pytest.mark.parametrize(
    "picture",
    [
        np.zeros((8, 8), np.float32),
        np.zeros((8, 8, 4), np.uint8),
        np.zeros((8,), np.uint8),
        np.zeros((0, 8, 3), np.uint8),
        np.zeros((1, 8, 8, 3), np.uint8),
    ],
)
def test_what_is_no_picture_is_refused(picture: np.ndarray) -> None:
    with pytest.raises(DetectorError, match=r"expected uint8 \(h, w, 3\) or \(h, w\)"):
        PersonDetector(network(PERSON)).find(picture, threshold=0.1)


@pytest.mark.parametrize(
    ("shape", "scale"),
    [
        ((8, MAX_PICTURE_SIDE_PX + 1), 0.1),
        ((8, MAX_SIDE_PX + 1), 1.0),
        ((MAX_SIDE_PX, 8), 1.01),
        ((8, 8), 0),
        ((8, 8), -1),
        ((8, 8), np.nan),
        ((8, 8), 1e9),
    ],
)
def test_a_picture_beyond_the_bounds_is_refused(shape: tuple[int, int], scale: float) -> None:
    with pytest.raises(DetectorError, match=r"is beyond (4096|8192) px a side"):
        PersonDetector(network(PERSON)).find(np.zeros(shape, np.uint8), threshold=0.1, scale=scale)


def test_the_largest_picture_is_within_the_bounds() -> None:
    assert checked_scale(np.zeros((8, MAX_SIDE_PX), np.uint8), 1.0) == 1.0
    assert checked_scale(np.zeros((8, MAX_PICTURE_SIDE_PX), np.uint8), 0.5) == 0.5


@given(st.integers(1, 150), st.integers(1, 150))
def test_the_input_is_padded_never_stretched(height: int, width: int) -> None:
    picture = np.random.default_rng(height * 200 + width).integers(1, 256, (height, width, 3), np.uint8)
    blob = input_from_picture(picture)
    assert blob.dtype == np.float32
    assert blob.shape[:2] == (1, 3)
    assert all(
        padded % 32 == 0 and side <= padded < side + 32
        for padded, side in zip(blob.shape[2:], (height, width), strict=True)
    )
    np.testing.assert_array_equal(blob[0, :, :height, :width], picture[..., ::-1].transpose(2, 0, 1))
    assert not blob[0, :, height:].any()
    assert not blob[0, :, :, width:].any()


def test_a_grey_picture_is_the_same_in_three_channels() -> None:
    grey = np.random.default_rng(1).integers(0, 256, (40, 50), np.uint8)
    np.testing.assert_array_equal(input_from_picture(grey), input_from_picture(np.repeat(grey[..., None], 3, 2)))
    assert resized(grey, 0.5).shape == (20, 25)
    assert resized(grey, 1.0) is grey


def places(detector: PersonDetector, picture: np.ndarray, scale: float) -> Sequence[float]:
    found = detector.find(picture, threshold=0.5, scale=scale)
    return found.centres()[0].tolist() if len(found) else []


@pytest.mark.parametrize("scale", [0.5, 0.8, 1.0, 1.7])
def test_boxes_come_back_in_the_pictures_pixels(scale: float) -> None:
    # the network answers with the brightness of its cell: a white patch is its only person
    detector = PersonDetector(network(PERSON, times=1 / (48 * 255 * 1.001)))
    picture = np.zeros((90, 130, 3), np.uint8)
    picture[40:56, 80:96] = 255
    x, y = places(detector, picture, scale)
    assert 76 <= x <= 96
    assert 36 <= y <= 56


def test_the_padding_is_never_a_place_where_somebody_stands() -> None:
    # every cell answers 0.9: those on the added black must not count
    found = PersonDetector(network(PERSON, value=0.9)).find(np.zeros((40, 40, 3), np.uint8), threshold=0.5)
    assert len(found) > 0
    assert (found.centres() < 40).all()
