"""The table of what a network finds, and the one figure by which a run keeps its best network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from training.pictures import Labelled
from training.score import Tally, View, best_threshold, by_picture, by_size, looked_at, tally_of, total
from vision.detectors import PersonDetector

THRESHOLDS: Final = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)
SPREAD: Final = 60
"""Pictures of a set that are looked at while training, evenly over it."""
CHECKED_AT: Final = View(person_px=32.0)

Sets = dict[str, list[Labelled]]


def table(model: bytes, sets: Sets, views: Sequence[View], thresholds: Sequence[float], threads: int) -> Iterator[str]:
    """Yield the lines of a table: each set in each view at each threshold, then its best one in detail."""
    detector = PersonDetector(model, threads)
    yield f"{'set':24} {'seen at':>8} {'from':>5} {'people':>7} {'recall':>7} {'precis.':>7} {'F1':>6} {'count off':>9}"
    for name, pictures in sets.items():
        for view in views:
            seen = list(looked_at(detector, pictures, view))
            for threshold in thresholds:
                yield _row(f"{name:24} {view!s:>8} {threshold:5.2f}", total(tally_of(one, threshold) for one in seen))
            best, _ = best_threshold(seen, thresholds)
            for part, tally in by_picture(seen, best):
                yield _row(f"  {part:22} {view!s:>8} {best:5.2f}", tally)
            for part, people, hit in by_size(seen, best):
                yield f"  {part:22} {view!s:>8} {best:5.2f} {people:7} {hit / people:7.3f}"


def _row(head: str, tally: Tally) -> str:
    figures = f"{tally.recall:7.3f} {tally.precision:7.3f} {tally.f1:6.3f} {tally.count_error:10.3f}"
    return f"{head} {tally.people:7} {figures}"


def quick_figures(model: bytes, sets: Sets, threads: int) -> dict[str, Any]:
    """Return each set's best F1 with its recall, precision and threshold, and `f1`, the mean over the sets."""
    detector, figures, scores = PersonDetector(model, threads), {}, []
    for name, pictures in sets.items():
        some = pictures[:: max(1, len(pictures) // SPREAD)]
        threshold, tally = best_threshold(list(looked_at(detector, some, CHECKED_AT)), THRESHOLDS)
        figures[name] = {
            "f1": round(tally.f1, 3), "recall": round(tally.recall, 3), "precision": round(tally.precision, 3),
            "count_error": round(tally.count_error, 3), "from": threshold, "people": tally.people,
        }  # fmt: skip
        scores.append(tally.f1 if tally.people else 0.0)
    return {"f1": round(sum(scores) / max(1, len(scores)), 4), "sets": figures}
