"""JuPedSim at work: bodies on a ground, each steered to a point of its own; nothing here is random.

Model: A. Tordeux, M. Chraibi and A. Seyfried, Collision-free speed model for pedestrian dynamics, 2015, in JuPedSim's
second version. The way round obstacles is JuPedSim's too.
"""

from __future__ import annotations

from typing import Final

import jupedsim
import numpy as np
from numpy.typing import NDArray
from shapely.geometry import Polygon

from sitl.world.errors import WorldError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ITERATION_S: Final = 0.05
TIME_GAP_S: Final = 1.0
WALL_PUSH: Final = 8.0
WALL_PUSH_M: Final = 0.06
"""How walls turn walkers away: further than JuPedSim has it, where a crush presses people through a fence."""


class Walkers:
    """Everybody on one connected ground; the person added n-th has the number n for ever.

    Args:
        room: the walkable ground, obstacles as holes.
        body_radius_m: of everybody.

    Raises:
        WorldError: JuPedSim refuses the ground.
    """

    def __init__(self, room: Polygon, body_radius_m: float) -> None:
        try:
            model = jupedsim.CollisionFreeSpeedModelV2()
            self._routing = jupedsim.RoutingEngine(room)
            self._simulation = jupedsim.Simulation(model=model, geometry=room, dt=ITERATION_S)
            self._stage = self._simulation.add_direct_steering_stage()
            self._journey = self._simulation.add_journey(jupedsim.JourneyDescription([self._stage]))
        except RuntimeError as error:
            raise _refused("the ground", error) from error
        self._radius_m = body_radius_m
        self._known: list[int] = []
        self._seen: tuple[Ints, Floats] | None = None

    def __len__(self) -> int:
        """Return how many were ever added."""
        return len(self._known)

    def add(self, place_m: Floats, pace_m_s: float) -> int:
        """Put a person on the ground, who stays there until steered, and return the person's number.

        Raises:
            WorldError: JuPedSim refuses the place: outside, or touching a wall or somebody.
        """
        parameters = jupedsim.CollisionFreeSpeedModelV2AgentParameters(
            position=(float(place_m[0]), float(place_m[1])),
            journey_id=self._journey,
            stage_id=self._stage,
            desired_speed=pace_m_s,
            radius=self._radius_m,
            time_gap=TIME_GAP_S,
            strength_geometry_repulsion=WALL_PUSH,
            range_geometry_repulsion=WALL_PUSH_M,
        )
        try:
            self._known.append(self._simulation.add_agent(parameters))
        except RuntimeError as error:
            raise _refused(f"a person at [{place_m[0]:.2f}, {place_m[1]:.2f}]", error) from error
        self._seen = None
        self.steer(len(self._known) - 1, place_m)
        return len(self._known) - 1

    def steer(self, person: int, goal_m: Floats) -> None:
        """Send a person who is there to a point of the ground."""
        self._simulation.agent(self._known[person]).target = (float(goal_m[0]), float(goal_m[1]))

    def set_pace(self, person: int, pace_m_s: float) -> None:
        """Set the speed that a person who is there walks at where nothing is in the way."""
        self._simulation.agent(self._known[person]).model.desired_speed = pace_m_s

    def place(self, person: int) -> Floats:
        """Return where (2,) a person is who is there."""
        return np.array(self._simulation.agent(self._known[person]).position)

    def goal(self, person: int) -> Floats:
        """Return where (2,) a person who is there wants to be."""
        return np.array(self._simulation.agent(self._known[person]).target)

    def way_m(self, from_m: Floats, to_m: tuple[float, float]) -> float:
        """Return how long the way round obstacles is from one point of the ground to another."""
        corners = np.array(self._routing.compute_waypoints((float(from_m[0]), float(from_m[1])), to_m))
        return float(np.hypot(*np.diff(corners, axis=0).T).sum())

    def remove(self, person: int) -> None:
        """Take a person away with the next advance."""
        self._simulation.mark_agent_for_removal(self._known[person])

    def advance(self, iterations: int) -> None:
        """Go on by some iterations of `ITERATION_S`.

        Raises:
            WorldError: JuPedSim cannot go on, for instance because a goal is off the ground.
        """
        self._seen = None
        try:
            self._simulation.iterate(iterations)
        except RuntimeError as error:
            raise _refused("the crowd", error) from error

    def places(self) -> tuple[Ints, Floats]:
        """Return the numbers (n,) of all who are there, rising, and their places (n, 2)."""
        if self._seen is None:
            self._seen = self._places()
        return self._seen

    def _places(self) -> tuple[Ints, Floats]:
        agents = list(self._simulation.agents())
        ids = np.array([agent.id for agent in agents], np.int64)
        place_m = np.array([agent.position for agent in agents]).reshape(-1, 2)
        # JuPedSim counts through all simulations of a program, in the order of adding.
        numbers = np.searchsorted(np.array(self._known, np.int64), ids)
        order = np.argsort(numbers)
        return numbers[order].astype(np.int64), place_m[order]


def _refused(what: str, error: RuntimeError) -> WorldError:
    reason = " ".join(str(error).split())
    return WorldError(f"JuPedSim refuses {what}: {reason}; correct walkable_m, [[prop]] or body_radius_m")
