"""Guarantee 2: the proof measures what it says, and a filter made worse on purpose does not pass it."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from proofs import ceiling
from proofs.lines import Lines, left_of, plane_seen
from proofs.row import Finding, Trial
from proofs.superres import Recovered, recovered
from proofs.views import AMPLITUDE, NADIR, Bytes, Measured, highest_heads_m, measured, smaller
from vision.smoothing import Halves, Part

SMALL = smaller(NADIR)
LINES = ceiling.lines_for(SMALL, ceiling.FINER, 45.0, 0.2)


NOTHING_RECOVERED = Recovered(averaged=0.0, sharpened=0.0)


def found() -> list[Measured]:
    both = [ceiling.lines_for(SMALL, ceiling.FINER, 45.0, 0.2, analysed=analysed) for analysed in (True, False)]
    height_m = highest_heads_m(SMALL)
    return [
        *measured(SMALL, height_m=height_m, cap_px_per_m=40, analysed=True, all_lines=both[:1]),
        *measured(SMALL, height_m=height_m, cap_px_per_m=20, analysed=False, all_lines=both[1:]),
    ]


def figure(finding: Finding, name: str) -> float:
    value = finding.figures[name]
    assert isinstance(value, (int, float))
    return value


def test_a_target_is_measured_as_it_was_drawn() -> None:
    plane = plane_seen(SMALL.seen_pose, height_m=0.0)
    coarse = Lines(per_m=3.0, towards_deg=50.0, phase_cycles=0.4)
    drawn = plane.picture(coarse, amplitude=AMPLITUDE).astype(np.float64)
    left = left_of(drawn, plane, coarse, amplitude=AMPLITUDE, rim_px=4)
    assert left.at_target == pytest.approx(1.0, abs=0.02)
    assert left.tiles > 50
    elsewhere = left_of(drawn, plane, Lines(per_m=9.0, towards_deg=50.0), amplitude=AMPLITUDE, rim_px=4)
    assert elsewhere.at_target < 0.1
    assert elsewhere.in_all > 0.9, "whatever the frequency, it is still there"


def test_the_caps_hold_and_the_control_is_caught() -> None:
    attack = recovered(SMALL, LINES, np.random.default_rng(3))
    finding = ceiling.finding_of(found(), [attack])
    assert finding.holds, finding.evidence
    assert 0 < attack.averaged < attack.sharpened
    assert figure(finding, "worst_contrast_video") < ceiling.MOST_LEFT
    assert figure(finding, "caps_hold_up_to_m_from_20m") == 3.0
    assert not ceiling.control_finding().holds


def halves_by(smooth: Callable[[Bytes, float], Bytes]) -> type[Halves]:
    """Return what takes the place of the filter and smooths a whole picture in its own way."""

    class Worse(Halves):
        def __init__(self, picture: Bytes) -> None:
            super().__init__(picture)
            self._whole = picture

        def smoothed(self, ratio: float, part: Part) -> Bytes:
            return part.of(smooth(self._whole, ratio))

    return Worse


def test_without_the_low_pass_the_proof_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision.lowpass.Halves", halves_by(lambda picture, _: picture))
    finding = ceiling.finding_of(found(), [NOTHING_RECOVERED])
    assert not finding.holds
    assert figure(finding, "worst_contrast_analysed") > 0.1


def test_with_areas_averaged_in_place_of_the_low_pass_the_proof_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def averaged(picture: Bytes, ratio: float) -> Bytes:
        size = (max(1, int(picture.shape[1] / ratio)), max(1, int(picture.shape[0] / ratio)))
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(small, picture.shape[1::-1], interpolation=cv2.INTER_LINEAR), np.uint8)

    monkeypatch.setattr("vision.lowpass.Halves", halves_by(averaged))
    assert not ceiling.finding_of(found(), [NOTHING_RECOVERED]).holds


def test_nothing_measured_is_no_proof() -> None:
    assert not ceiling.finding_of([], []).holds
    assert not ceiling.finding_of(found(), []).holds


def test_the_whole_proof_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NADIR", "OBLIQUE", "ZOOMED"):
        monkeypatch.setattr(ceiling, name, SMALL)
    monkeypatch.setattr(ceiling, "recovered", lambda *_: NOTHING_RECOVERED)
    monkeypatch.setattr(ceiling, "QUICK_TURNED_DEG", (45.0,))
    told: list[str] = []
    proven = ceiling.proved(Trial(quick=True, seed=1, told=told.append))
    assert proven.finding.holds, proven.finding.evidence
    assert not proven.control_finding.holds
    assert len(told) == 4
