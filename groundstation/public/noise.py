"""What the public map's noise and its epsilon mean in figures that a reader can hold on to. Pure functions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from groundstation.public.documents import Budget

DOUBT: Final = 0.1
"""Errors are stated for nine times in ten."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoiseTold:
    """The same noise in three figures."""

    people: int
    """Nine times in ten a count is off by no more, by the noise alone."""
    percent_a_map: int
    """By at most so much one detection changes the chances of seeing any one map."""
    times_a_window: float
    """At most so many times likelier with it than without, over all maps of a window."""


def people_within(epsilon: float, doubt: float = DOUBT) -> int:
    """Return the least k with P(|n| > k) <= doubt, where P(n) is proportional to exp(-epsilon |n|).

    The two tails beyond k hold 2 a^(k + 1) / (1 + a) of it, a = exp(-epsilon) (Ghosh, Roughgarden, Sundararajan 2012).
    """
    a = math.exp(-epsilon)
    return max(0, math.ceil(math.log(doubt * (1 + a) / 2) / math.log(a)) - 1)


def told(budget: Budget) -> NoiseTold:
    """Return what a budget means."""
    return NoiseTold(
        people=people_within(budget.epsilon_per_release),
        percent_a_map=math.ceil(100 * math.expm1(budget.epsilon_per_release)),
        times_a_window=math.exp(budget.epsilon),
    )
