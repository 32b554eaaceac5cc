"""A network for steep views for the tests: made-up figures, and a detector that always finds the same."""

from __future__ import annotations

from typing import Any

from vision.boxes import Boxes
from vision.engine import Picture
from vision.eyes import Above
from vision.models.card import Use
from vision.networks import Network, Networks, network_from_use


def use(**changes: Any) -> Use:
    parts: dict[str, Any] = {
        "mask_threshold": 0.1, "sure_threshold": 0.4, "count_threshold": 0.3, "look_person_px": 40.0,
        "count_person_px": 60.0, "saturated_per_m2": 4.0, "recall_depressions_deg": (45.0, 60.0, 90.0),
        "recall_heights_px": (8.0, 12.0, 24.0), "recalls": ((0.4, 0.7, 0.9), (0.3, 0.6, 0.9), (0.2, 0.5, 0.8)),
    }  # fmt: skip
    return Use(**{**parts, **changes})


ABOVE: Network = network_from_use(use())
BLIND: Network = network_from_use(use(recalls=((0.9, 0.9, 0.9), (0.4, 0.4, 0.4), (0.4, 0.4, 0.4))))
"""Finds too few from above to count them."""
BOTH = Networks(above=ABOVE)


class Remembers:
    """A detector that always finds the same, and remembers at which scales it was asked for which size of picture."""

    def __init__(self, found: Boxes) -> None:
        self.found = found
        self.asked: list[tuple[float, int]] = []

    def find(self, picture: Picture, *, threshold: float, scale: float = 1.0) -> Boxes:
        self.asked.append((scale, picture.shape[0] * picture.shape[1]))
        return self.found.kept(self.found.scores > threshold)

    @property
    def input_px(self) -> float:
        return sum(scale**2 * size_px for scale, size_px in self.asked)


def above_finding(found: Boxes, network: Network = ABOVE) -> tuple[Above, Remembers]:
    detector = Remembers(found)
    return Above(detector=detector, network=network), detector
