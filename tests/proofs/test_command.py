"""What `prove` says of proofs: passed only if the guarantee holds and the control was caught."""

from __future__ import annotations

import itertools
import json

import pytest

from groundstation.__main__ import main
from proofs.command import rows_of, text_of
from proofs.row import GUARANTEES, Finding, Proven, Trial

HOLDS = Finding(holds=True, evidence="1 digest of 200", figures={"digests": 1})
FAILS = Finding(holds=False, evidence="200 digests of 200", figures={"digests": 200})


def trial() -> Trial:
    return Trial(quick=True, seed=1, told=lambda _: None)


@pytest.mark.parametrize(
    ("finding", "control", "passed"), [(HOLDS, FAILS, True), (HOLDS, HOLDS, False), (FAILS, FAILS, False)]
)
def test_a_proof_passes_only_beside_a_control_that_fails(finding: Finding, control: Finding, passed: bool) -> None:
    proven = Proven(finding=finding, control="blur", control_finding=control)
    (one,) = rows_of({1: lambda _: proven}, trial(), clock=itertools.count().__next__)
    assert one.passed is passed
    assert one.name == GUARANTEES[1]
    assert one.seconds == 1
    assert {"guarantee", "name", "passed", "evidence"} <= json.loads(json.dumps(one.document())).keys()
    assert ("NOT CAUGHT" in text_of(one)) is control.holds


def test_a_proof_that_breaks_off_has_not_passed_and_the_next_one_runs() -> None:
    def broken(_: Trial) -> Proven:
        raise OSError("no such file")

    fine = Proven(finding=HOLDS, control="blur", control_finding=FAILS)
    first, second = rows_of({1: broken, 2: lambda _: fine}, trial(), clock=itertools.count().__next__)
    assert not first.passed
    assert "no such file" in first.evidence
    assert second.passed


def test_a_number_without_a_proof_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", "--only", "9"]) == 2
    assert "no proof of that number" in capsys.readouterr().err
