"""The part of a world file that tells who is there: TOML in, `CrowdPlan` out."""

from __future__ import annotations

import math
from typing import Final

from flightlink.toml_fields import TableReader
from sitl.world.crowd_plan import CrowdPlan, Entrance, Gathering, Patch, Range, Strollers
from sitl.world.fields import (
    MEND_DEG,
    MEND_M,
    MEND_PEOPLE,
    MEND_S,
    read_corners,
    read_names,
    read_pair,
    read_rising,
    read_table,
    read_tables,
    read_within,
)

_MEND_NAME: Final = 'expected a name, for instance "south"'
_MEND_SIZES: Final = "expected how many go together, for instance [1, 1, 2], each from 1 to 6"
_MOST_TOGETHER: Final = 6
_MOST_SECONDS: Final = 86_400.0


def crowd_from(reader: TableReader) -> CrowdPlan:
    """Return who is where in a world.

    Raises:
        FlightlinkError: of the reader's type; one line with field, what was expected and how to mend it.
    """
    plan = CrowdPlan(
        walkable_m=read_corners(reader, "walkable_m"),
        body_radius_m=_or(reader, "body_radius_m", 0.1, 0.3, MEND_M, 0.2),
        gatherings=read_tables(reader, "gathering", _gathering, at_least=0),
        strollers=read_tables(reader, "strollers", _strollers, at_least=0),
        entrances=read_tables(reader, "entrance", _entrance, at_least=0),
        exits=read_tables(reader, "exit", _patch, at_least=0),
        waypoints=read_tables(reader, "waypoint", _patch, at_least=0),
        closed=read_tables(reader, "closed", _patch, at_least=0),
        evacuated_from_s=_evacuated_from_s(reader),
    )
    _refuse_unknown_names(plan, reader)
    return plan


def _or(reader: TableReader, name: str, low: float, high: float, mend: str, otherwise: float) -> float:
    """Return a number within bounds, or the value of an absent one."""
    return read_within(reader, name, low, high, mend) if name in reader.table else otherwise


def _patch(reader: TableReader) -> Patch:
    return Patch(
        name=reader.text("name", _MEND_NAME),
        east_m=read_rising(reader, "east_m"),
        north_m=read_rising(reader, "north_m"),
    )


def _gathering(reader: TableReader) -> Gathering:
    patch = _patch(reader)
    return Gathering(
        name=patch.name,
        east_m=patch.east_m,
        north_m=patch.north_m,
        people=reader.whole("people", MEND_PEOPLE),
        facing_deg=_or(reader, "facing_deg", -360, 360, MEND_DEG, 0.0),
        faces_m=read_pair(reader, "faces_m") if "faces_m" in reader.table else None,
        apart_m=_or(reader, "apart_m", 0.2, 10, MEND_M, 0.6),
        circles_of=_sizes(reader, "circles_of") if "circles_of" in reader.table else (),
    )


def _strollers(reader: TableReader) -> Strollers:
    patch = _patch(reader)
    return Strollers(
        name=patch.name,
        east_m=patch.east_m,
        north_m=patch.north_m,
        people=reader.whole("people", MEND_PEOPLE),
        party_sizes=_sizes(reader, "party_sizes"),
        stays_s=_stays_s(reader),
    )


def _stays_s(reader: TableReader) -> Range | None:
    if "stays_s" not in reader.table:
        return None
    shortest_s, longest_s = read_rising(reader, "stays_s")
    if shortest_s < 0:
        raise reader.fault("stays_s", f"begins at {shortest_s:g}", "expected seconds from 0 up, for instance [60, 300]")
    return shortest_s, longest_s


def _entrance(reader: TableReader) -> Entrance:
    patch = _patch(reader)
    from_s = _or(reader, "from_s", 0, _MOST_SECONDS, MEND_S, 0.0)
    to_s = _or(reader, "to_s", 0, _MOST_SECONDS, MEND_S, math.inf)
    if to_s <= from_s:
        raise reader.fault("to_s", f"is {to_s:g}, not after from_s ({from_s:g})", "give a later second")
    return Entrance(
        name=patch.name,
        east_m=patch.east_m,
        north_m=patch.north_m,
        people_per_s=read_within(reader, "people_per_s", 0.001, 50, "expected people per second, for instance 0.3"),
        from_s=from_s,
        to_s=to_s,
        party_sizes=_sizes(reader, "party_sizes"),
        via=read_names(reader, "via"),
        strolls_in=reader.text("strolls_in", _MEND_NAME) if "strolls_in" in reader.table else None,
        exits=read_names(reader, "exits"),
    )


def _sizes(reader: TableReader, name: str) -> tuple[int, ...]:
    found = reader.table.get(name, [1])
    if not isinstance(found, list) or not found or not all(_is_size(size) for size in found):
        raise reader.fault(name, f"is {found!r}", _MEND_SIZES)
    return tuple(found)


def _is_size(size: object) -> bool:
    return isinstance(size, int) and not isinstance(size, bool) and 1 <= size <= _MOST_TOGETHER


def _evacuated_from_s(reader: TableReader) -> float | None:
    if "evacuation" not in reader.table:
        return None
    return read_within(read_table(reader, "evacuation"), "starts_s", 0, _MOST_SECONDS, MEND_S)


def _refuse_unknown_names(plan: CrowdPlan, reader: TableReader) -> None:
    """Refuse names that are there twice, and those that an entrance names in vain."""
    known = {
        "exit": [one.name for one in plan.exits],
        "waypoint": [one.name for one in plan.waypoints],
        "strollers": [one.name for one in plan.strollers],
        "entrance": [one.name for one in plan.entrances],
        "gathering": [one.name for one in plan.gatherings],
    }
    for kind, names in known.items():
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise reader.fault(f"[[{kind}]]", f"has the name {twice!r} twice", "give each its own")
    for number, entrance in enumerate(plan.entrances, start=1):
        strolls_in = () if entrance.strolls_in is None else (entrance.strolls_in,)
        asked = {"exits": ("exit", entrance.exits), "via": ("waypoint", entrance.via)}
        asked["strolls_in"] = ("strollers", strolls_in)
        for field, (kind, wanted) in asked.items():
            lost = next((name for name in wanted if name not in known[kind]), None)
            if lost is not None:
                mend = f"there are {', '.join(known[kind]) or 'none'}; add [[{kind}]] or correct the name"
                raise reader.fault(f"[[entrance]] {number}: {field}", f"names {lost!r}", mend)
