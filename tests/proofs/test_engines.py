"""`models engines`: boxes are held against boxes, what differs is found, and an engine that is not there is named."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

import numpy as np
import pytest

from groundstation.__main__ import main
from proofs.engines.command import lines_of
from proofs.engines.compare import NONE, difference, times_ms
from proofs.engines.pictures import VIEWS, pictures
from proofs.engines.run import mask_threshold
from tests.vision.scene import Picture
from vision.boxes import Boxes
from vision.engine_names import EngineName
from vision.engines import missing_because
from vision.models.card import ModelError, model_cards
from vision.models.store import models_dir, verified_bytes


@pytest.fixture(scope="module")
def weights() -> None:
    try:
        for key in model_cards():
            verified_bytes(key, models_dir())
    except ModelError as error:
        pytest.skip(str(error))


PICTURE = np.zeros((40, 40), np.uint8)
BOXES = np.array([[10, 10, 40, 110], [60, 10, 90, 110]], np.float32)
SCORES = np.array([0.5, 0.2], np.float32)


class Finds:
    """Finds the same in every picture."""

    def __init__(self, xyxy: np.ndarray = BOXES, scores: np.ndarray = SCORES) -> None:
        self.boxes = Boxes(xyxy=xyxy.astype(np.float32), scores=scores.astype(np.float32))

    def find(self, picture: Picture, *, threshold: float, scale: float = 1.0) -> Boxes:
        return self.boxes.kept(self.boxes.scores > threshold)


def test_the_same_boxes_are_the_same() -> None:
    found = difference(Finds(), Finds(), [PICTURE] * 3, 0.1)
    assert found.same
    assert (found.boxes, found.alone, found.least_iou, found.most_score_off) == (12, 0, 1.0, 0.0)


def test_a_box_just_under_the_threshold_is_a_partner() -> None:
    assert difference(Finds(), Finds(scores=SCORES - 0.004), [PICTURE], 0.198).same


@pytest.mark.parametrize(
    "other",
    [
        Finds(BOXES[:1], SCORES[:1]),
        Finds(np.vstack([BOXES, BOXES[:1] + 200]), np.append(SCORES, 0.3)),
        Finds(BOXES + np.array([0, 0, 0, 3])),
        Finds(scores=SCORES + np.array([0.02, 0])),
        Finds(BOXES[:0], SCORES[:0]),
    ],
    ids=["one less", "one more", "three pixels taller", "surer", "nothing"],
)
def test_what_differs_is_found_whichever_comes_first(other: Finds) -> None:
    assert not difference(Finds(), other, [PICTURE], 0.1).same
    assert not difference(other, Finds(), [PICTURE], 0.1).same


def test_engines_that_find_nothing_show_nothing() -> None:
    nobody = Finds(BOXES[:0], SCORES[:0])
    assert difference(nobody, nobody, [PICTURE], 0.1) == NONE
    assert not NONE.same


def test_times_are_taken_by_turns() -> None:
    ticks = count()
    assert times_ms({"a": Finds(), "b": Finds()}, PICTURE, 3, clock=lambda: float(next(ticks))) == {"a": 1e3, "b": 1e3}


def test_the_pictures_are_in_odd_sizes_one_of_them_grey_and_the_same_again() -> None:
    once, again = (list(pictures(3)) for _ in range(2))
    assert {each.shape[1::-1] for each in once} == {size for _, _, size in VIEWS}
    assert sorted(each.ndim for each in once) == [2, 3, 3, 3, 3]
    assert all(np.array_equal(one, other) for one, other in zip(once, again, strict=True))
    assert all(side % 32 for each in once for side in each.shape[:2])


@pytest.mark.model
@pytest.mark.usefixtures("weights")
def test_onnx_runtime_finds_what_it_finds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "engines", "--engine", "onnxruntime", "--threads", "1", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["same_boxes"]
    assert {each["network"] for each in row["networks"]} == set(model_cards())
    assert all(each["boxes"] > 40 and each["ms"] > 0 for each in row["networks"])


def test_an_engine_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    if not missing_because(EngineName.CUDA):
        pytest.skip("this machine has it")
    assert main(["models", "engines", "--engine", "cuda"]) == 2
    assert "--engine cuda: engine cuda: this onnxruntime was built without" in capsys.readouterr().err


def test_odd_threads_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "engines", "--threads", "0"]) == 2
    assert "--threads 0: expected 1 to 64" in capsys.readouterr().err


def test_the_lines_warn_of_other_boxes_and_tell_what_cannot_look_at_video() -> None:
    network = {
        "network": "face", "boxes": 10, "alone": 3, "least_iou": 0.8, "most_score_off": 0.2, "ms": 5.0,
        "onnxruntime_ms": 50.0,
    }  # fmt: skip
    row: dict[str, Any] = {
        "engine": "cuda", "sealable": False, "missing_because": "", "same_boxes": False, "networks": [network],
    }  # fmt: skip
    first, second = lines_of(row)
    assert first == "cuda: OTHER BOXES, do not use it; cannot look at video, which is sealed"
    assert "7 of 10 boxes met" in second
    assert lines_of(row | {"networks": [], "missing_because": "no driver"}) == ["cuda: not here (no driver)"]


def test_thresholds_are_those_that_mask() -> None:
    assert {key: mask_threshold(card) for key, card in model_cards().items()}["face"] == 0.1
