"""Who stands, strolls, enters and leaves in a simulated world: plain values, no simulation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

Point = tuple[float, float]
"""East, north in metres from home."""
Range = tuple[float, float]
Corners = tuple[Point, ...]

LEAST_PEOPLE: Final = 10
MOST_PEOPLE: Final = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """A named rectangle of ground, its sides along east and north."""

    name: str
    east_m: Range
    north_m: Range

    @property
    def middle_m(self) -> Point:
        """East and north of the middle."""
        return sum(self.east_m) / 2, sum(self.north_m) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathering(Patch):
    """People who stand: an audience, or circles of people who talk."""

    people: int
    facing_deg: float = 0.0
    """Where everybody looks, clockwise from north, unless there is a point or a circle to look at."""
    faces_m: Point | None = None
    """The point that everybody looks at, for instance the middle of a stage."""
    apart_m: float = 0.6
    """Least distance of two."""
    circles_of: tuple[int, ...] = ()
    """Sizes from which circles are drawn; empty for an audience."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strollers(Patch):
    """People who walk about between places of a rectangle, alone or side by side."""

    people: int
    """At the beginning."""
    party_sizes: tuple[int, ...] = (1,)
    """Sizes from which parties are drawn."""
    stays_s: Range | None = None
    """How long a party stays before it leaves by an exit; None for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance(Patch):
    """Where people come in, by chance but as many as asked in the mean; who finds no room waits outside."""

    people_per_s: float
    from_s: float = 0.0
    to_s: float = math.inf
    party_sizes: tuple[int, ...] = (1,)
    via: tuple[str, ...] = ()
    """Way points to pass, in this order."""
    strolls_in: str | None = None
    """Strollers to join on the way to an exit."""
    exits: tuple[str, ...] = ()
    """One of these is the way out; all of the world's where empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CrowdPlan:
    """All people of a world and the room that they have."""

    walkable_m: Corners
    """Outline of the ground where people are; props stand in their way."""
    body_radius_m: float = 0.2
    """Two people are never nearer than twice this."""
    gatherings: tuple[Gathering, ...] = ()
    strollers: tuple[Strollers, ...] = ()
    entrances: tuple[Entrance, ...] = ()
    exits: tuple[Patch, ...] = ()
    waypoints: tuple[Patch, ...] = ()
    closed: tuple[Patch, ...] = ()
    """Ground without a prop on it where nobody may be, for instance before a stage."""
    evacuated_from_s: float | None = None
    """From then on everybody leaves by the nearest exit and nobody comes in."""

    @property
    def people_at_start(self) -> int:
        """How many people are there at the beginning."""
        standing = sum(gathering.people for gathering in self.gatherings)
        return standing + sum(strollers.people for strollers in self.strollers)
