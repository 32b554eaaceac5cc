"""A seeded crowd with known truth: strollers who give way to one another, and an audience before a stage.

Walkers follow a light social-force model (D. Helbing and P. Molnar, Social force model for pedestrian dynamics, 1995):
each is pulled to its own pace towards its next goal and pushed from near people and from boxes, a little more to the
right than to the left so that two who meet do not stand still. Time advances in fixed steps, so the same seed gives
the same crowd on every machine and in every process, however often it is asked.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sitl.world import Gathering, Prop, World

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

STEP_S: Final = 0.1
RELAXATION_S: Final = 0.5
PUSH_M_PER_S2: Final = 4.0
PUSH_REACH_M: Final = 0.3
BODY_M: Final = 0.55
"""Distance of two middles at which the push has its full strength."""
SIGHT_M: Final = 2.0
GOAL_REACHED_M: Final = 1.0
PAUSE_SHARE: Final = 0.3
PAUSE_S: Final = (3.0, 14.0)
PACE_M_PER_S: Final = (1.15, 0.22)
"""Mean and standard deviation of free walking speeds among strollers."""
CLEARANCE_M: Final = 0.45


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class People:
    """The truth at one instant; every array is (n,), the same person at the same index at all times."""

    east_m: Floats
    north_m: Floats
    heading_deg: Floats
    """Where the body faces, clockwise from north."""
    walked_m: Floats
    """Length of the way so far: tells where in the stride a walker is."""
    speed_m_s: Floats
    walks: Bools
    """Strollers, as opposed to the audience."""
    looks: Ints
    """A number for each person from which the renderer draws figure and colours."""

    def __len__(self) -> int:
        """Return how many people there are."""
        return len(self.east_m)


class Crowd:
    """People who move; ask for any instant, best in rising order.

    Args:
        world: with seed, strollers, audience and props.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._boxes = _boxes(world.props)
        self._restart()

    def _restart(self) -> None:
        self._rng = np.random.default_rng(self._world.seed)
        rng = self._rng
        self._audience = audience_places(self._world.audience, rng)
        self._audience_heading = self._world.audience.facing_deg + rng.normal(0, 12, len(self._audience))
        count = self._world.strollers.people
        self._place = free_places(self._world.strollers, self._closed(), count, rng)
        self._goal = free_places(self._world.strollers, self._closed(), count, rng)
        self._pace = np.clip(rng.normal(*PACE_M_PER_S, count), 0.6, 1.8)
        self._velocity = np.zeros((count, 2))
        self._heading = rng.uniform(0, 360, count)
        self._paused_until = np.zeros(count)
        self._walked = rng.uniform(0, 2, count)
        self._looks = rng.integers(0, 1 << 30, count + len(self._audience))
        self._step = 0
        self._before = self._place

    def _closed(self) -> Floats:
        """Return the boxes and the audience's rectangle: nobody sets out for a place inside."""
        audience = self._world.audience
        rectangle = [[audience.east_m[0], audience.north_m[0], audience.east_m[1], audience.north_m[1]]]
        return np.concatenate([self._boxes, np.array(rectangle)])

    def people_at(self, t_s: float) -> People:
        """Return everybody at `t_s` seconds after the world began (0 or more); an earlier instant starts anew."""
        step = math.floor(t_s / STEP_S)
        if step < self._step - 1:
            self._restart()
        while self._step <= step:
            self._advance()
        share = t_s / STEP_S - (self._step - 1)
        return self._people(self._before + share * (self._place - self._before))

    def _people(self, walkers: Floats) -> People:
        standing = np.zeros(len(self._audience))
        place = np.concatenate([walkers, self._audience])
        return People(
            east_m=place[:, 0],
            north_m=place[:, 1],
            heading_deg=np.concatenate([self._heading, self._audience_heading]) % 360,
            walked_m=np.concatenate([self._walked, standing]),
            speed_m_s=np.concatenate([np.hypot(*self._velocity.T), standing]),
            walks=np.arange(len(place)) < len(walkers),
            looks=self._looks,
        )

    def _advance(self) -> None:
        """Go on by one step of `STEP_S`."""
        now_s = self._step * STEP_S
        to_goal = self._goal - self._place
        distance = np.hypot(*to_goal.T)
        self._arrive(distance < GOAL_REACHED_M, now_s)
        pace = np.where(self._paused_until > now_s, 0.0, self._pace)
        wanted = to_goal / np.maximum(distance, 1e-6)[:, None] * pace[:, None]
        push = pushes(self._place, np.concatenate([self._place, self._audience])) + box_pushes(self._place, self._boxes)
        velocity = self._velocity + STEP_S * ((wanted - self._velocity) / RELAXATION_S + push)
        speed = np.hypot(*velocity.T)
        self._velocity = velocity * np.minimum(1.0, 1.3 * self._pace / np.maximum(speed, 1e-6))[:, None]
        self._before = self._place
        self._place = self._place + STEP_S * self._velocity
        self._turn()
        self._step += 1

    def _arrive(self, arrived: Bools, now_s: float) -> None:
        """Give those at their goal a new one, and some of them a pause there."""
        count = int(arrived.sum())
        if not count:
            return
        self._goal = self._goal.copy()
        self._goal[arrived] = free_places(self._world.strollers, self._closed(), count, self._rng)
        stay = np.where(self._rng.random(count) < PAUSE_SHARE, self._rng.uniform(*PAUSE_S, count), 0.0)
        self._paused_until[arrived] = now_s + stay

    def _turn(self) -> None:
        """Turn bodies towards where they walk, as fast as people turn; slow ones keep their heading."""
        speed = np.hypot(*self._velocity.T)
        course = np.degrees(np.arctan2(self._velocity[:, 0], self._velocity[:, 1]))
        turn = (course - self._heading + 180) % 360 - 180
        self._heading = self._heading + np.where(speed > 0.25, np.clip(turn, -25, 25), 0.0)
        self._walked = self._walked + speed * STEP_S


