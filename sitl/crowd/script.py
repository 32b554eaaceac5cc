"""What everybody who walks is about: who comes in when, strolls where, rests, and leaves. Seeded; goes on in steps.

People who walk are in parties: one person, or some side by side who share goals, rests and the way out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sitl.crowd.doors import Door
from sitl.crowd.goals import Goals
from sitl.crowd.ground import Grounds
from sitl.crowd.places import abreast, bearings_deg, drawn_party, drawn_points
from sitl.crowd.walkers import ITERATION_S, Walkers
from sitl.world.crowd_plan import MOST_PEOPLE, Patch, Strollers
from sitl.world.errors import WorldError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STEP_S: Final = 0.1
PACE_M_S: Final = (1.22, 0.2)
"""Mean and standard deviation of free walking speeds."""
PACES_M_S: Final = (0.8, 1.7)
TOGETHER: Final = 0.92
"""Parties walk slower than people alone."""
LAGS: Final = (0.7, 1.25)
"""Of a party's pace: how slowly who is ahead and how fast who is behind walks."""
TOGETHER_STEPS: Final = 5
REACHED_M: Final = 0.6
REST_SHARE: Final = 0.3
REST_S: Final = (3.0, 14.0)
STARTLED_S: Final = (0.0, 15.0)
"""From the call to leave until people set off."""
ENTERING_DRAWS: Final = 40
CLEAR_M: Final = 0.05 + PACES_M_S[1] * ITERATION_S
"""Beyond the bodies, between who comes in and the others: JuPedSim asks where those were an iteration ago."""


@dataclass(slots=True, kw_only=True, eq=False)
class Party:
    """People who go together, and what they are still about."""

    members: list[int]
    pace_m_s: float
    exits: tuple[Patch, ...]
    via: list[Patch] = field(default_factory=list)
    strolls_in: Strollers | None = None
    leaves_s: float = math.inf
    heads_for: Patch | None = None
    """The way point or exit on which it walks."""
    leaving: bool = False


