"""Faults out of a world file's `[[fault]]` tables, a command line's text or a tester's JSON; a bad one is one line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from flightlink.toml_fields import TableReader
from sitl.world.errors import WorldError
from sitl.world.faults import MOST_FAULTS, Fault, FaultKind

_DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number of a fault: its bounds, and what it is where nothing is said (None: it must be said)."""

    low: float
    high: float
    usual: float | None
    unit: str


_SHARE: Final = Figure(low=0, high=1, usual=None, unit="a share from 0 to 1, for instance 0.1")
_MEAN: Final = Figure(low=0, high=60, usual=None, unit="seconds, for instance 0.2")
_SPREAD: Final = Figure(low=0, high=60, usual=0.0, unit="seconds, for instance 0.05")
_LATE: Final = Figure(low=0, high=60, usual=0.05, unit="seconds, for instance 0.05")
_JUMP: Final = Figure(low=-_DAY_S, high=_DAY_S, usual=None, unit="seconds, for instance 30")
_METRES: Final = Figure(low=-100_000, high=100_000, usual=0.0, unit="metres, for instance 25")
_TURN: Final = Figure(low=-180, high=180, usual=None, unit="degrees, for instance 180")
_TIMES: Final = Figure(low=0.05, high=50, usual=None, unit="a ratio of heights, for instance 2")
_PERCENT: Final = Figure(low=0, high=100, usual=5.0, unit="percent, for instance 5")
_FACTOR: Final = Figure(low=0.05, high=50, usual=None, unit="a ratio of focal lengths, for instance 2")
_FIX: Final = Figure(low=0, high=_DAY_S, usual=10.0, unit="seconds after the boot, for instance 10")

FIGURES: Final[Mapping[FaultKind, Mapping[str, Figure]]] = {
    FaultKind.LOSS: {"share": _SHARE},
    FaultKind.DELAY: {"mean_s": _MEAN, "spread_s": _SPREAD},
    FaultKind.REORDER: {"share": _SHARE, "by_s": _LATE},
    FaultKind.DUPLICATE: {"share": _SHARE, "by_s": _LATE},
    FaultKind.LINK_LOSS: {},
    FaultKind.GPS_GLITCH: {"east_m": _METRES, "north_m": _METRES},
    FaultKind.RESTART: {"fix_after_s": _FIX},
    FaultKind.CLOCK_JUMP: {"by_s": _JUMP},
    FaultKind.BATTERY_FAILURE: {"percent": _PERCENT},
    FaultKind.GIMBAL_STUCK: {},
    FaultKind.ZOOM_UNREPORTED: {"factor": _FACTOR},
    FaultKind.YAW_FLAGS: {},
    FaultKind.SECOND_VEHICLE: {},
    FaultKind.TWIN: {"east_m": _METRES, "north_m": _METRES},
    FaultKind.COMPASS: {"by_deg": _TURN},
    FaultKind.HEIGHT: {"factor": _TIMES},
    FaultKind.UNKNOWN_VALUES: {},
    FaultKind.TIMESYNC_SILENT: {},
    FaultKind.LINK_HELD: {},
    FaultKind.VIDEO_LOSS: {"share": _SHARE},
    FaultKind.VIDEO_DELAY: {"mean_s": _MEAN, "spread_s": _SPREAD},
    FaultKind.VIDEO_STALL: {},
}
"""The figures of each kind."""
ALWAYS: Final = ("kind", "vehicle", "from_s", "lasts_s")
BOOT_LASTS_S: Final = 3.0
"""Of a restart that does not say how long it takes."""
HELD_S: Final = 8.7
"""Of a link that is held and does not say for how long: seen in a recorded flight."""
_USUAL_LENGTHS: Final[Mapping[FaultKind, float]] = {FaultKind.RESTART: BOOT_LASTS_S, FaultKind.LINK_HELD: HELD_S}


