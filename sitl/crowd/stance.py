"""How bodies stand and turn: from places in steps to headings, strides and the sway of those who stand. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TURN_DEG_S: Final = 150.0
"""The fastest that people turn."""
TURNS_ABOVE_M_S: Final = 0.25
"""Who creeps keeps the heading."""
SMOOTHING_S: Final = 0.25
"""Of velocities: a step's own is too ragged to turn a body by."""
SETTLES_S: Final = 1.0
"""From walking until somebody sways like one who stands."""
SWAY_M: Final = 0.03
"""The most that somebody sways away from a place, east or north."""
SWAY_DEG: Final = 9.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stances:
    """Everybody at one step; arrays of n rows, in the order of `ids`, which rise."""

    ids: Ints
    place_m: Floats
    """(n, 2), east and north."""
    velocity_m_s: Floats
    """(n, 2), smoothed."""
    heading_deg: Floats
    walked_m: Floats
    still: Floats
    """1 for who stands, 0 for who walks, between while settling."""

    def towards(self, after: Stances, share: float) -> Stances:
        """Return everybody a share of the way to a later step; who is not there any more stays till then."""
        rows, both = rows_in(after.ids, self.ids)
        rows, weight = rows[both], np.where(both, share, 0.0)

        def between(mine: Floats, later: Floats) -> Floats:
            delta = np.zeros_like(mine)
            delta[both] = later[rows] - mine[both]
            return mine + (weight[:, None] if mine.ndim == 2 else weight) * delta

        turn = np.zeros_like(self.heading_deg)
        turn[both] = turn_deg(self.heading_deg[both], after.heading_deg[rows])
        return replace(
            self,
            place_m=between(self.place_m, after.place_m),
            velocity_m_s=between(self.velocity_m_s, after.velocity_m_s),
            heading_deg=self.heading_deg + weight * turn,
            walked_m=between(self.walked_m, after.walked_m),
            still=between(self.still, after.still),
        )


def newcomers(ids: Ints, place_m: Floats, heading_deg: Floats, *, still: float) -> Stances:
    """Return people (n,) as they are first seen, at places (n, 2)."""
    count = len(ids)
    return Stances(
        ids=ids,
        place_m=place_m,
        velocity_m_s=np.zeros((count, 2)),
        heading_deg=heading_deg,
        walked_m=np.asarray((ids % 7) * 0.2, np.float64),
        still=np.full(count, still),
    )


def joined(one: Stances, other: Stances) -> Stances:
    """Return both, the other's numbers after the first's."""
    return Stances(
        ids=np.concatenate([one.ids, other.ids]),
        place_m=np.concatenate([one.place_m, other.place_m]),
        velocity_m_s=np.concatenate([one.velocity_m_s, other.velocity_m_s]),
        heading_deg=np.concatenate([one.heading_deg, other.heading_deg]),
        walked_m=np.concatenate([one.walked_m, other.walked_m]),
        still=np.concatenate([one.still, other.still]),
    )


def kept(stances: Stances, ids: Ints) -> Stances:
    """Return those of the people whose numbers are among `ids`, which rise."""
    _, stay = rows_in(ids, stances.ids)
    return Stances(
        ids=stances.ids[stay],
        place_m=stances.place_m[stay],
        velocity_m_s=stances.velocity_m_s[stay],
        heading_deg=stances.heading_deg[stay],
        walked_m=stances.walked_m[stay],
        still=stances.still[stay],
    )


def moved(stances: Stances, place_m: Floats, step_s: float) -> Stances:
    """Return the same people a step later, at their new places (n, 2)."""
    way = place_m - stances.place_m
    share = min(1.0, step_s / SMOOTHING_S)
    velocity = stances.velocity_m_s + share * (way / step_s - stances.velocity_m_s)
    speed = np.hypot(*velocity.T)
    course = np.degrees(np.arctan2(velocity[:, 0], velocity[:, 1]))
    turn = np.clip(turn_deg(stances.heading_deg, course), -TURN_DEG_S * step_s, TURN_DEG_S * step_s)
    settle = np.where(speed < TURNS_ABOVE_M_S, step_s / SETTLES_S, -3 * step_s / SETTLES_S)
    return Stances(
        ids=stances.ids,
        place_m=place_m,
        velocity_m_s=velocity,
        heading_deg=(stances.heading_deg + np.where(speed > TURNS_ABOVE_M_S, turn, 0.0)) % 360,
        walked_m=stances.walked_m + np.hypot(*way.T),
        still=np.clip(stances.still + settle, 0, 1),
    )


def rows_in(ids: Ints, wanted: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """Return for each wanted number its row in rising `ids`, and whether it is there."""
    rows = np.minimum(np.searchsorted(ids, wanted), max(len(ids) - 1, 0))
    there = ids[rows] == wanted if len(ids) else np.zeros(len(wanted), bool)
    return rows, there


def turn_deg(from_deg: Floats, to_deg: Floats) -> Floats:
    """Return the shorter turn, -180 to 180, clockwise positive."""
    return np.asarray((to_deg - from_deg + 180) % 360 - 180)


def sway_m(looks: Ints, t_s: float) -> Floats:
    """Return how far (n, 2) each sways who stands: slowly, everyone in a time of their own."""
    return SWAY_M * np.column_stack([_wave(looks, t_s, 6.0, 5), _wave(looks, t_s, 8.0, 11)])


def sway_deg(looks: Ints, t_s: float) -> Floats:
    """Return by how much (n,) each turns to and fro who stands."""
    return SWAY_DEG * _wave(looks, t_s, 11.0, 17)


def _wave(looks: Ints, t_s: float, period_s: float, kind: int) -> Floats:
    """Return a sine of unit height whose period, up to twice the given one, and phase hang on who it is."""
    own = (looks // kind % 997) / 997
    return np.asarray(np.sin(2 * np.pi * (t_s / (period_s * (1 + own)) + 7 * own)))
