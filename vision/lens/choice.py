"""Choose views that differ: place, size and slant of the board. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from vision.lens.views import View

MOST_VIEWS: Final = 40
"""More add time, hardly any knowledge."""


def chosen(views: Sequence[View], *, width_px: int, height_px: int, most: int = MOST_VIEWS) -> list[View]:
    """Return at most so many views, each as unlike those before it as any is left (farthest point first)."""
    if len(views) <= most:
        return list(views)
    looks = np.array([view.look(width_px, height_px) for view in views])
    first = int(np.argmax(np.linalg.norm(looks - np.median(looks, axis=0), axis=1)))
    taken, nearest = [first], np.linalg.norm(looks - looks[first], axis=1)
    while len(taken) < most:
        farthest = int(np.argmax(nearest))
        taken.append(farthest)
        nearest = np.minimum(nearest, np.linalg.norm(looks - looks[farthest], axis=1))
    return [views[place] for place in sorted(taken)]
