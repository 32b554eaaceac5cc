"""Guarantee 11: public counts are differentially private, noise cannot hide a crush, and no small group is derivable.

Everything runs through the installed gate 2: `PublicLevel` and OpenDP's own sampler, `Disclosure` and `published`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import numpy as np
import shapely

from maps.budget import EPSILON_PER_RELEASE, EPSILON_PER_WINDOW, EVERY_S, RELEASES_PER_WINDOW, WINDOW_S
from maps.cells import CELL_SIZES_M, LEAF_SIZE_M, CellCount, CellCounts, CellId
from maps.disclosure import Disclosure, published
from maps.geojson import feature_collection
from maps.levels import STANDARD_THRESHOLDS, Level
from maps.noise import Noise, geometric_noise
from maps.patches import LEAST_GROUND_M2, public_patches
from maps.public import Look, PublicLevel, released
from proofs.differencing import (
    EPSG,
    LAYOUTS,
    UTC_NS,
    Equation,
    equations,
    fused,
    is_small,
    solved,
    tried,
    tried_in_time,
)
from proofs.disclosure_budget import budget_kept
from proofs.privacy_audit import (
    DOUBT,
    TOO_FAR_SIGMA,
    Bound,
    Event,
    Floats,
    audit,
    best_event,
    clopper_pearson,
    geometric_share,
    sigmas_from_law,
)
from proofs.row import Finding, Proven, Trial

NS_PER_S: Final = 1_000_000_000
CELL_M2: Final = float(CELL_SIZES_M[0] ** 2)
FOUND: Final = 100
"""People in the audited cell: far from both ends of what is told."""
AWAY_PER_M2: Final = 0.1
WRONG_AT_MOST: Final = 1e-3
TEN_TIMES: Final = 10
LEAVES_PER_SIDE: Final = 8
THRESHOLDS: Final = (
    STANDARD_THRESHOLDS.dense_per_m2,
    STANDARD_THRESHOLDS.watch_per_m2,
    STANDARD_THRESHOLDS.alert_per_m2,
)
CONTROL: Final = "noise of a tenth of its scale; every leaf with its figure (k = 1)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much is drawn."""

    runs: int
    """Releases of each of the two neighbouring worlds."""
    control_runs: int
    draws: int
    """Of the noise alone, and for each wrong level."""
    crowds: int = 200
    layouts: int = len(LAYOUTS)


FULL: Final = Size(runs=100_000, control_runs=12_000, draws=100_000)
QUICK: Final = Size(runs=20_000, control_runs=1_500, draws=10_000, layouts=2)


def proved(trial: Trial) -> Proven:
    """Audit the public level's privacy, and attack the operator's map; both controls must be caught."""
    return proved_with(QUICK if trial.quick else FULL, trial)


def proved_with(size: Size, trial: Trial) -> Proven:
    """Return the proof with so many draws."""
    findings = [_private(size, trial), _levels_right(size), _nobody_derived(size, trial), budget_kept()]
    return Proven(
        finding=_together(findings), control=CONTROL, control_finding=_controls(size, np.random.default_rng(trial.seed))
    )


def _together(findings: list[Finding]) -> Finding:
    return Finding(
        holds=all(finding.holds for finding in findings),
        evidence="; ".join(finding.evidence for finding in findings),
        figures={name: figure for finding in findings for name, figure in finding.figures.items()},
    )


def _private(size: Size, trial: Trial) -> Finding:
    """Audit a release and a window of releases, and test the law of the noise."""
    noise = geometric_noise(EPSILON_PER_RELEASE)
    trial.told(f"{size.runs} public releases of each of two neighbouring worlds ...")
    release, window = audited(noise, size.runs)
    sigmas = sigmas_from_law(np.array(noise([0] * size.draws)), float(EPSILON_PER_RELEASE))
    per_release, per_window = float(EPSILON_PER_RELEASE), float(EPSILON_PER_WINDOW)
    return Finding(
        holds=release.at_least <= per_release and window.at_least <= per_window and sigmas <= TOO_FAR_SIGMA,
        evidence=(
            f"{size.runs} runs on neighbouring inputs: epsilon is {release.at_least:.3f} or more a release where "
            f"{per_release:.3f} is allowed (estimate {release.seen:.3f}), {window.at_least:.2f} or more a window where "
            f"{per_window:.0f} is (estimate {window.seen:.2f}); the noise lies {sigmas:.1f} sigma from its law"
        ),
        figures={
            "runs": size.runs,
            "epsilon_release_at_least": release.at_least,
            "epsilon_release_seen": release.seen,
            "epsilon_window_at_least": window.at_least,
            "epsilon_window_seen": window.seen,
            "doubt": DOUBT,
            "noise_sigmas_from_law": sigmas,
        },
    )


