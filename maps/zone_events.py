"""Zone over capacity, the fourth crowd-level event: a zone holds more people than it may, for some seconds. Pure.

It begins with a fill (`maps.zones`) at the capacity, if half of the zone is seen or if the fill less its error is
that high already: who is counted is there, however little of the ground is seen. It goes on down to `STAYS_SHARE` of
the capacity, so that no error of the count ends it, and it ends when the zone is seen to hold fewer. What cannot tell
that, a zone that is hardly seen or a lower bound, ends it only after `HELD_S`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from maps.events import LEAST_SHARE, MIN_PEOPLE, NS_PER_S
from maps.levels import Level
from maps.persistence import Persistence
from maps.zones import SIGMAS, Corners, Zone, ZoneFill

PERSISTS_S: Final = 10.0
ENDS_S: Final = 30.0
STAYS_SHARE: Final = 0.95
HELD_S: Final = 300.0
"""So long an event outlives the last fill that showed it, while nothing shows the contrary."""

Limits = tuple[str, int, Corners]
"""What an event belongs to: a zone of another outline or capacity is another place, one of another name is not."""


class Cause(StrEnum):
    """Why a zone counts as over its capacity."""

    COUNTED = "counted"
    """So many were counted, over half of its ground or more."""
    LOWER_BOUND = "lower_bound"
    """Little of it is seen, or a cell is saturated, and those who are counted are too many already."""
    HELD = "held"
    """The newest map does not show it, for less than `ENDS_S`, or cannot tell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OverCapacity:
    """One zone that holds too many."""

    zone: Zone
    fill: ZoneFill
    """The newest that shows it."""
    seen_utc_ns: int
    """Of that fill."""
    cause: Cause
    level: Level
    since_utc_ns: int


@dataclass(frozen=True, slots=True)
class _Shown:
    fill: ZoneFill
    utc_ns: int


class ZoneWatch:
    """Fills come in, in order of time; the events that hold are told."""

    def __init__(self) -> None:
        self._holding: Persistence[Limits] = Persistence(
            persists_ns=round(PERSISTS_S * NS_PER_S), ends_ns=round(ENDS_S * NS_PER_S)
        )
        self._shown: dict[Limits, _Shown] = {}
        self._told: frozenset[Limits] = frozenset()

    def take(self, utc_ns: int, fills: Iterable[tuple[Zone, ZoneFill]]) -> tuple[OverCapacity, ...]:
        """Take in the fills of one map and return the events that hold now, longest first."""
        now = {limits_of(zone): (zone, fill) for zone, fill in fills}
        self._shown = {limits: shown for limits, shown in self._shown.items() if limits in now}
        for limits, (zone, fill) in now.items():
            if is_over(fill, zone.capacity * (STAYS_SHARE if limits in self._holding else 1.0)):
                self._shown[limits] = _Shown(fill, utc_ns)
        held = [limits for limits, (_, fill) in now.items() if self._is_held(limits, fill, utc_ns)]
        since_ns = self._holding.take(utc_ns, held)
        self._told = frozenset(since_ns)
        events = [
            self._event(now[limits][0], self._shown[limits], utc_ns, begun_ns)
            for limits, begun_ns in since_ns.items()
            if limits in self._shown
        ]
        return tuple(sorted(events, key=lambda event: (event.since_utc_ns, event.zone.zone_id)))

    def _is_held(self, limits: Limits, fill: ZoneFill, utc_ns: int) -> bool:
        shown = self._shown.get(limits)
        if shown is None or shown.utc_ns == utc_ns:
            return shown is not None
        if limits not in self._told or can_tell_fewer(fill):
            return False
        return abs(utc_ns - shown.utc_ns) <= HELD_S * NS_PER_S

    def _event(self, zone: Zone, shown: _Shown, utc_ns: int, since_ns: int) -> OverCapacity:
        return OverCapacity(
            zone=zone,
            fill=shown.fill,
            seen_utc_ns=shown.utc_ns,
            cause=_cause(shown, utc_ns),
            level=Level.ALERT,
            since_utc_ns=since_ns,
        )


def limits_of(zone: Zone) -> Limits:
    """Return what an event about a zone belongs to."""
    return zone.zone_id, zone.capacity, zone.corners


def is_over(fill: ZoneFill, people: float) -> bool:
    """Say whether a fill shows so many people: as an estimate where half is seen, else as a sure lower bound."""
    if fill.people < max(people, MIN_PEOPLE):
        return False
    return fill.observed_share >= LEAST_SHARE or fill.people - SIGMAS * fill.people_sigma >= people


def can_tell_fewer(fill: ZoneFill) -> bool:
    """Say whether a low fill shows that few people are there."""
    return fill.observed_share >= LEAST_SHARE and not fill.lower_bound


def _cause(shown: _Shown, utc_ns: int) -> Cause:
    if shown.utc_ns != utc_ns:
        return Cause.HELD
    return Cause.COUNTED if can_tell_fewer(shown.fill) else Cause.LOWER_BOUND
