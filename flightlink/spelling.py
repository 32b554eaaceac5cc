"""Names of optional fields that were misspelt: without this they would be without effect, and nobody would know."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from typing import Final

ALIKE: Final = 0.8
"""Of `difflib`: `distortions` and `distortion` are 0.95, `sensor_width_px` and `width_px` 0.7."""


def misspelt(given: Iterable[str], known: Collection[str]) -> tuple[str, str] | None:
    """Return the first given name that seems to mean a known one that was not given, and that; None where none does."""
    names = list(given)
    missing = {name.casefold(): name for name in known if name not in names}
    for name in names:
        alike = () if name in known else difflib.get_close_matches(name.casefold(), missing, n=1, cutoff=ALIKE)
        if alike:
            return name, missing[alike[0]]
    return None
