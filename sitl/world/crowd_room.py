"""The ground where people may be: the outline of a world less everything that stands on it. Pure geometry."""

from __future__ import annotations

from typing import Final, TypeAlias

import shapely
from shapely.geometry import MultiPolygon, Polygon, box

from sitl.world.crowd_plan import CrowdPlan, Patch, Strollers
from sitl.world.world import Prop, World

Ground: TypeAlias = Polygon | MultiPolygon

WALL_M: Final = 0.15
"""Middles of bodies keep at least this from a prop, so that nobody's shoulder is inside it."""
SLACK_M: Final = 0.05
"""Beyond the body's radius, for those who are placed: JuPedSim refuses bodies that touch a wall."""


def ground_of(prop: Prop, *, wider_m: float = 0.0) -> Polygon:
    """Return the rectangle on which a prop stands."""
    (east_m, north_m), (width_m, depth_m, _) = prop.middle_m, prop.size_m
    half_east_m, half_north_m = width_m / 2 + wider_m, depth_m / 2 + wider_m
    return box(east_m - half_east_m, north_m - half_north_m, east_m + half_east_m, north_m + half_north_m)


def patch_polygon(patch: Patch) -> Polygon:
    """Return a patch as a polygon."""
    return box(patch.east_m[0], patch.north_m[0], patch.east_m[1], patch.north_m[1])


def rooms_of(world: World, *, avoided: tuple[Patch, ...] = ()) -> list[Polygon]:
    """Return the connected parts of the walkable ground, the largest first; gaps too narrow for a body are shut.

    Avoided patches are left out, and so much about them that nobody at their edge is touched.
    The outline must be a valid polygon.
    """
    plan, radius_m = world.crowd, world.crowd.body_radius_m
    shut = [ground_of(prop, wider_m=WALL_M) for prop in world.props] + [patch_polygon(patch) for patch in plan.closed]
    shut += [patch_polygon(patch).buffer(2 * radius_m + SLACK_M, join_style="mitre") for patch in avoided]
    free = Polygon(plan.walkable_m).difference(shapely.union_all(shut))
    wide = free.buffer(-radius_m, join_style="mitre").buffer(radius_m, join_style="mitre").intersection(free)
    parts = wide.geoms if isinstance(wide, MultiPolygon) else [wide]
    return sorted((part for part in parts if isinstance(part, Polygon) and part.area > 0), key=lambda part: -part.area)


def audiences(plan: CrowdPlan) -> tuple[Patch, ...]:
    """Return the gatherings that walkers go round: dense ones of people who never set off."""
    if plan.evacuated_from_s is not None:
        return ()
    return tuple(gathering for gathering in plan.gatherings if not gathering.circles_of)


def standing_room(room: Polygon, patch: Patch, body_radius_m: float) -> Ground:
    """Return where in a patch a body can be without touching a wall; empty where it cannot."""
    return room.buffer(-body_radius_m - SLACK_M, join_style="mitre").intersection(patch_polygon(patch))


def strolled(room: Polygon, strollers: Strollers, plan: CrowdPlan) -> Ground:
    """Return where strollers may go: their patch without the gatherings."""
    ground = standing_room(room, strollers, plan.body_radius_m)
    return ground.difference(shapely.union_all([patch_polygon(gathering) for gathering in plan.gatherings]))