def faults_from(reader: TableReader) -> tuple[Fault, ...]:
    """Return the faults of a world file, none where it has no `[[fault]]`.

    Raises:
        FlightlinkError: of the reader's type, in one line.
    """
    rows = reader.table.get("fault", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise reader.fault("[[fault]]", "is no list of tables", "write each fault as [[fault]]")
    if len(rows) > MOST_FAULTS:
        raise reader.fault("[[fault]]", f"is there {len(rows)} times", f"at most {MOST_FAULTS} are possible")
    vehicles = _names(reader.table.get("vehicle"))
    where = (f"{reader.where} [[fault]] {number}" for number in range(1, len(rows) + 1))
    return tuple(
        _fault(TableReader(where=place, table=row, error=reader.error), vehicles, usual_from_s=0.0)
        for place, row in zip(where, rows, strict=True)
    )


def fault_from_text(text: str, vehicles: Iterable[str], *, usual_from_s: float = 0.0) -> Fault:
    """Return the fault of a command line, for instance `loss share=0.1 from_s=5 lasts_s=10`.

    Raises:
        WorldError: one line.
    """
    where = f"--fault {text!r}"
    kind, *parts = text.split() or [""]
    table: dict[str, Any] = {"kind": kind}
    for part in parts:
        name, equals, value = part.partition("=")
        if not equals:
            raise WorldError(f"{where}: {part!r} is no NAME=VALUE; write for instance loss share=0.1 lasts_s=10")
        table[name] = value if name == "vehicle" else _number(value)
    reader = TableReader(where=where, table=table, error=WorldError)
    return _fault(reader, tuple(vehicles), usual_from_s=usual_from_s)


def fault_from_json(line: str, vehicles: Iterable[str], *, now_s: float) -> Fault:
    """Return the fault of one JSON object; it begins now where it does not say when.

    Raises:
        WorldError: one line.
    """
    shown = line.strip()[:80]
    try:
        table = json.loads(line)
    except ValueError as cause:
        raise WorldError(f'fault {shown!r}: is no JSON object; write for instance {{"kind": "link_loss"}}') from cause
    if not isinstance(table, dict):
        raise WorldError(f'fault {shown!r}: is no JSON object; write for instance {{"kind": "link_loss"}}')
    reader = TableReader(where=f"fault {shown!r}", table=table, error=WorldError)
    return _fault(reader, tuple(vehicles), usual_from_s=now_s)


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _names(rows: object) -> tuple[str, ...]:
    listed = rows if isinstance(rows, list) else []
    return tuple(row["name"] for row in listed if isinstance(row, dict) and isinstance(row.get("name"), str))


def _fault(reader: TableReader, vehicles: tuple[str, ...], *, usual_from_s: float) -> Fault:
    kind = _kind(reader)
    figures = FIGURES[kind]
    for name in reader.table:
        if name not in (*ALWAYS, *figures):
            known = ", ".join([*figures, *ALWAYS[1:]])
            raise reader.fault(name, f"is no figure of {kind}", f"it has {known}")
    values = {name: _figure(reader, name, figure) for name, figure in figures.items()}
    return Fault(kind=kind, vehicle=_vehicle(reader, vehicles), **_span(reader, kind, usual_from_s), **values)


def _kind(reader: TableReader) -> FaultKind:
    known = ", ".join(FaultKind)
    found = reader.text("kind", f"expected one of {known}")
    if found not in set(FaultKind):
        raise reader.fault("kind", f"is {found!r}", f"expected one of {known}")
    return FaultKind(found)


def _vehicle(reader: TableReader, vehicles: tuple[str, ...]) -> str | None:
    if "vehicle" not in reader.table:
        return None
    found = reader.text("vehicle", "expected the name of a vehicle")
    if found not in vehicles:
        raise reader.fault("vehicle", f"is {found!r}, which the world has not", f"it has {', '.join(vehicles)}")
    return found


def _span(reader: TableReader, kind: FaultKind, usual_from_s: float) -> dict[str, float]:
    begins = Figure(low=-_DAY_S, high=10 * _DAY_S, usual=usual_from_s, unit="seconds since the world began")
    lasts = Figure(low=0, high=10 * _DAY_S, usual=None, unit="seconds, for instance 10; leave it out for ever")
    span = {"from_s": _figure(reader, "from_s", begins)}
    if "lasts_s" in reader.table:
        return {**span, "lasts_s": _figure(reader, "lasts_s", lasts)}
    return {**span, "lasts_s": _USUAL_LENGTHS[kind]} if kind in _USUAL_LENGTHS else span


def _figure(reader: TableReader, name: str, figure: Figure) -> float:
    if name not in reader.table and figure.usual is not None:
        return figure.usual
    mend = f"expected {figure.unit}"
    found = reader.number(name, mend)
    if not figure.low <= found <= figure.high:
        raise reader.fault(name, f"is {found:g}, outside {figure.low:g} to {figure.high:g}", mend)
    return found
