"""An alignment as JSON and in words. Values in, JSON-able values and text out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from flightlink.alignment import AXES, Alignment
from groundstation.instants import text_from_utc_ns
from maps.alignment.answer import Residual, Solution

SAYS: Final = {
    "yaw_reversed": "the yaw is written the wrong way round: half a turn off",
    "yaw_not_told": "the points do not tell the yaw; it stays as reported",
    "pitch_not_told": "the points do not tell the pitch; it stays as reported",
    "roll_not_told": "the points do not tell the roll; it stays as reported",
    "point_left_out": "a point contradicts the others and was left out; click it again or remove it",
    "too_few_to_check": "too few points to notice a wrong click; take 5",
}
"""What each note means."""


def alignment_document(alignment: Alignment) -> dict[str, Any]:
    """Return what is stored of an alignment."""
    return {
        "bias": dict(zip(AXES, (round(angle, 4) for angle in alignment.bias), strict=True)),
        "sigma": dict(zip(AXES, (_rounded(sigma) for sigma in alignment.sigma_deg), strict=True)),
        "utc": text_from_utc_ns(alignment.utc_ns),
        "ties": alignment.points,
        "residual_m": round(alignment.residual_m, 3),
    }


def solution_document(solution: Solution) -> dict[str, Any]:
    """Return an alignment with the residual of each point."""
    return {
        **alignment_document(solution.alignment),
        "before_m": _rounded(solution.before_m),
        "after_m": round(solution.alignment.residual_m, 3),
        "residuals": residual_documents(solution.residuals),
        "notes": [{"note": note, "says": SAYS[note]} for note in solution.notes],
    }


def residual_documents(residuals: Sequence[Residual]) -> list[dict[str, Any]]:
    """Return each point's residuals, in the order of the points."""
    return [
        {
            "before_m": _rounded(one.before_m),
            "after_m": _rounded(one.after_m),
            "after_px": _rounded(one.after_px),
            "is_wrong": one.is_wrong,
        }
        for one in residuals
    ]


def lines_of(solution: Solution) -> Iterator[str]:
    """Yield a solution for a reader."""
    for name, bias, sigma in zip(AXES, solution.alignment.bias, solution.alignment.sigma_deg, strict=True):
        axis = name.removesuffix("_deg")
        yield f"{axis:6} not told" if sigma is None else f"{axis:6} {bias:+8.3f} deg +- {sigma:.3f}"
    yield from table_of(solution.residuals)
    yield f"median {_cell(solution.before_m, 2)} m before, {solution.alignment.residual_m:.2f} m after"
    yield from (SAYS[note] for note in solution.notes)


def table_of(residuals: Sequence[Residual]) -> Iterator[str]:
    """Yield the residuals as a table."""
    yield "point  before m   after m  after px"
    for number, one in enumerate(residuals, start=1):
        figures = f"{_cell(one.before_m, 2):>9} {_cell(one.after_m, 2):>9} {_cell(one.after_px, 1):>9}"
        yield f"{number:5}  {figures}" + ("  left out: contradicts the others" if one.is_wrong else "")


def _cell(number: float | None, places: int) -> str:
    return "-" if number is None else f"{number:.{places}f}"


def _rounded(number: float | None) -> float | None:
    return None if number is None else round(number, 3)
