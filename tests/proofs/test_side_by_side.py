"""Proofs in processes of their own: the row comes back whole, and a process that breaks has not passed."""

from __future__ import annotations

import subprocess
import sys

import pytest

from proofs.row import Trial
from proofs.side_by_side import rows_side_by_side

TRIAL = Trial(quick=True, seed=3, told=lambda _: None)


@pytest.mark.soak
def test_the_row_of_a_real_proof_comes_back_whole() -> None:
    (one,) = rows_side_by_side([6], TRIAL)
    assert one.guarantee == 6
    assert "broke off" not in one.evidence
    assert one.control_failed
    assert one.figures


@pytest.mark.parametrize("said", ["", "[]", "[3]", "{}", "no rows"])
def test_a_process_that_ends_without_a_row_has_not_passed(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    ended = subprocess.CompletedProcess(args=[sys.executable], returncode=9, stdout=said.encode())
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: ended)
    (one,) = rows_side_by_side([1], TRIAL)
    assert not one.passed
    assert "status 9" in one.evidence


def test_a_process_that_never_ends_has_not_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    def stuck(command: list[str], **_: object) -> None:
        raise subprocess.TimeoutExpired(command, 900)

    monkeypatch.setattr(subprocess, "run", stuck)
    (one,) = rows_side_by_side([1], TRIAL)
    assert not one.passed
    assert "timed out" in one.evidence
