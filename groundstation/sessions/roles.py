"""Four roles and what each may do; what no right names, nobody may."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """What somebody is at an event."""

    PILOT = "pilot"
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"


class Right(StrEnum):
    """What can be allowed; a route of the station needs one of them (`groundstation.web.access`)."""

    FOLLOW = "follow"
    """Health, vehicles, the map with its alerts and zones, the check before the flight."""
    FLY = "fly"
    """The pilot's page, and pointing a gimbal."""
    COMMAND = "command"
    """The command post: its page, the map through time, figures for other programs."""
    IMAGERY = "imagery"
    """Redacted video and pictures."""
    ACT = "act"
    """Acknowledge alerts, draw zones, align cameras."""
    EXPORT = "export"
    """Take the map away as a file or a print."""
    MANAGE = "manage"
    """What changes the station for all: an exercise, settings, base maps."""
    AUDIT = "audit"
    """Read who did what."""


_OPERATOR: Final = frozenset({Right.FOLLOW, Right.COMMAND, Right.IMAGERY, Right.ACT, Right.EXPORT})
RIGHTS: Final[Mapping[Role, frozenset[Right]]] = {
    Role.PILOT: frozenset({Right.FOLLOW, Right.FLY}),
    Role.OPERATOR: _OPERATOR,
    Role.SUPERVISOR: frozenset(Right),
    Role.AUDITOR: frozenset({Right.AUDIT}),
}
