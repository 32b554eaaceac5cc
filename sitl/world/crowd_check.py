"""What is wrong with a world although each field reads well: places outside, out of reach, or too full."""

from __future__ import annotations

import itertools
from typing import Final

from shapely.geometry import Point, Polygon

from flightlink.toml_fields import TableReader
from sitl.world.crowd_plan import LEAST_PEOPLE, MOST_PEOPLE, CrowdPlan, Gathering, Patch, Strollers
from sitl.world.crowd_room import SLACK_M, audiences, ground_of, patch_polygon, rooms_of, standing_room, strolled
from sitl.world.world import World

FULLEST: Final = 0.6
"""Places drawn at random with a least distance fill at most 0.547 of the ground with discs: 0.69 per square of it."""
STROLLER_M: Final = 0.9
"""Side of the square that one of the strollers needs at the beginning."""


def refuse_holes(world: World, reader: TableReader) -> None:
    """Refuse a world in which somebody has no place, no way in or no way out.

    Raises:
        FlightlinkError: of the reader's type, one line.
    """
    outline = Polygon(world.crowd.walkable_m)
    if not outline.is_valid or outline.area < 1:
        raise reader.fault("walkable_m", "crosses itself or is flat", "give the corners in order around the ground")
    rooms = rooms_of(world)
    if not rooms:
        raise reader.fault("walkable_m", "has no room left between the [[prop]]", "make it wider or the props smaller")
    walked = rooms_of(world, avoided=audiences(world.crowd))
    _refuse_lost_places(world, rooms, walked, reader)
    _refuse_no_way_out(world.crowd, reader)
    _refuse_numbers(world.crowd, reader)
    for number, gathering in enumerate(world.crowd.gatherings, start=1):
        _refuse_full_gathering(gathering, world, rooms[0], _part(reader, "gathering", number))
    for number, strollers in enumerate(world.crowd.strollers, start=1):
        _refuse_full_walk(strollers, world, walked[0], _part(reader, "strollers", number))
    _refuse_overlaps(world.crowd, reader)
    _refuse_lost_marks(world, outline, reader)


def _part(reader: TableReader, kind: str, number: int) -> TableReader:
    return TableReader(where=f"{reader.where} [[{kind}]] {number}", table={}, error=reader.error)


def _refuse_lost_places(world: World, rooms: list[Polygon], walked: list[Polygon], reader: TableReader) -> None:
    """Refuse patches outside the outline, under props or cut off from the largest part of the ground.

    `rooms` is for those who stand, `walked` for those who have to go round audiences.
    """
    plan = world.crowd
    kinds: dict[str, tuple[Patch, ...]] = {
        "gathering": plan.gatherings,
        "strollers": plan.strollers,
        "entrance": plan.entrances,
        "exit": plan.exits,
        "waypoint": plan.waypoints,
    }
    for kind, patches in kinds.items():
        parts = rooms if kind == "gathering" else walked
        for number, patch in enumerate(patches, start=1):
            fits = [standing_room(part, patch, plan.body_radius_m).area > 0 for part in parts]
            if not any(fits):
                mend = "move it into walkable_m and out of every [[prop]]"
                raise _part(reader, kind, number).fault(repr(patch.name), "has no walkable ground", mend)
            if not fits[0]:
                mend = "open a way between [[prop]] and [[gathering]]"
                raise _part(reader, kind, number).fault(repr(patch.name), "cannot be reached", mend)


def _refuse_no_way_out(plan: CrowdPlan, reader: TableReader) -> None:
    leaving = bool(plan.entrances) or plan.evacuated_from_s is not None
    if (leaving or any(group.stays_s for group in plan.strollers)) and not plan.exits:
        raise reader.fault("[[exit]]", "is missing although people leave", "add one; sitl/worlds/demo.toml shows how")


def _refuse_numbers(plan: CrowdPlan, reader: TableReader) -> None:
    people = plan.people_at_start
    if people > MOST_PEOPLE:
        raise reader.fault("people", f"are {people} together", f"ask for at most {MOST_PEOPLE}")
    if people < LEAST_PEOPLE and not plan.entrances:
        mend = f"ask for at least {LEAST_PEOPLE} in [[gathering]] and [[strollers]], or add an [[entrance]]"
        raise reader.fault("people", f"are {people} together", mend)


def _refuse_full_gathering(gathering: Gathering, world: World, room: Polygon, reader: TableReader) -> None:
    least_m = 2 * world.crowd.body_radius_m
    if gathering.apart_m < least_m + 0.01:
        raise reader.fault(
            "apart_m",
            f"is {gathering.apart_m:g}, less than two bodies",
            f"give more than {least_m:g}, twice body_radius_m",
        )
    area_m2 = standing_room(room, gathering, world.crowd.body_radius_m).area
    most = int(FULLEST * area_m2 / gathering.apart_m**2)
    if gathering.people > most:
        mend = f"ask for at most {most}, or make it wider or apart_m smaller"
        raise reader.fault("people", f"is {gathering.people}, too many for {area_m2:.0f} m2", mend)


def _refuse_full_walk(strollers: Strollers, world: World, room: Polygon, reader: TableReader) -> None:
    ground = strolled(room, strollers, world.crowd)
    most = int(ground.area / STROLLER_M**2)
    if strollers.people > most:
        mend = f"ask for at most {most}, or make it wider"
        raise reader.fault(
            "people", f"is {strollers.people}, too many for {ground.area:.0f} m2 beside gatherings", mend
        )


def _refuse_overlaps(plan: CrowdPlan, reader: TableReader) -> None:
    least_m = 2 * plan.body_radius_m + SLACK_M
    for one, other in itertools.combinations(plan.gatherings, 2):
        if patch_polygon(one).distance(patch_polygon(other)) < least_m:
            mend = f"leave at least {least_m:g} m between them"
            raise reader.fault("[[gathering]]", f"{one.name!r} and {other.name!r} overlap or touch", mend)


def _refuse_lost_marks(world: World, outline: Polygon, reader: TableReader) -> None:
    names = [mark.name for mark in world.marks]
    for number, mark in enumerate(world.marks, start=1):
        place, part = Point(mark.east_m, mark.north_m), _part(reader, "mark", number)
        if names.count(mark.name) > 1:
            raise part.fault("name", f"{mark.name!r} is there twice", "give each mark its own")
        if not outline.contains(place):
            raise part.fault("at_m", f"of {mark.name!r} is outside walkable_m", "move the mark to where it is seen")
        if any(ground_of(prop).contains(place) for prop in world.props):
            raise part.fault("at_m", f"of {mark.name!r} is under a [[prop]]", "move the mark to where it is seen")
