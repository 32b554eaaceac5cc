"""The noise of the public level: OpenDP's geometric mechanism with its own secure sampler. Nothing here is seeded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Final

import opendp.prelude as dp

from maps.errors import DisclosureError

Noise = Callable[[Sequence[int]], Sequence[int]]
"""Counts in, the same counts with noise out."""

ROUNDING: Final = 1e-9
"""OpenDP rounds its own bound upwards."""


def geometric_noise(epsilon: Fraction) -> Noise:
    """Return the mechanism for whole counts of which one detection changes one by one (L1 sensitivity 1).

    Noise of scale 1 / epsilon: P(n) is proportional to exp(-epsilon |n|).

    Raises:
        DisclosureError: OpenDP's own proof gives another epsilon.
    """
    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64")
    mechanism = dp.m.make_geometric(*space, scale=float(1 / epsilon))
    proven = float(mechanism.map(1))  # type: ignore[no-untyped-call]  # OpenDP leaves it without types
    if proven > float(epsilon) * (1 + ROUNDING):
        raise DisclosureError(f"the noise costs epsilon {proven} a release, {float(epsilon)} is allowed")

    def noisy(counts: Sequence[int]) -> Sequence[int]:
        return list(mechanism(list(counts)))

    return noisy
