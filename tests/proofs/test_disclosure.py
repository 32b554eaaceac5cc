"""Guarantee 11: its proof holds in a small form, and each sabotage of gate 2 makes a part of it fail."""

import math
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from maps.budget import EPSILON_PER_RELEASE
from maps.cells import CellId
from maps.noise import geometric_noise
from maps.public import PublicLevel
from proofs import disclosure
from proofs.differencing import LAYOUTS, Equation, is_small, solved, tried, tried_in_time
from proofs.disclosure import Size, proved_with
from proofs.disclosure_budget import budget_kept
from proofs.privacy_audit import audit, clopper_pearson, geometric_share, sigmas_from_law
from proofs.row import Trial

SMALL = Size(runs=1200, control_runs=1200, draws=3000, crowds=12, layouts=1)
TRIAL = Trial(quick=True, seed=7, told=lambda _: None)


def noise_of(epsilon: float, n: int, seed: int = 1) -> Any:
    random, stop = np.random.default_rng(seed), 1 - math.exp(-epsilon)
    return random.geometric(stop, n) - random.geometric(stop, n)


def test_the_proof_holds_and_its_controls_are_caught() -> None:
    proven = proved_with(SMALL, TRIAL)
    assert proven.finding.holds, proven.finding.evidence
    assert not proven.control_finding.holds, proven.control_finding.evidence
    assert proven.finding.figures["runs"] == 1200


def test_weaker_noise_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = geometric_noise(Fraction(10) * EPSILON_PER_RELEASE)
    monkeypatch.setattr(disclosure, "geometric_noise", lambda _: weak)
    finding = disclosure._private(SMALL, TRIAL)
    assert not finding.holds
    assert float(str(finding.figures["epsilon_release_at_least"])) > 1
    assert float(str(finding.figures["noise_sigmas_from_law"])) > 10


def test_a_detection_that_counts_eight_times_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    once = PublicLevel._looks

    def often(level: PublicLevel, utc_ns: int) -> Any:
        return [look and replace(look, found=8 * look.found) for look in once(level, utc_ns)]

    monkeypatch.setattr(PublicLevel, "_looks", often)
    several = replace(SMALL, runs=6000)
    # the noise is truly random, and hides it from one look in twelve
    assert not all(disclosure._private(several, TRIAL).holds for _ in range(5))


def test_stronger_noise_hides_a_crush(monkeypatch: pytest.MonkeyPatch) -> None:
    strong = geometric_noise(EPSILON_PER_RELEASE / 4)
    monkeypatch.setattr(disclosure, "geometric_noise", lambda _: strong)
    assert not disclosure._levels_right(SMALL).holds


def test_a_split_without_the_rule_is_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maps.disclosure.may_split", lambda cell, *_: cell.size_m > 5)
    monkeypatch.setattr("maps.disclosure.crowd_of", lambda *_: None)
    finding = disclosure._nobody_derived(SMALL, TRIAL)
    assert not finding.holds
    assert int(str(finding.figures["small_cells_solved"])) > 0


def test_an_error_that_weighs_the_leaves_gives_them_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sum of the leaves' own variances is a second equation."""
    monkeypatch.setattr("maps.disclosure.stated_variance", lambda tally, _: tally.variance)
    assert tried(LAYOUTS[0])[1] > 0


def test_without_margins_the_last_to_leave_is_given_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("maps.hysteresis.STAY_MARGIN", 0)
    monkeypatch.setattr("maps.hysteresis.RETURN_MARGIN", 0)
    assert tried_in_time(LAYOUTS[0])[1] > 0


def test_a_ledger_that_forgets_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert budget_kept().holds
    monkeypatch.setattr("maps.budget.Ledger.spend", lambda *_: True)
    assert not budget_kept().holds


def test_a_map_that_does_not_grey_out_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundstation.mapping.greyed", lambda document: document)
    assert not budget_kept().holds


def test_parents_beside_their_children_are_solved() -> None:
    leaves = CellId(10, 0, 0).children
    told = [Equation(cells=(leaf,), people=9.0) for leaf in leaves[:3]]
    assert solved(told, leaves).keys() == set(leaves[:3])
    everything = solved([*told, Equation(cells=(CellId(10, 0, 0),), people=30.0)], leaves)
    assert everything[leaves[3]] == pytest.approx(3.0)
    assert is_small(everything[leaves[3]])


def test_exact_intervals_are_those_of_the_textbook() -> None:
    assert clopper_pearson(5, 100, 0.05) == pytest.approx((0.0164, 0.1128), abs=1e-4)
    assert clopper_pearson(0, 100, 0.05) == pytest.approx((0.0, 0.0362), abs=1e-4)
    assert clopper_pearson(100, 100, 0.05) == pytest.approx((0.9638, 1.0), abs=1e-4)


@pytest.mark.parametrize("epsilon", [0.5, 1.5])
@pytest.mark.parametrize("direction", [-1, 1])
def test_an_audit_stays_below_the_true_epsilon_and_comes_near(epsilon: float, direction: int) -> None:
    draws = [noise_of(epsilon, 20_000, seed).astype(float) for seed in (1, 2)]
    bound = audit(draws[0], draws[1] + direction)
    assert 0.8 * epsilon < bound.at_least < epsilon
    assert bound.seen == pytest.approx(epsilon, rel=0.15)


def test_the_law_of_the_noise_is_told_from_others() -> None:
    assert abs(sigmas_from_law(noise_of(1 / 6, 50_000), 1 / 6)) < 4
    assert sigmas_from_law(noise_of(1 / 5.5, 50_000), 1 / 6) > 5
    spread = np.round(np.random.default_rng(1).normal(0, 8.4, 50_000)).astype(np.int64)
    assert sigmas_from_law(spread, 1 / 6) > 5
    assert geometric_share(1, 1 / 6) == pytest.approx(1 / (1 + math.exp(1 / 6)))
