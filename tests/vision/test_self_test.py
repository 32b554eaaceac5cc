"""A shipped detector that finds nothing or everything: told at the start, nothing passes, health says why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.mission import RedactionLevel
from groundstation.health import CameraStatus, says
from groundstation.supervision import Change, WorkerState
from tests.vision.scene import UTC_NS, boxes, frame_of, look_at
from tests.vision.test_room import AtOnce, eyes_with, pipe, room
from vision.boxes import Boxes, union
from vision.delay import Ready, Seen
from vision.detectors import Detector, PersonDetector
from vision.doubts import doubts_of
from vision.engine import Picture
from vision.engine_names import SEALABLE, EngineName
from vision.engines import missing_because
from vision.models.store import models_dir, verified_bytes
from vision.outlet import Outlet
from vision.room import eyes_from_models
from vision.self_test import (
    EVERY_NS,
    FINDS_EVERYTHING,
    FINDS_NOTHING,
    LEAST_FOUND_SHARE,
    MOST_FOUND_TIMES,
    SUSPECTED_EVERY_NS,
    SelfTest,
    Tried,
    fault_of,
    known_people,
)
from vision.wire import Opened

__all__ = ["pipe"]
KNOWN = known_people()
MOST = MOST_FOUND_TIMES * len(KNOWN.xyxy)
MASK_ALL = (0.0, 0.0, 320.0, 240.0)


@dataclass
class Says:
    found: Boxes
    asked: int = 0

    def find(self, picture: Picture, *, threshold: float, scale: float = 1.0) -> Boxes:
        self.asked += 1
        return self.found


def as_boxes(xyxy: Any) -> Boxes:
    return Boxes(xyxy=np.asarray(xyxy, np.float32).reshape(-1, 4), scores=np.full(len(xyxy), 0.9, np.float32))


def clutter(many: int) -> Boxes:
    """Return boxes of nobody, beside the picture."""
    return as_boxes(np.array([[400.0 + 9 * number, 0, 404 + 9 * number, 8] for number in range(many)]).reshape(-1, 4))


@given(st.integers(0, len(KNOWN.xyxy)), st.integers(0, 2 * MOST))
def test_too_few_of_the_known_is_nothing_and_far_too_many_is_everything(found: int, besides: int) -> None:
    cause = fault_of(Tried(Says(union(as_boxes(KNOWN.xyxy[:found]), clutter(besides))), 0.3), KNOWN)
    if found + besides > MOST:
        assert cause == FINDS_EVERYTHING
    else:
        assert cause == (FINDS_NOTHING if found < LEAST_FOUND_SHARE * len(KNOWN.xyxy) else "")


def test_it_is_tried_every_hour_and_within_seconds_where_all_is_covered() -> None:
    detector = Says(as_boxes(KNOWN.xyxy))
    test = SelfTest([Tried(detector, 0.3)])
    for ns in (0, UTC_NS, UTC_NS + EVERY_NS - 1):  # at the start, in the rehearsal, with the first picture
        test.turn(ns)
    assert (detector.asked, test.fault) == (1, "")
    detector.found = Boxes.none()
    test.turn(UTC_NS + EVERY_NS)
    assert (detector.asked, test.fault) == (2, FINDS_NOTHING)
    detector.found = clutter(MOST + 1)
    test.turn(UTC_NS + EVERY_NS + SUSPECTED_EVERY_NS - 1, suspected=True)
    assert test.fault == FINDS_NOTHING
    test.turn(UTC_NS + EVERY_NS + SUSPECTED_EVERY_NS, suspected=True)
    assert test.fault == FINDS_EVERYTHING


def test_a_look_that_covers_nearly_all_lets_the_network_be_tried_and_a_true_crowd_goes_on() -> None:
    detector, eyes = Says(as_boxes(KNOWN.xyxy)), eyes_with(boxes(MASK_ALL))
    eyes.trial = SelfTest([Tried(detector, 0.3)])
    for s in range(0, 21, 5):
        eyes.look(frame_of(utc_ns=UTC_NS + s * 10**9))
    assert (detector.asked, eyes.trial.fault) == (3, "")


def health_with(trial: SelfTest, outlet: Outlet) -> tuple[dict[str, object], list[str]]:
    """Return a camera's part of the health document after a picture and a count, and the kinds of what was sent."""
    eyes = eyes_with(boxes((150, 100, 170, 145)))
    eyes.trial = trial
    sealed = replace(room(outlet), doubts=doubts_of(eyes, AtOnce(), stands=False, waits=False))
    frame = frame_of()
    sealed.publish(Ready(frame, [look_at(frame)]), came_in_ns=0)
    sealed.count(Seen(frame, boxes((150, 100, 170, 145))))
    status = CameraStatus(name="north", system_id=None, utc_ns=0)
    status.change(Change(state=WorkerState.RUNNING, why=""), 1)
    status.take(Opened(width_px=320, height_px=240, fps=10.0, codec="avc1", sealed=True, seal={}), 1)
    status.take(sealed.tally.health(UTC_NS, 10**9), 2)
    told = status.document(link=None, pose_refusal=None)
    return told, [
        name for name in ("gate", "counts_withheld_because") if told[name] in (FINDS_NOTHING, FINDS_EVERYTHING)
    ]


