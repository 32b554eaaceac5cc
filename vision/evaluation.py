"""How well people are found and counted, against truth. Pure: one picture at a time, figures at the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vision.boxes import Boxes, iou_matrix
from vision.shares import by_height, f1, share, wilson
from vision.truth import Corners, TruthPicture

MATCH_IOU: Final = 0.3
DEPRESSION_STEP_DEG: Final = 10
MOST_FLIGHTS: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    """What one picture adds; a picture whose people were only counted adds nothing but numbers of people."""

    flight: str
    depression_deg: float | None
    people: int
    estimate: float
    n: int = 0
    """Of boxed people in it."""
    found: int = 0
    """Of detections in it."""
    matched: int = 0
    centred: int = 0
    """Of people and detections that go together one to one by the detection's centre."""
    held: int = 0


@dataclass(slots=True)
class PeopleMeasure:
    """Recall, precision and count error over pictures added one at a time."""

    _heights_px: list[float] = field(default_factory=list)
    _matched: list[bool] = field(default_factory=list)
    _pictures: list[_Picture] = field(default_factory=list)

    def add(self, truth: TruthPicture, found: Boxes, estimate: float | None = None) -> None:
        """Add one picture.

        Args:
            truth: the people in it.
            found: the detections, in the truth's pixels.
            estimate: how many people the station says there are; by default as many as were found.
        """
        people, seen = truth.clipped(), found.clipped(truth.width_px, truth.height_px)
        visible = np.all(people[:, 2:] > people[:, :2], axis=1)
        people = people[visible]
        tally = _Picture(
            flight=truth.flight,
            depression_deg=truth.depression_deg,
            people=len(people) if truth.counted is None else truth.counted,
            estimate=float(len(seen) if estimate is None else estimate),
        )
        if truth.counted is not None:
            self._pictures.append(tally)
            return
        matched = matched_truth(people, seen)
        self._heights_px.extend(truth.heights_px()[visible].tolist())
        self._matched.extend(matched.tolist())
        centred, held = centred_truth(people, seen).sum(), holding_a_centre(people, seen).sum()
        self._pictures.append(
            replace(
                tally, n=len(people), found=len(seen), matched=int(matched.sum()), centred=int(centred), held=int(held)
            )
        )

    def figures(self) -> dict[str, Any]:
        """Return what the contract calls `evaluate people`; None where nothing was there to measure."""
        sums = _sums(self._pictures)
        recall, hits = sums["recall"], sum(self._matched)
        return {
            "n": sums["n"],
            "pictures": sums["pictures"],
            "recall": recall,
            "recall_ci95": wilson(hits, len(self._matched)),
            **{name: sums[name] for name in sums if name not in {"n", "pictures", "recall"}},
            "by_height_px": by_height(self._heights_px, self._matched, "recall"),
            "by_depression_deg": _by_depression(self._pictures),
            "by_flight": _by_flight(self._pictures),
        }


def _sums(pictures: Sequence[_Picture]) -> dict[str, Any]:
    """Return the figures of some pictures together."""
    n, found, matched = sum(p.n for p in pictures), sum(p.found for p in pictures), sum(p.matched for p in pictures)
    centred, people = sum(p.centred for p in pictures), sum(p.people for p in pictures)
    return {
        "n": n,
        "pictures": len(pictures),
        "recall": share(matched, n),
        "precision": share(matched, found),
        "f1": f1(matched, n, found),
        "centre_recall": share(sum(p.held for p in pictures), n),
        "count_error": share(sum(abs(p.estimate - p.people) for p in pictures), people),
        "count_bias": share(sum(p.estimate - p.people for p in pictures), people),
        "matched": matched,
        "false_alarms": found - matched,
        "by_centre": {
            "found": centred,
            "false_alarms": found - centred,
            "recall": share(centred, n),
            "precision": share(centred, found),
            "f1": f1(centred, n, found),
        },
    }


def matched_truth(people: Corners, found: Boxes) -> NDArray[np.bool_]:
    """Return bool (n,): truth boxes that a detection matches one to one.

    Detections choose by falling score; each takes the free truth box it overlaps most, if at IoU >= `MATCH_IOU`.
    """
    matched = np.zeros(len(people), bool)
    overlaps = iou_matrix(found.xyxy, people.astype(np.float32))
    for row in np.argsort(-found.scores, kind="stable") if len(people) else ():
        free = np.where(matched, -1.0, overlaps[row])
        best = int(free.argmax())
        matched[best] |= free[best] >= MATCH_IOU
    return matched


def holding_a_centre(people: Corners, found: Boxes) -> NDArray[np.bool_]:
    """Return bool (n,): truth boxes that hold the centre of at least one detection."""
    centres = found.centres()[None]
    inside = (people[:, None, :2] <= centres) & (centres <= people[:, None, 2:])
    held: NDArray[np.bool_] = np.any(np.all(inside, axis=2), axis=1)
    return held


def centred_truth(people: Corners, found: Boxes) -> NDArray[np.bool_]:
    """Return bool (n,): truth boxes that go together with one detection each, by the detection's centre.

    Detections choose by falling score; each takes, of the free truth boxes that hold its centre, the one whose own
    centre is nearest. Made for boxes that are drawn loosely.
    """
    taken = np.zeros(len(people), bool)
    middles = (people[:, :2] + people[:, 2:]) / 2
    for x_y in found.centres()[np.argsort(-found.scores, kind="stable")] if len(people) else ():
        holds = np.all((people[:, :2] <= x_y) & (x_y <= people[:, 2:]), axis=1) & ~taken
        if holds.any():
            away = np.where(holds, np.linalg.norm(middles - x_y, axis=1), np.inf)
            taken[int(away.argmin())] = True
    return taken


def _by_depression(pictures: Sequence[_Picture]) -> list[dict[str, Any]]:
    """Return a row for each ten degrees of depression that some picture tells."""
    told = [picture for picture in pictures if picture.depression_deg is not None]
    rows = _grouped(told, lambda picture: min(int((picture.depression_deg or 0) // DEPRESSION_STEP_DEG), 8))
    return [
        {"from_deg": key * DEPRESSION_STEP_DEG, "to_deg": (key + 1) * DEPRESSION_STEP_DEG, **_sums(of)}
        for key, of in rows
    ]


def _by_flight(pictures: Sequence[_Picture]) -> list[dict[str, Any]]:
    """Return a row for each flight; none where there is only one, or where each picture would be its own."""
    rows = _grouped(pictures, lambda picture: picture.flight)
    if not 1 < len(rows) <= min(MOST_FLIGHTS, len(pictures) - 1):
        return []
    return [{"flight": key, **_sums(of)} for key, of in rows]


def _grouped(pictures: Sequence[_Picture], key: Callable[[_Picture], Any]) -> list[tuple[Any, list[_Picture]]]:
    groups: dict[Any, list[_Picture]] = {}
    for picture in pictures:
        groups.setdefault(key(picture), []).append(picture)
    return sorted(groups.items())
