"""Many chaos runs on all cores: each core takes every so manieth of them in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from typing import Final

from proofs.chaos.control import CONTROL_KINDS, keeps_last_masks
from proofs.chaos.faults import Kind
from proofs.chaos.run import verdict_on
from proofs.chaos.verdict import Verdict

TOLD_EVERY: Final = 20


class ChaosBrokenError(Exception):
    """A process of chaos runs ended before its work was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One run's fault and verdict."""

    kind: Kind
    verdict: Verdict


def judged(numbers: Iterable[int], *, seed: int, control: bool) -> Iterator[Judged]:
    """Run the runs of these numbers; each kind of fault has its turn."""
    kinds = CONTROL_KINDS if control else tuple(Kind)
    for number in numbers:
        kind = kinds[number % len(kinds)]
        gate_of = keeps_last_masks if control else None
        yield Judged(kind=kind, verdict=verdict_on(kind, seed=seed + number, gate_of=gate_of))


def line_of(one: Judged) -> str:
    """Return a verdict as a line of JSON."""
    return json.dumps({"kind": one.kind, "verdict": asdict(one.verdict)}, allow_nan=False)


def judged_from_line(line: bytes) -> Judged:
    """Return the verdict of a line."""
    part = json.loads(line)
    return Judged(kind=Kind(part["kind"]), verdict=Verdict(**part["verdict"]))


async def chaos(runs: int, *, seed: int, control: bool, told: Callable[[str], None]) -> list[Judged]:
    """Run so many runs, on all cores.

    Raises:
        ChaosBrokenError: one of the processes broke off.
    """
    done: list[Judged] = []

    def take(one: Judged) -> None:
        done.append(one)
        if len(done) % TOLD_EVERY == 0:
            told(f"chaos: {len(done)} of {runs} runs")

    cores = min(os.cpu_count() or 1, runs)
    await asyncio.gather(*(_share(range(core, runs, cores), seed, control, take) for core in range(cores)))
    return done


async def _share(numbers: range, seed: int, control: bool, take: Callable[[Judged], None]) -> None:
    arguments = [
        str(seed),
        str(numbers.start),
        str(numbers.stop),
        str(numbers.step),
        "control" if control else "product",
    ]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-m", "proofs.chaos", *arguments), stdin=DEVNULL, stdout=PIPE
    )
    try:
        if process.stdout is not None:
            async for line in process.stdout:
                take(judged_from_line(line))
    finally:
        if process.returncode is None and not (process.stdout is None or process.stdout.at_eof()):
            process.kill()
        status = await process.wait()
    if status != 0:
        raise ChaosBrokenError(f"a process of chaos runs ended with status {status}; its own last lines say why")