def test_nothing_passes_and_health_says_why(pipe: tuple[Outlet, Any]) -> None:
    told, closed = health_with(SelfTest([Tried(Says(Boxes.none()), 0.3)]), pipe[0])
    assert closed == ["gate", "counts_withheld_because"]
    assert told["gate_says"] == told["counts_say"] == says(FINDS_NOTHING)
    assert told["frames_out"] == 0
    assert told["count_rate_hz"] == 0


def test_with_a_detector_that_finds_whom_it_must_all_passes(pipe: tuple[Outlet, Any]) -> None:
    told, closed = health_with(SelfTest([Tried(Says(as_boxes(KNOWN.xyxy)), 0.3)]), pipe[0])
    assert closed == []
    assert (told["gate"], told["frames_out"]) == ("open", 1)


# the shipped networks, whole and broken


@pytest.mark.model
@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("engine", [name for name in SEALABLE if not missing_because(name)])
def test_the_shipped_networks_pass_on_each_engine(engine: EngineName) -> None:
    eyes = eyes_from_models(models_dir(), level=RedactionLevel.STRICT, threads=1, engine=engine)
    assert eyes.trial.fault == ""


def mutant(key: str, kind: str) -> bytes:
    broken = pytest.importorskip("tests.vision.broken_weights", reason="weights are changed with onnx")
    model = verified_bytes(key, models_dir())
    changes = {
        "all weights zero": broken.with_zeros,
        "sure of everything": lambda data: broken.with_scores_moved(data, 6.0),
        "sure of nothing": lambda data: broken.with_scores_moved(data, -6.0),
        "noise in all weights": lambda data: broken.with_noise(data, 0.5),
    }
    return bytes(changes[kind](model))


@pytest.mark.model
@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("key", ["person", "above"])
@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ("all weights zero", FINDS_EVERYTHING),
        ("sure of everything", FINDS_EVERYTHING),
        ("sure of nothing", FINDS_NOTHING),
        ("noise in all weights", FINDS_EVERYTHING),
    ],
)
def test_a_network_with_broken_weights_closes_all_and_is_named(
    key: str, kind: str, cause: str, monkeypatch: pytest.MonkeyPatch, pipe: tuple[Outlet, Any]
) -> None:
    """As loaded by the worker, but for its hash, which would have refused it."""
    model = mutant(key, kind)
    if key == "person":
        whole = verified_bytes
        monkeypatch.setattr("vision.room.verified_bytes", lambda name, at: model if name == key else whole(name, at))
    else:
        monkeypatch.setattr("vision.room.bytes_of_card", lambda *_: model)
    eyes = eyes_from_models(models_dir(), level=RedactionLevel.STRICT, threads=1)
    told, closed = health_with(eyes.trial, pipe[0])
    assert closed == ["gate", "counts_withheld_because"]
    assert told["gate"] == cause


class Darker:
    """A detector that is shown 0 to 1 where it was made for 0 to 255, as a wrong preprocessing would."""

    def __init__(self, whole: Detector) -> None:
        self.whole = whole

    def find(self, picture: Picture, *, threshold: float, scale: float = 1.0) -> Boxes:
        return self.whole.find((picture // 255).astype(np.uint8), threshold=threshold, scale=scale)


@pytest.mark.model
@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("key", ["person", "above"])
def test_a_wrong_preprocessing_and_a_wrong_threshold_are_told(key: str) -> None:
    detector = PersonDetector(verified_bytes(key, models_dir()), threads=1)
    assert fault_of(Tried(detector, 0.3), KNOWN) == ""
    assert fault_of(Tried(Darker(detector), 0.3), KNOWN) == FINDS_NOTHING
    assert fault_of(Tried(detector, 0.95), KNOWN) == FINDS_NOTHING
    assert fault_of(Tried(detector, 0.0001), KNOWN) == FINDS_EVERYTHING