def audited(noise: Noise, runs: int) -> tuple[Bound, Bound]:
    """Return what releases with and without one detection say of epsilon, one by one and window by window."""
    without, with_one = (figures_of(noise, found, runs) for found in (FOUND, FOUND + 1))
    event = best_event(without, with_one)
    windows = [_by_window(event, draws) for draws in (without, with_one)]
    return audit(without, with_one), audit(*windows)


def _by_window(event: Event, draws: Floats) -> Floats:
    """Return in how many releases of each window an event came: of geometric noise all that tells the worlds apart."""
    whole = len(draws) // RELEASES_PER_WINDOW * RELEASES_PER_WINDOW
    return np.asarray(event.has(draws[:whole]).reshape(-1, RELEASES_PER_WINDOW).sum(axis=1), np.float64)


def figures_of(noise: Noise, found: int, runs: int) -> Floats:
    """Return the published figures (runs,) of one cell in which so many are found, release after release."""
    level = PublicLevel(epsg=EPSG, mission_area=shapely.box(0, 0, 20, 20), noise=noise, starts_ns=0)
    frame = _frame(found)
    figures = np.empty(runs)
    for run in range(runs):
        level.take(frame)
        public = level.release(UTC_NS, (WINDOW_S + run * EVERY_S) * NS_PER_S)
        density = None if public is None else public.cells[0].density_per_m2
        figures[run] = math.nan if density is None else density * CELL_M2
    return np.asarray(np.round(figures), np.float64)


