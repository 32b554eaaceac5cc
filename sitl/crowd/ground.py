"""Where each group of a crowd may be, worked out once for a world."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import Polygon

from sitl.world.crowd_plan import CrowdPlan, Gathering, Patch, Strollers
from sitl.world.crowd_room import Ground, audiences, rooms_of, standing_room, strolled
from sitl.world.errors import WorldError
from sitl.world.world import World

Floats = NDArray[np.float64]


class Grounds:
    """The ground of a world.

    Args:
        world: with outline, props and crowd plan.

    Raises:
        WorldError: there is none.
    """

    def __init__(self, world: World) -> None:
        self.plan: CrowdPlan = world.crowd
        self.around: tuple[Patch, ...] = audiences(world.crowd)
        """Audiences that nobody walks through."""
        self._whole = _largest(world, ())
        self.walked: Polygon = _largest(world, self.around)
        self._of: dict[Patch, Ground] = {}

    def of(self, patch: Patch) -> Ground:
        """Return where in a patch somebody can be."""
        if patch not in self._of:
            ground = self._drawn(patch)
            shapely.prepare(ground)
            self._of[patch] = ground
        return self._of[patch]

    def _drawn(self, patch: Patch) -> Ground:
        if isinstance(patch, Strollers):
            return strolled(self.walked, patch, self.plan)
        room = self._whole if isinstance(patch, Gathering) else self.walked
        return standing_room(room, patch, self.plan.body_radius_m)

    @staticmethod
    def on(ground: Ground, point_m: Floats, *, otherwise_m: Floats) -> Floats:
        """Return a point (2,) if it is on the ground, else the other."""
        return point_m if shapely.contains_xy(ground, *point_m) else otherwise_m


def _largest(world: World, avoided: tuple[Patch, ...]) -> Polygon:
    rooms = rooms_of(world, avoided=avoided)
    if not rooms:
        raise WorldError(f"world {world.name}: no ground is left to walk on; widen walkable_m or shrink the [[prop]]")
    return rooms[0]
