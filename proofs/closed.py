"""Guarantee 3: the gate fails closed. Chaos in simulated time by the hundred, and real processes that are stopped.

Judged by the bytes that a viewer gets: they are decoded, and searched for people whose clothes nothing else wears.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from proofs.chaos.batch import Judged, chaos
from proofs.chaos.control import CONTROL
from proofs.chaos.faults import LIES, Kind
from proofs.chaos.ordeal import FULL, QUICK, Ordeal, ordeal
from proofs.chaos.verdict import FILL_WITHIN_S, FORGIVES_WITHIN_S, RECOVERS_WITHIN_S
from proofs.row import Figure, Finding, Proven, Trial

RUNS: Final = 200
QUICK_RUNS: Final = len(Kind)
"""Each kind of fault once."""
CONTROL_RUNS: Final = 8
QUICK_CONTROL_RUNS: Final = 4


def proved(trial: Trial) -> Proven:
    """Put the product through chaos, and the control through a little of it."""
    product, control, suffered = asyncio.run(_all_of_it(trial))
    return Proven(finding=finding_of(product, suffered), control=CONTROL, control_finding=control_finding_of(control))


async def _all_of_it(trial: Trial) -> tuple[list[Judged], list[Judged], Ordeal]:
    """Run the chaos while the real station starts; its troubles are timed, so they come when the chaos is over."""
    runs = asyncio.ensure_future(_simulated(trial))
    try:
        suffered = await ordeal(QUICK if trial.quick else FULL, trial.told, after=runs)
        return (*await runs, suffered)
    finally:
        runs.cancel()


async def _simulated(trial: Trial) -> tuple[list[Judged], list[Judged]]:
    runs = QUICK_RUNS if trial.quick else RUNS
    product = await chaos(runs, seed=trial.seed, control=False, told=trial.told)
    controls = QUICK_CONTROL_RUNS if trial.quick else CONTROL_RUNS
    return product, await chaos(controls, seed=trial.seed, control=True, told=trial.told)


def finding_of(runs: Sequence[Judged], suffered: Ordeal | None) -> Finding:
    """Return what all of it says together."""
    figures = figures_of(runs)
    holds = (
        figures["unmasked_frames"] == 0
        and figures["never_recovered"] == 0
        and figures["worst_fill_s"] <= FILL_WITHIN_S
        and figures["worst_recovery_s"] <= RECOVERS_WITHIN_S
        and figures["worst_forgiven_s"] <= FORGIVES_WITHIN_S
        and figures["runs_never_open"] == 0
    )
    said = (
        f"{len(runs)} chaos runs: {figures['unmasked_frames']} unmasked of {figures['open_frames']} open frames, "
        f"fill within {figures['worst_fill_s']} s, open again within {figures['worst_recovery_s']} s, "
        f"{figures['never_recovered']} never"
    )
    if suffered is None:
        return Finding(holds=holds, evidence=said, figures=figures)
    return Finding(
        holds=holds and _real_holds(suffered),
        evidence=f"{said}; {_real_words(suffered)}",
        figures={**figures, **_real_figures(suffered)},
    )


def control_finding_of(runs: Sequence[Judged]) -> Finding:
    """Return what the control's runs say: caught only if somebody was seen; one that merely breaks proves nothing."""
    found = finding_of(runs, None)
    return Finding(holds=found.figures["unmasked_frames"] == 0, evidence=found.evidence, figures=found.figures)


def figures_of(runs: Sequence[Judged]) -> dict[str, float]:
    """Return the figures of chaos runs, with the worst time to fill of each kind that must fill."""
    verdicts = [one.verdict for one in runs]
    recovered = [(one.kind in LIES, one.verdict.recovery_s) for one in runs if one.verdict.recovery_s is not None]
    fills_s = {kind: _worst_fill_s(runs, kind) for kind in sorted({one.kind for one in runs})}
    by_kind = {f"fill_s_{kind.replace(' ', '_')}": fill_s for kind, fill_s in fills_s.items() if fill_s is not None}
    return {
        "runs": len(verdicts),
        "unmasked_frames": sum(one.unmasked for one in verdicts),
        "open_frames": sum(one.open_pictures for one in verdicts),
        "runs_never_open": sum(one.open_pictures == 0 for one in verdicts),
        "never_recovered": len(verdicts) - len(recovered),
        "worst_fill_s": max(by_kind.values(), default=0.0),
        "worst_recovery_s": round(max((s for is_lie, s in recovered if not is_lie), default=0.0), 2),
        "worst_forgiven_s": round(max((s for is_lie, s in recovered if is_lie), default=0.0), 2),
        "workers_ended": sum(one.deaths for one in verdicts),
        "worst_stripes_levels": round(max((one.worst_amplitude for one in verdicts), default=0.0), 2),
        **by_kind,
    }


def _worst_fill_s(runs: Sequence[Judged], kind: str) -> float | None:
    fills_s = [one.verdict.fill_s for one in runs if one.kind == kind and one.verdict.fill_s is not None]
    return round(max(fills_s), 2) if fills_s else None


def _real_worst_s(suffered: Ordeal) -> float:
    return max(suffered.fill_s(trouble) for trouble in suffered.troubles)


def _real_holds(suffered: Ordeal) -> bool:
    return _real_worst_s(suffered) <= FILL_WITHIN_S and not suffered.orphan


def _real_figures(suffered: Ordeal) -> dict[str, Figure]:
    fills = {f"real_fill_s_{one.name.replace(' ', '_')}": round(suffered.fill_s(one), 2) for one in suffered.troubles}
    return {
        **fills,
        "real_worst_recovery_s": round(max(suffered.recoveries_s, default=0.0), 2),
        "worker_outlived_its_station": suffered.orphan,
    }


def _real_words(suffered: Ordeal) -> str:
    return (
        f"real processes, {len(suffered.troubles)} troubles: nothing open after {_real_worst_s(suffered):.2f} s; "
        f"a stopped worker {'outlives' if suffered.orphan else 'does not outlive'} its killed station"
    )
