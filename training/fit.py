"""Training: batches in, a better network out; by the clock or by steps, saved as it goes, taken up where it stopped."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import onnx
import torch

from training.data import Batch, Sampler, batches
from training.errors import TrainingError
from training.exported import with_weights
from training.loss import SIDES_WEIGHT, heat_loss, sides_loss
from training.network import Network
from training.run import Run, write_whole

LATEST: Final = "latest.onnx"
BEST: Final = "best.onnx"
LOG: Final = "log.jsonl"
WARM_UP: Final = 0.04
"""Share of the run in which the rate rises."""
LAST_RATE: Final = 0.01
"""Share of the highest rate at the end."""
SMOOTH: Final = 0.998
"""Weight of the past in the running mean of the weights."""
MOST_GRADIENT: Final = 5.0
TOLD_EVERY_S: Final = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How long and how fast."""

    out: Path
    budget_s: float | None
    """Of wall time; None where steps are counted."""
    steps: int | None
    rate: float
    """Highest rate of learning, a share of each filter's size a step."""
    save_s: float
    score_s: float
    workers: int = 2
    """Parts of a batch that are worked on at once, a core each."""
    asked: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Workers:
    """Who works on the parts of a batch."""

    pool: Executor
    many: int


def rate_at(progress: float) -> float:
    """Return the share of the highest rate: a straight rise, then half a cosine down to `LAST_RATE`.

    Args:
        progress: share of the run that is over, 0..1.
    """
    if progress < WARM_UP:
        return (progress + 1e-3) / (WARM_UP + 1e-3)
    left = (1 + math.cos(math.pi * min(1.0, (progress - WARM_UP) / (1 - WARM_UP)))) / 2
    return LAST_RATE + (1 - LAST_RATE) * left


def progress_of(plan: Plan, run: Run) -> float:
    """Return the share of the run that is over; 1 or more ends it."""
    if plan.steps is not None:
        return run.step / plan.steps
    return run.spent_s / (plan.budget_s or 1.0)


Losses: TypeAlias = tuple[float, float, int]
Scored = Callable[[bytes], dict[str, Any]]


def fitted(model: onnx.ModelProto, sampler: Sampler, plan: Plan, scored: Scored | None = None) -> Run:
    """Train until the time is over and return where the run stands; its networks lie in the plan's folder.

    Args:
        model: what to start from.
        sampler: where batches come from.
        plan: how long and how fast.
        scored: what a network's file is worth: a document with `f1`; None to skip.

    Raises:
        TrainingError: the folder holds another run, or the loss is no number any more.
    """
    network = Network(model)
    run = started(network, plan)
    plan.out.mkdir(parents=True, exist_ok=True)
    if run.resume(plan.out):
        _told(plan, {"resumed_at_step": run.step, "spent_s": round(run.spent_s)})
    teller = _Teller(plan, run)
    saved_s = scored_s = time.monotonic()
    source = batches(sampler, run.step)
    workers = Workers(ThreadPoolExecutor(plan.workers), plan.workers)
    try:
        while (progress := progress_of(plan, run)) < 1:
            begun_s = time.monotonic()
            losses = stepped(network, run, next(source), plan.rate * rate_at(progress), workers)
            run.step, run.spent_s = run.step + 1, run.spent_s + time.monotonic() - begun_s
            teller.heard(losses, progress)
            if time.monotonic() - saved_s > plan.save_s:
                _saved(model, network, run, plan)
                saved_s = time.monotonic()
            if scored is not None and time.monotonic() - scored_s > plan.score_s:
                _scored(model, network, run, plan, scored)
                scored_s = time.monotonic()
    finally:
        source.close()
        workers.pool.shutdown()
        _saved(model, network, run, plan)
    if scored is not None:
        _scored(model, network, run, plan, scored)
    return run


def started(network: Network, plan: Plan) -> Run:
    """Return a run at its beginning."""
    learned = [network.weights[name] for name in network.learned]
    optimiser = torch.optim.AdamW(learned, lr=plan.rate, betas=(0.9, 0.99), weight_decay=1e-3)
    smooth = {name: weight.detach().clone() for name, weight in network.weights.items()}
    return Run(asked=plan.asked, weights=network.weights, smooth=smooth, optimiser=optimiser)


