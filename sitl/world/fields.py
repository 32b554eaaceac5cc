"""Fields of world files: tables, pairs, ranges and colours, each missing or wrong one told in a line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, TypeVar

from flightlink.toml_fields import TableReader
from sitl.world.crowd_plan import Corners, Point, Range
from sitl.world.world import Colour

Value = TypeVar("Value")


MEND_PAIR: Final = "expected two numbers, for instance [0.0, 3.5]"
MEND_M: Final = "expected metres, for instance 28.0"
MEND_DEG: Final = "expected degrees, for instance 45.0"
MEND_S: Final = "expected seconds, for instance 0.1"
MEND_PEOPLE: Final = "expected how many people, for instance 100"
MEND_COLOUR: Final = 'expected a colour "#rrggbb"'
MEND_CORNERS: Final = "expected at least three corners [east, north] in metres"


def read_table(reader: TableReader, name: str) -> TableReader:
    """Return a table that must be there."""
    found = reader.subtable(name)
    if found is None:
        raise reader.fault(f"[{name}]", "is missing", "add the table; sitl/worlds/demo.toml shows all")
    return found


def read_tables(
    reader: TableReader, name: str, one: Callable[[TableReader], Value], *, at_least: int
) -> tuple[Value, ...]:
    """Return what `one` makes of each table of a list."""
    rows = reader.table.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or len(rows) < at_least:
        raise reader.fault(f"[[{name}]]", "is missing or no list of tables", f"write at least {at_least} [[{name}]]")
    readers = [
        TableReader(where=f"{reader.where} [[{name}]] {number}", table=row, error=reader.error)
        for number, row in enumerate(rows, start=1)
    ]
    return tuple(one(row) for row in readers)


def read_numbers(reader: TableReader, name: str, count: int, mend: str) -> tuple[float, ...]:
    """Return a list of as many finite numbers."""
    found = reader.value(name, mend)
    if not isinstance(found, list) or len(found) != count:
        raise reader.fault(name, f"is {found!r}", mend)
    parts = TableReader(where=f"{reader.where} {name}", table=dict(zip("123", found, strict=False)), error=reader.error)
    return tuple(parts.number(key, mend) for key in parts.table)


def read_pair(reader: TableReader, name: str) -> Point:
    """Return two numbers, for instance east and north."""
    first, second = read_numbers(reader, name, 2, MEND_PAIR)
    return first, second


def read_rising(reader: TableReader, name: str) -> Range:
    """Return two numbers of which the second is greater."""
    low, high = read_pair(reader, name)
    if low >= high:
        raise reader.fault(name, f"runs from {low:g} to {high:g}", "give the smaller number first")
    return low, high


def read_within(reader: TableReader, name: str, low: float, high: float, mend: str) -> float:
    """Return a number within bounds."""
    found = reader.number(name, mend)
    if not low <= found <= high:
        raise reader.fault(name, f"is {found:g}, outside {low:g} to {high:g}", mend)
    return found


def read_colour(reader: TableReader, name: str) -> Colour:
    """Return red, green and blue of a colour "#rrggbb"."""
    found = re.fullmatch(r"#([0-9a-fA-F]{2})([0-9a-fA-F]{2})([0-9a-fA-F]{2})", reader.text(name, MEND_COLOUR))
    if found is None:
        raise reader.fault(name, f"is {reader.table[name]!r}", MEND_COLOUR)
    red, green, blue = (int(part, 16) for part in found.groups())
    return red, green, blue


def read_corners(reader: TableReader, name: str) -> Corners:
    """Return the corners of a polygon, at least three."""
    found = reader.value(name, MEND_CORNERS)
    if not isinstance(found, list) or len(found) < 3:
        raise reader.fault(name, f"is {found!r}", MEND_CORNERS)
    numbered = {str(number): corner for number, corner in enumerate(found, start=1)}
    corners = TableReader(where=f"{reader.where} {name}", table=numbered, error=reader.error)
    return tuple(read_pair(corners, key) for key in numbered)


def read_names(reader: TableReader, name: str) -> tuple[str, ...]:
    """Return a list of texts, empty where the field is absent."""
    found = reader.table.get(name, [])
    if not isinstance(found, list) or not all(isinstance(part, str) for part in found):
        raise reader.fault(name, f"is {found!r}", 'expected a list of names, for instance ["south"]')
    return tuple(found)