def _frame(found: int, cells: int = 4) -> CellCounts:
    """Return a frame that sees a square of cells of 5 m whole and finds everybody in the first."""
    leaves = tuple(
        CellCount(
            cell=CellId(LEAF_SIZE_M, number % cells, number // cells), people=0.0, variance=0.0, observed_share=1.0,
            ce90_m=1.0, found=found if number == 0 else 0,
        )
        for number in range(cells**2)
    )  # fmt: skip
    return CellCounts(source="north", utc_ns=UTC_NS, epsg=EPSG, cells=leaves)


def _levels_right(size: Size) -> Finding:
    """Measure how often the noise tells a wrong level on the smallest ground that is told of, and compute it."""
    noise = geometric_noise(EPSILON_PER_RELEASE)
    shares, lawful = [], True
    for threshold in THRESHOLDS:
        for away in (-AWAY_PER_M2, AWAY_PER_M2):
            count = round((threshold + away) * LEAST_GROUND_M2)
            wrong = wrong_levels(noise, count, size.draws)
            low, high = clopper_pearson(wrong, size.draws, DOUBT)
            lawful &= low <= chance_of_wrong_level(count, threshold) <= high and low <= WRONG_AT_MOST
            shares.append(wrong / size.draws)
    computed = max(
        chance_of_wrong_level(round((threshold + away) * LEAST_GROUND_M2), threshold)
        for threshold in THRESHOLDS for away in (-AWAY_PER_M2, AWAY_PER_M2)
    )  # fmt: skip
    return Finding(
        holds=lawful and computed < WRONG_AT_MOST,
        evidence=(
            f"a wrong level at {AWAY_PER_M2} people/m2 from a threshold: {computed:.1e} computed on "
            f"{LEAST_GROUND_M2:.0f} m2, at most {max(shares):.1e} measured"
        ),
        figures={"wrong_level_computed": computed, "wrong_level_measured": shares},
    )


def chance_of_wrong_level(count: int, threshold: float) -> float:
    """Return how likely noise carries a count over a threshold on the smallest ground."""
    distance = threshold * LEAST_GROUND_M2 - count
    away = math.ceil(distance - 1e-9) if distance > 0 else math.floor(-distance + 1e-9) + 1
    return geometric_share(away, float(EPSILON_PER_RELEASE))


def wrong_levels(noise: Noise, count: int, draws: int) -> int:
    """Return how many of so many releases tell another level than the true one."""
    (patch,) = public_patches(shapely.box(0, 0, 20, 20))
    look = Look(found=count, seen_m2=LEAST_GROUND_M2)
    true = STANDARD_THRESHOLDS.level_of(count / LEAST_GROUND_M2)
    told = Level.ALERT if true is Level.CRITICAL else true
    return sum(cell.level is not told for cell in released([look] * draws, [patch] * draws, noise))


def _nobody_derived(size: Size, trial: Trial) -> Finding:
    """Attack the operator's map: solve random crowds for small cells, and try all small crowds there can be."""
    trial.told(f"solving the maps of {size.crowds} crowds for small groups ...")
    random = np.random.default_rng(trial.seed)
    crowds = [crowd(random) for _ in range(size.crowds)]
    solved_out = sum(len(derived(document, one)) for one in crowds for document in _documents(one))
    alone = [tried(places) for places in LAYOUTS[: size.layouts]]
    in_time = [tried_in_time(places) for places in LAYOUTS[: size.layouts]]
    given = sum(count for _, count in (*alone, *in_time))
    return Finding(
        holds=solved_out == 0 and given == 0,
        evidence=(
            f"cells of 1 to 4 people that follow from the maps of {size.crowds} crowds: {solved_out}; from all "
            f"{sum(number for number, _ in alone)} small crowds and {sum(number for number, _ in in_time)} single "
            f"arrivals and departures: {given}"
        ),
        figures={
            "crowds": size.crowds,
            "small_cells_solved": solved_out,
            "small_crowds_tried": sum(number for number, _ in alone),
            "single_steps_tried": sum(number for number, _ in in_time),
            "given_away": given,
        },
    )


Crowd = dict[tuple[int, int], int]


def crowd(random: np.random.Generator) -> Crowd:
    """Return people by leaf of a 40 m square: empty, thin and dense places side by side, some of them not seen."""
    places = [(east, north) for east in range(LEAVES_PER_SIDE) for north in range(LEAVES_PER_SIDE)]
    mean = random.choice([0.0, 0.0, 1.0, 4.0, 12.0], size=len(places))
    seen = random.random(len(places)) < random.choice([0.6, 1.0])
    people = random.poisson(mean)
    return {place: int(count) for place, count, there in zip(places, people, seen, strict=True) if there}


def _documents(one: Crowd) -> list[dict[str, Any]]:
    leaves = fused(one.keys(), one.values())
    area = shapely.box(0, 0, LEAVES_PER_SIDE * LEAF_SIZE_M, LEAVES_PER_SIDE * LEAF_SIZE_M)
    live = Disclosure(epsg=EPSG, mission_area=area)
    maps = [published(leaves, UTC_NS, EPSG, area), live.published(leaves, UTC_NS), live.published(leaves, UTC_NS)]
    return [feature_collection(density_map) for density_map in maps]


def derived(document: dict[str, Any], one: Crowd) -> list[CellId]:
    """Return the cells of any size for which a map gives 1 to k - 1 people."""
    leaves = [CellId(LEAF_SIZE_M, *place) for place in one]
    return [cell for cell, people in solved(equations(document), leaves).items() if is_small(people)]


def _controls(size: Size, random: np.random.Generator) -> Finding:
    """Weaken both levels: the audit must see the noise, the attacker the figures."""
    weak = geometric_noise(Fraction(TEN_TIMES) * EPSILON_PER_RELEASE)
    release, _ = audited(weak, size.control_runs)
    one = crowd(random)
    each = [Equation(cells=(CellId(LEAF_SIZE_M, *place),), people=count) for place, count in one.items()]
    leaves = [CellId(LEAF_SIZE_M, *place) for place in one]
    small = sum(is_small(people) for people in solved(each, leaves).values())
    caught = release.at_least > float(EPSILON_PER_RELEASE) and small > 0
    return Finding(
        holds=not caught,
        evidence=f"epsilon is at least {release.at_least:.2f} a release; {small} cells of 1 to 4 people follow",
        figures={"epsilon_release_at_least": release.at_least, "small_cells_solved": small},
    )