def stepped(network: Network, run: Run, batch: Batch, rate: float, workers: Workers) -> Losses:
    """Take one step; return the loss of the heat, that of the sides and how many pictures were seen.

    Each worker takes a part of the batch on a core of its own: workers that share one picture would wait for
    each other two hundred times a step.

    Raises:
        TrainingError: the loss is no number any more.
    """
    parts = list(workers.pool.map(lambda part: _gradients(network, part), batch.parts(workers.many)))
    heat, side = (sum(part[kind] for _, part in parts) / len(parts) for kind in range(2))
    if not math.isfinite(heat + side):
        raise TrainingError(f"the loss at step {run.step} is {heat + side}; start anew with a lower --rate")
    for group in run.optimiser.param_groups:
        group["lr"] = rate
    learned = [network.weights[name] for name in network.learned]
    for weight, *gradients in zip(learned, *(gradients for gradients, _ in parts), strict=True):
        weight.grad = torch.stack(gradients).mean(0)
    torch.nn.utils.clip_grad_norm_(learned, MOST_GRADIENT)
    run.optimiser.step()
    _smoothed(run)
    return heat, side, len(batch.pictures)


def _gradients(network: Network, batch: Batch) -> tuple[tuple[Any, ...], tuple[float, float]]:
    """Return the gradient of the loss by each learned weight, and the losses of heat and sides."""
    torch.set_num_threads(1)
    pictures = torch.from_numpy(batch.pictures).permute(0, 3, 1, 2)  # channels stay last in memory: quicker
    logits, sides = network(pictures.float())
    heat = heat_loss(logits[:, 0], torch.from_numpy(batch.heat), torch.from_numpy(batch.counts))
    side = sides_loss(sides, torch.from_numpy(batch.sides), torch.from_numpy(batch.side_weight))
    learned = [network.weights[name] for name in network.learned]
    gradients = torch.autograd.grad(heat + SIDES_WEIGHT * side, learned)
    return gradients, (float(heat.detach()), float(side.detach()))


def _smoothed(run: Run) -> None:
    past = min(SMOOTH, (1 + run.step) / (10 + run.step))
    with torch.no_grad():
        for name, weight in run.weights.items():
            run.smooth[name].lerp_(weight.detach(), 1 - past)


def _saved(model: onnx.ModelProto, network: Network, run: Run, plan: Plan) -> bytes:
    data = with_weights(model, network.arrays(run.smooth), half=False)
    run.save(plan.out)
    write_whole(plan.out / LATEST, data)
    return data


def _scored(model: onnx.ModelProto, network: Network, run: Run, plan: Plan, scored: Scored) -> None:
    """Keep the network with the highest F1 on what was held out."""
    data = with_weights(model, network.arrays(run.smooth), half=False)
    figures = scored(data)
    if figures["f1"] > run.best:
        run.best = figures["f1"]
        write_whole(plan.out / BEST, data)
    _told(plan, {"step": run.step, "spent_s": round(run.spent_s), **figures})


def _told(plan: Plan, document: dict[str, Any]) -> None:
    line = json.dumps(document)
    sys.stderr.write(line + "\n")
    sys.stderr.flush()
    with (plan.out / LOG).open("a", encoding="utf-8") as log:
        log.write(line + "\n")


class _Teller:
    """Says every some seconds how the run goes."""

    def __init__(self, plan: Plan, run: Run) -> None:
        self._plan, self._run = plan, run
        self._heard: list[tuple[float, float, int]] = []
        self._since_s = time.monotonic()

    def heard(self, losses: tuple[float, float, int], progress: float) -> None:
        """Take one step's losses; tell them when it is time."""
        self._heard.append(losses)
        past_s = time.monotonic() - self._since_s
        if past_s < TOLD_EVERY_S:
            return
        heat, sides, pictures = (sum(part) for part in zip(*self._heard, strict=True))
        _told(self._plan, {
            "step": self._run.step,
            "spent_s": round(self._run.spent_s),
            "done": round(progress, 3),
            "heat": round(heat / len(self._heard), 3),
            "sides": round(sides / len(self._heard), 3),
            "pictures_per_s": round(pictures / past_s, 1),
        })  # fmt: skip
        self._heard, self._since_s = [], time.monotonic()
