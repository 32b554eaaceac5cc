"""What a proof says: whether a guarantee holds, the figure it rests on, and whether its control was caught."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

Figure = float | int | str | bool | list[float]

GUARANTEES: Final[Mapping[int, str]] = {
    1: "no raw pixel under a mask can leave",
    2: "nothing finer than the cap, without any detector",
    3: "the gate fails closed",
    4: "whole persons, blind to looks, luma only",
    5: "no memory of anyone",
    6: "absent, not switched off",
    7: "a sealed process",
    11: "public counts are differentially private, and noise cannot hide a crush",
}
"""Those of the twelve that this release proves, by number; the others come with authorisation and audit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one trial of a guarantee, or of its control, found."""

    holds: bool
    evidence: str
    """One sentence with its figures."""
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A guarantee tried on the installed program, beside a control that must fail."""

    finding: Finding
    control: str
    """What was made worse on purpose, for instance `Gaussian blur in place of the fill`."""
    control_finding: Finding
    """Must not hold: a proof that cannot fail proves nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """How a proof is to be run."""

    quick: bool
    """Fewer repetitions: the whole of all proofs in under 3 minutes instead of 15."""
    seed: int
    told: Callable[[str], None]
    """Takes a line about progress, for a person who waits."""


Proof = Callable[[Trial], Proven]
"""Raises what it likes: a proof that breaks has not passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of `groundstation prove`."""

    guarantee: int
    name: str
    passed: bool
    evidence: str
    figures: Mapping[str, Figure]
    control: str
    control_failed: bool
    """True when the control was caught, as it must be."""
    control_evidence: str
    seconds: float

    def document(self) -> dict[str, Any]:
        """Return the row as JSON-able values."""
        return asdict(self)


def row(guarantee: int, proven: Proven, *, seconds: float) -> Row:
    """Return the row of a guarantee: passed only when it holds and its control was caught."""
    caught = not proven.control_finding.holds
    return Row(
        guarantee=guarantee,
        name=GUARANTEES[guarantee],
        passed=proven.finding.holds and caught,
        evidence=proven.finding.evidence,
        figures=proven.finding.figures,
        control=proven.control,
        control_failed=caught,
        control_evidence=proven.control_finding.evidence,
        seconds=round(seconds, 1),
    )


def row_from_document(document: Mapping[str, Any]) -> Row:
    """Return the row that another process told; `TypeError` where the document is none."""
    return Row(**document)


def broken_row(guarantee: int, error: Exception, *, seconds: float) -> Row:
    """Return the row of a proof that broke off: not passed, with the reason."""
    return Row(
        guarantee=guarantee,
        name=GUARANTEES[guarantee],
        passed=False,
        evidence=f"the proof broke off: {type(error).__name__}: {error}",
        figures={},
        control="",
        control_failed=False,
        control_evidence="",
        seconds=round(seconds, 1),
    )