class Script:
    """All who walk, and people who stand in their way.

    Args:
        grounds: of the world.
        rng: all chance but that of the doors.
        seed: of the doors.

    Raises:
        WorldError: JuPedSim refuses the ground.
    """

    def __init__(self, grounds: Grounds, rng: np.random.Generator, seed: int) -> None:
        self._grounds, self._plan, self._rng = grounds, grounds.plan, rng
        self.walkers = Walkers(grounds.walked, self._plan.body_radius_m)
        self._goals = Goals()
        self._party_of: dict[int, Party] = {}
        self._resting: list[tuple[float, Party]] = []
        self._step = 0
        self._called = False
        chances = [np.random.default_rng([seed, number]) for number in range(len(self._plan.entrances))]
        self._doors = [Door(entrance, chance) for entrance, chance in zip(self._plan.entrances, chances, strict=True)]

    def stand(self, places_m: Floats) -> None:
        """Add people who stand still at places (n, 2)."""
        for place_m in places_m:
            self.walkers.add(place_m, 0.0)

    def stroll(self, strollers: Strollers) -> None:
        """Add strollers at the beginning.

        Raises:
            WorldError: there is no room for all.
        """
        left, taken_m = strollers.people, self.walkers.places()[1]
        while left:
            size = min(int(self._rng.choice(strollers.party_sizes)), left)
            places_m = self._free_places(size, strollers, taken_m)
            if places_m is None:
                mend = "ask for fewer people, or make it wider"
                raise WorldError(f"[[strollers]] {strollers.name!r}: no room for {left} of {strollers.people}; {mend}")
            party = self._party(places_m, exits=self._plan.exits, strolls_in=strollers)
            if strollers.stays_s is not None:
                # They have been there for a while when the world begins.
                party.leaves_s = self._rng.random() * self._rng.uniform(*strollers.stays_s)
            self._go_on(party, 0.0)
            left, taken_m = left - size, np.concatenate([taken_m, places_m])

    def advance(self) -> None:
        """Go on by `STEP_S`."""
        self.walkers.advance(round(STEP_S / ITERATION_S))
        self._step += 1
        now_s = self._step * STEP_S
        persons, places_m = self.walkers.places()
        self._arrive(self._goals.arrived(persons, places_m), now_s)
        for person in self._goals.stuck(persons, places_m, self._step):
            self._aim(self._party_of[int(person)], [int(person)])
        self._end_rests(now_s)
        if self._step % TOGETHER_STEPS == 0:
            self._keep_together(persons, places_m)
        if self._called:
            return
        self._let_in(now_s, places_m)
        if self._plan.evacuated_from_s is not None and now_s >= self._plan.evacuated_from_s:
            self._call_out(now_s, persons, places_m)

    def _party(self, places_m: Floats, *, exits: tuple[Patch, ...], strolls_in: Strollers | None) -> Party:
        pace_m_s = self._pace() * (TOGETHER if len(places_m) > 1 else 1.0)
        members = [self.walkers.add(place_m, pace_m_s) for place_m in places_m]
        party = Party(members=members, pace_m_s=pace_m_s, exits=exits, strolls_in=strolls_in)
        self._party_of.update(dict.fromkeys(members, party))
        return party

    def _pace(self) -> float:
        return float(np.clip(self._rng.normal(*PACE_M_S), *PACES_M_S))

    def _free_places(self, size: int, patch: Patch, taken_m: Floats) -> Floats | None:
        apart_m = 2 * self._plan.body_radius_m + CLEAR_M
        shape_m = abreast(size, self._rng.uniform(0, 360))
        return drawn_party(self._grounds.of(patch), shape_m, taken_m, apart_m, self._rng, draws=ENTERING_DRAWS)

    def _arrive(self, persons: Ints, now_s: float) -> None:
        """Let out those who are in their exit, and send each party on of whom the first is where it wants to be."""
        sent_on: list[Party] = []
        for person in persons.tolist():
            party = self._party_of[person]
            if party.leaving and party not in sent_on:
                self._let_out(person, party)
            elif party not in sent_on:
                self._go_on(party, now_s)
                sent_on.append(party)

    def _let_out(self, person: int, party: Party) -> None:
        self._goals.clear(person)
        self.walkers.remove(person)
        party.members.remove(person)
        del self._party_of[person]

    def _go_on(self, party: Party, now_s: float) -> None:
        """Send a party on its next leg: way points first, then strolls, then out; strollers may rest before it."""
        if party.via:
            party.heads_for = party.via.pop(0)
        elif party.strolls_in is None or now_s >= party.leaves_s:
            party.leaving, party.heads_for = True, self._exit(party)
        else:
            if party.strolls_in.stays_s is not None and math.isinf(party.leaves_s):
                party.leaves_s = now_s + self._rng.uniform(*party.strolls_in.stays_s)
            party.heads_for = None
            if now_s > 0 and self._rng.random() < REST_SHARE:
                self._rest(party, now_s + self._rng.uniform(*REST_S))
                return
        self._aim(party, party.members)

    def _exit(self, party: Party) -> Patch:
        return party.exits[int(self._rng.integers(len(party.exits)))]

    def _rest(self, party: Party, until_s: float) -> None:
        self._resting.append((until_s, party))
        for member in party.members:
            self._goals.clear(member)
            self.walkers.set_pace(member, 0.0)

    def _end_rests(self, now_s: float) -> None:
        over = [party for until_s, party in self._resting if until_s <= now_s]
        self._resting = [(until_s, party) for until_s, party in self._resting if until_s > now_s]
        for party in over:
            for member in party.members:
                self.walkers.set_pace(member, party.pace_m_s)
            self._aim(party, party.members)

    def _aim(self, party: Party, members: list[int]) -> None:
        """Draw a goal for members of a party: within its way point or exit, or anywhere that it strolls."""
        patch = party.heads_for or party.strolls_in
        if patch is None:
            return
        ground = self._grounds.of(patch)
        goal_m = drawn_points(ground, 1, self._rng)[0]
        beside_m = abreast(len(members), float(bearings_deg(self.walkers.place(members[0])[None], goal_m)[0]))
        for member, offset_m in zip(members, beside_m, strict=True):
            own_m = self._grounds.on(ground, goal_m + offset_m, otherwise_m=goal_m)
            self.walkers.steer(member, own_m)
            self._goals.set(member, _box(patch) if party.heads_for else _around(own_m))

    def _keep_together(self, persons: Ints, places_m: Floats) -> None:
        """Let those of a party who are ahead wait a little, and those behind hurry."""
        remaining_m = dict(zip(persons.tolist(), self._goals.remaining_m(persons, places_m).tolist(), strict=True))
        resting = {id(party) for _, party in self._resting}
        for party in {id(party): party for party in self._party_of.values()}.values():
            if len(party.members) < 2 or id(party) in resting:
                continue
            mean_m = sum(remaining_m.get(member, 0.0) for member in party.members) / len(party.members)
            for member in party.members:
                lag = min(max(1 + 0.3 * (remaining_m.get(member, mean_m) - mean_m), LAGS[0]), LAGS[1])
                self.walkers.set_pace(member, party.pace_m_s * lag)

    def _let_in(self, now_s: float, places_m: Floats) -> None:
        """Let parties in for whom there is room; the others stay outside."""
        taken_m = places_m
        for door in self._doors:
            door.open_until(now_s)
            while door.waiting and len(taken_m) + door.waiting[0] <= MOST_PEOPLE:
                entered_m = self._free_places(door.waiting[0], door.entrance, taken_m)
                if entered_m is None and door.waiting[0] > 1:
                    # No room side by side: one after the other.
                    door.waiting[0] -= 1
                    entered_m = self._free_places(1, door.entrance, taken_m)
                    if entered_m is None:
                        door.waiting[0] += 1
                        break
                elif entered_m is None:
                    break
                else:
                    door.waiting.popleft()
                taken_m = np.concatenate([taken_m, entered_m])
                self._enter(door, entered_m, now_s)

    def _enter(self, door: Door, places_m: Floats, now_s: float) -> None:
        entrance, plan = door.entrance, self._plan
        exits = tuple(one for one in plan.exits if not entrance.exits or one.name in entrance.exits)
        strolls_in = next((one for one in plan.strollers if one.name == entrance.strolls_in), None)
        party = self._party(places_m, exits=exits, strolls_in=strolls_in)
        party.via = [one for name in entrance.via for one in plan.waypoints if one.name == name]
        self._go_on(party, now_s)

    def _call_out(self, now_s: float, persons: Ints, places_m: Floats) -> None:
        """Make everybody leave by the nearest exit, each a while after the call."""
        self._called, self._resting = True, []
        for person, place_m in zip(persons.tolist(), places_m, strict=True):
            pace_m_s = self._party_of[person].pace_m_s if person in self._party_of else self._pace()
            party = Party(members=[person], pace_m_s=pace_m_s, exits=(), leaving=True)
            party.heads_for = min(self._plan.exits, key=lambda one: self.walkers.way_m(place_m, one.middle_m))
            self._party_of[person] = party
            self._rest(party, now_s + self._rng.uniform(*STARTLED_S))


def _box(patch: Patch) -> tuple[float, float, float, float]:
    return patch.east_m[0], patch.north_m[0], patch.east_m[1], patch.north_m[1]


def _around(goal_m: Floats) -> tuple[float, float, float, float]:
    east_m, north_m = goal_m.tolist()
    return east_m - REACHED_M, north_m - REACHED_M, east_m + REACHED_M, north_m + REACHED_M
