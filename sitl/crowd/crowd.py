"""A seeded crowd with known truth: who is where and looks where, at any instant.

JuPedSim moves the bodies (see `sitl.crowd.walkers`), in steps of a tenth of a second that do not depend on the instants
asked for; between two steps places are interpolated. So the same seed gives the same crowd in every process, however
often it is asked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sitl.crowd.ground import Grounds
from sitl.crowd.places import bearings_deg, gathered
from sitl.crowd.script import STEP_S, Script
from sitl.crowd.stance import Stances, joined, kept, moved, newcomers, rows_in, sway_deg, sway_m
from sitl.world.crowd_plan import Gathering
from sitl.world.errors import WorldError
from sitl.world.world import World

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LOOKS: Final = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """The truth at one instant; every array is (n,), in the order of `ids`."""

    ids: Ints
    """Rising; a person keeps the number from coming in until leaving."""
    east_m: Floats
    north_m: Floats
    heading_deg: Floats
    """Where the body faces, clockwise from north."""
    walked_m: Floats
    """Length of the way so far: tells where in the stride a walker is."""
    speed_m_s: Floats
    walks: Bools
    """Who walks at some time, as opposed to those who stand all along."""
    looks: Ints
    """A number for each person from which the renderer draws figure and colours."""

    def __len__(self) -> int:
        """Return how many people there are."""
        return len(self.ids)


class Crowd:
    """People who stand, walk, come and go; ask for any instant, best in rising order.

    Args:
        world: with seed, crowd plan and props.

    Raises:
        WorldError: a gathering or the strollers have no room, or JuPedSim refuses the ground.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._grounds = Grounds(world)
        self._restart()

    def people_at(self, t_s: float) -> People:
        """Return everybody at `t_s` seconds after the world began (0 or more); an earlier instant starts anew.

        Raises:
            WorldError: JuPedSim cannot go on.
        """
        step = math.floor(t_s / STEP_S)
        if step < self._step - 1:
            self._restart()
        while self._step <= step:
            self._advance()
        return self._people(self._before.towards(self._after, t_s / STEP_S - (self._step - 1)), t_s)

    def _restart(self) -> None:
        """Begin anew: those who stand first, then strollers; audiences that are walked round never join the walkers."""
        seed = self._world.seed
        rng = np.random.default_rng(seed)
        self._script = Script(self._grounds, rng, seed)
        around = self._grounds.around
        groups = sorted(self._world.crowd.gatherings, key=lambda one: one not in around)
        drawn = [_gathered(one, self._grounds, rng) for one in groups]
        for group, (place_m, _) in zip(groups, drawn, strict=True):
            if group not in around:
                self._script.stand(place_m)
        for strollers in self._world.crowd.strollers:
            self._script.stroll(strollers)
        place_m = np.concatenate([np.empty((0, 2)), *(place_m for place_m, _ in drawn)])
        heading_deg = np.concatenate([np.empty(0), *(heading for _, heading in drawn)])
        self._after = newcomers(np.arange(len(place_m)), place_m, heading_deg, still=1.0)
        self._apart = sum(group.people for group in groups if group in around)
        self._fixed, self._stand = kept(self._after, np.arange(self._apart)), len(place_m)
        self._looks_rng, self._looks = np.random.default_rng([seed, 1 << 20]), np.empty(0, np.int64)
        self._after = self._joined_newcomers(self._after, *self._walkers())
        self._step = 0

    def _walkers(self) -> tuple[Ints, Floats]:
        """Return numbers (n,) and places (n, 2) of everybody, those apart from the walkers too."""
        numbers, place_m = self._script.walkers.places()
        ids = np.concatenate([self._fixed.ids, numbers + self._apart])
        return ids, np.concatenate([self._fixed.place_m, place_m])

    def _joined_newcomers(self, known: Stances, ids: Ints, place_m: Floats) -> Stances:
        """Return those known, and all others as they are first seen: they look where they want to go."""
        _, there = rows_in(known.ids, ids)
        goals = [self._script.walkers.goal(int(number) - self._apart) for number in ids[~there]]
        heading = bearings_deg(place_m[~there], np.array(goals).reshape(-1, 2))
        return joined(known, newcomers(ids[~there], place_m[~there], heading, still=0.0))

    def _advance(self) -> None:
        """Go on by one step."""
        self._script.advance()
        ids, place_m = self._walkers()
        before = kept(self._after, ids)
        rows, _ = rows_in(ids, before.ids)
        self._before, self._after = (
            self._after,
            self._joined_newcomers(moved(before, place_m[rows], STEP_S), ids, place_m),
        )
        self._step += 1

    def _people(self, stances: Stances, t_s: float) -> People:
        looks = self._looks_of(stances.ids)
        place_m = stances.place_m + stances.still[:, None] * sway_m(looks, t_s)
        leaves = self._world.crowd.evacuated_from_s is not None
        return People(
            ids=stances.ids,
            east_m=place_m[:, 0],
            north_m=place_m[:, 1],
            heading_deg=(stances.heading_deg + stances.still * sway_deg(looks, t_s)) % 360,
            walked_m=stances.walked_m,
            speed_m_s=np.hypot(*stances.velocity_m_s.T),
            walks=(stances.ids >= self._stand) | leaves,
            looks=looks,
        )

    def _looks_of(self, ids: Ints) -> Ints:
        missing = int(ids[-1]) + 1 - len(self._looks) if len(ids) else 0
        if missing > 0:
            self._looks = np.concatenate([self._looks, self._looks_rng.integers(0, LOOKS, missing)])
        return self._looks[ids]


def _gathered(gathering: Gathering, grounds: Grounds, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return places (n, 2) and headings (n,) of a gathering.

    Raises:
        WorldError: there is no room for all.
    """
    place_m, heading_deg = gathered(gathering, grounds.of(gathering), rng)
    if len(place_m) < gathering.people:
        raise WorldError(
            f"[[gathering]] {gathering.name!r}: no room for {gathering.people - len(place_m)} of {gathering.people}; "
            "ask for fewer people, make it wider or apart_m smaller"
        )
    return place_m, heading_deg