def _boxes(props: tuple[Prop, ...]) -> Floats:
    """Return (m, 4): west, south, east, north of every prop."""
    middle = np.array([prop.middle_m for prop in props]).reshape(-1, 2)
    half = np.array([prop.size_m[:2] for prop in props]).reshape(-1, 2) / 2
    return np.column_stack([middle - half, middle + half])


def audience_places(audience: Gathering, rng: np.random.Generator) -> Floats:
    """Return places (n, 2), denser the further north (towards the stage) and never nearer to one another than asked.

    Fewer than asked where the rectangle is full.
    """
    places: list[tuple[float, float]] = []
    for _ in range(60 * audience.people):
        if len(places) == audience.people:
            break
        east_m = float(rng.uniform(*audience.east_m))
        depth = 1 - math.sqrt(1 - rng.random())
        north_m = audience.north_m[1] - depth * (audience.north_m[1] - audience.north_m[0])
        if all(math.hypot(east_m - e, north_m - n) >= audience.apart_m for e, n in places):
            places.append((east_m, north_m))
    return np.array(places).reshape(-1, 2)


def free_places(where: Gathering, closed: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Return `count` places (n, 2) in a rectangle but in none of the closed ones (m, 4)."""
    found = np.empty((0, 2))
    while len(found) < count:
        drawn = rng.uniform((where.east_m[0], where.north_m[0]), (where.east_m[1], where.north_m[1]), (4 * count, 2))
        low, high = closed[:, :2] - CLEARANCE_M, closed[:, 2:] + CLEARANCE_M
        inside = ((drawn[:, None] > low) & (drawn[:, None] < high)).all(axis=2).any(axis=-1)
        found = np.concatenate([found, drawn[~inside]])
    return found[:count]


def pushes(place: Floats, everybody: Floats) -> Floats:
    """Return accelerations (n, 2), m/s2, of walkers (n, 2) away from everybody near (m, 2).

    Strength: `PUSH_M_PER_S2` exp((`BODY_M` - d) / `PUSH_REACH_M`) at distance d, turned by 12 degrees to the right.
    """
    apart = place[:, None] - everybody[None]
    distance = np.sqrt((apart**2).sum(2))
    near = (distance < SIGHT_M) & (distance > 1e-9)
    strength = np.where(near, PUSH_M_PER_S2 * np.exp((BODY_M - distance) / PUSH_REACH_M), 0.0)
    towards = (apart * (strength / np.maximum(distance, 1e-9))[..., None]).sum(1)
    cosine, sine = math.cos(math.radians(12)), math.sin(math.radians(12))
    return np.asarray(towards @ np.array([[cosine, -sine], [sine, cosine]]))


def box_pushes(place: Floats, boxes: Floats) -> Floats:
    """Return accelerations (n, 2), m/s2, of walkers (n, 2) out of and away from boxes (m, 4), along and past them."""
    if not len(boxes):
        return np.zeros_like(place)
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    nearest = np.clip(place[:, None], boxes[None, :, :2], boxes[None, :, 2:])
    apart = place[:, None] - nearest
    distance = np.sqrt((apart**2).sum(2))
    outwards = np.where((distance > 1e-9)[..., None], apart, place[:, None] - middle[None])
    outwards = outwards / np.maximum(np.sqrt((outwards**2).sum(2)), 1e-9)[..., None]
    strength = np.where(distance < SIGHT_M, 2 * PUSH_M_PER_S2 * np.exp((0.35 - distance) / PUSH_REACH_M), 0.0)
    along = np.stack([outwards[..., 1], -outwards[..., 0]], axis=2)
    return np.asarray(((outwards + 0.4 * along) * strength[..., None]).sum(1))
