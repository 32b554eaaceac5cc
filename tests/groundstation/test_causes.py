"""Every cause that can close a gate has a sentence in health and words on the page, in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from flightlink.mission import Mission
from groundstation.health import SAYS, UNKNOWN_SAYS, CameraStatus, says
from groundstation.supervision import Change, WorkerState
from tests.groundstation.test_health import OPENED, document, health, running

ROOT = Path(__file__).parents[2]
CAUSE = re.compile(r"[a-z]+(_[a-z]+)+")
NO_CAUSE = "not_started"
"""The mission's own state, beside the gate in the document."""
CALLS_WITH_A_CAUSE = ("Ready", "_closed", "_unposed", "fill", "filled", "PoseRefusal")


def literals(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and CAUSE.fullmatch(part.value):
            yield part.value


def chosen(node: ast.AST) -> Iterator[str]:
    """Yield the literals that an expression may be, not those that it is worked out from."""
    match node:
        case ast.IfExp():
            yield from (*chosen(node.body), *chosen(node.orelse))
        case ast.BoolOp():
            yield from (word for value in node.values for word in chosen(value))
        case ast.Constant():
            yield from literals(node)


def causes_in(tree: ast.Module) -> Iterator[str]:
    """Yield the literals that stand where causes do: returned, named by a constant, handed to what closes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Return) and node.value is not None:
            yield from chosen(node.value)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
            yield from literals(node.value)
        elif isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            if name in CALLS_WITH_A_CAUSE:
                yield from literals(node)
            yield from (word for keyword in node.keywords if keyword.arg in ("cause", "late")
                        for word in literals(keyword.value))  # fmt: skip


@cache
def emitted() -> frozenset[str]:
    found: set[str] = set()
    for room in ("flightlink", "vision"):
        for path in (ROOT / room).rglob("*.py"):
            found |= set(causes_in(ast.parse(path.read_text(encoding="utf-8"))))
    for name in ("groundstation/health.py", "groundstation/live_camera.py"):
        found |= set(causes_in(ast.parse((ROOT / name).read_text(encoding="utf-8"))))
    workers = {f"worker_{state}" for state in WorkerState if state is not WorkerState.RUNNING}
    return frozenset((found | workers | {"unsealed"}) - {NO_CAUSE})


def words(language: str) -> set[str]:
    text = (ROOT / "static" / f"words-{language}.js").read_text(encoding="utf-8")
    return set(re.findall(r"^  cause_(\w+): '[^']+',$", text, re.MULTILINE))


def test_the_walk_finds_the_causes() -> None:
    assert {
        "stale_pose", "no_gimbal", "mission_ended", "outside_altitude_band", "detector_late", "frames_out_of_order",
        "camera_file_aspect", "people_too_large_for_pose", "face_in_output", "picture_moved_unlike_pose",
        "camera_was_moved", "no_vehicle", "no_frame_yet", "worker_waiting", "unsealed",
    } <= emitted()  # fmt: skip


def test_every_cause_has_its_sentence() -> None:
    assert emitted() - set(SAYS) == set()


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_cause_has_its_words(language: str) -> None:
    assert emitted() - words(language) == set()


@pytest.mark.parametrize("cause", sorted(SAYS))
def test_a_sentence_is_one_that_says_what_is_wrong_and_what_mends_it(cause: str) -> None:
    sentence = says(cause)
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    assert sentence.count(". ") == 0
    assert 30 <= len(sentence) <= 110


def test_no_two_causes_say_the_same_but_for_the_first_picture() -> None:
    sentences = [sentence for cause, sentence in SAYS.items() if cause != "no_picture_yet"]
    assert len(set(sentences)) == len(sentences)


def test_a_cause_of_a_later_version_says_that_it_is_not_known() -> None:
    assert says("hull_breach") == UNKNOWN_SAYS


# in the document


def test_the_document_says_what_the_gate_says() -> None:
    assert document(running())["gate_says"] == SAYS["open"]
    assert document(running("camera_was_moved"))["gate_says"] == SAYS["camera_was_moved"]


def test_an_unsealed_worker_is_said_whatever_its_gate_decides() -> None:
    status = CameraStatus(name="north", system_id=None, utc_ns=0)
    status.change(Change(state=WorkerState.RUNNING, why=""), 1)
    status.take(replace(OPENED, sealed=False), 1)
    status.take(health("open"), 2)
    told = document(status)
    assert (told["gate"], told["gate_says"], told["sealed"]) == ("unsealed", SAYS["unsealed"], False)


def test_counts_that_are_withheld_are_said_beside_an_open_gate() -> None:
    status = running()
    assert document(status)["counts_say"] is None
    status.take(replace(health("open"), counts_withheld_because="people_too_small_for_pose"), 3)
    told = document(status)
    assert (told["gate"], told["counts_withheld_because"]) == ("open", "people_too_small_for_pose")
    assert told["counts_say"] == SAYS["people_too_small_for_pose"]


def test_a_missing_detector_is_said_beside_an_open_gate() -> None:
    status = running()
    assert (document(status)["detector_missing_because"], document(status)["detectors_say"]) == ("", None)
    status.take(replace(health("open"), detector_missing_because="above_detector_missing"), 3)
    told = document(status)
    assert (told["gate"], told["detector_missing_because"]) == ("open", "above_detector_missing")
    assert told["detectors_say"] == SAYS["above_detector_missing"]


def test_the_missions_own_refusals_are_among_them() -> None:
    mission = Mission(
        area=((0.0, 0.0), (0.0, 1.0), (1.0, 1.0)), starts_utc_ns=10, ends_utc_ns=20, min_agl_m=2, max_agl_m=120,
        purpose="market day",
    )  # fmt: skip
    assert {mission.refusal_at(5), mission.refusal_at(25)} <= set(SAYS)
