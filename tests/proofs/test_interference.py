"""Guarantee 1: the proof sees a leak where there is one, and shows nothing by a gate that stays closed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from flightlink.mission import RedactionLevel
from proofs import interference
from proofs.blind import FindsNoFace
from proofs.interference import SETTINGS, Outcome, finding_of, outcome
from proofs.row import Trial
from tests.vision.scene import Picture

ONE = Outcome(digests=frozenset("a"), fillings=200, hidden_share=0.3, closed=False)


@pytest.fixture
def _without_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Search for faces with a detector that finds none: the weights may not be in place."""
    monkeypatch.setattr(interference, "verified_bytes", lambda *_: b"")
    monkeypatch.setattr(interference, "FaceDetector", lambda *_, **__: FindsNoFace())
    monkeypatch.setattr(interference, "FILLINGS", 4)
    monkeypatch.setattr(interference, "CONTROL_FILLINGS", 4)


@pytest.mark.usefixtures("_without_weights")
def test_the_proof_holds_through_the_doubts_and_its_control_is_caught() -> None:
    proven = interference.proved(Trial(quick=True, seed=11, told=lambda _: None))
    assert proven.finding.holds, proven.finding.evidence
    assert proven.finding.figures["digests"] == 1
    assert not proven.control_finding.holds
    assert proven.control_finding.figures["digests"] == 4


@pytest.mark.usefixtures("_without_weights")
def test_a_fill_that_looks_under_the_mask_fails_the_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    def leaking(picture: Picture, mask: Picture) -> Picture:
        shown = picture.copy()
        shown[mask > 0] = int(picture[mask > 0].mean())
        return shown

    monkeypatch.setattr("vision.gate.filled", leaking)
    assert not interference.proved(Trial(quick=True, seed=11, told=lambda _: None)).finding.holds


@pytest.mark.parametrize(
    "found",
    [
        {},
        {"a": replace(ONE, digests=frozenset("ab"))},
        {"a": ONE, "b": replace(ONE, digests=frozenset("ab"))},
        {"a": replace(ONE, closed=True)},
        {"a": replace(ONE, hidden_share=0.0)},
    ],
)
def test_more_than_one_digest_or_nothing_shown_is_no_proof(found: dict[str, Outcome]) -> None:
    assert not finding_of(found).holds
    assert finding_of({"a": ONE}).holds


def test_fillings_differ_and_keep_to_what_is_hidden() -> None:
    rng = np.random.default_rng(1)
    picture = interference.scene_of(SETTINGS[0], RedactionLevel.FLOOR, rng)
    where = np.zeros(picture.shape[:2], np.uint8)
    where[10:50, 20:90] = 255
    others = [interference.filled_otherwise(picture, where, rng) for _ in range(20)]
    assert all(np.array_equal(other[where == 0], picture[where == 0]) for other in others)
    assert len({other.tobytes() for other in others}) > 18
    assert len(outcome(SETTINGS[0], RedactionLevel.STRICT, None, count=2, seed=1).digests) == 1
