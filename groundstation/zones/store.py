"""Where zones are kept: one small file, whole or not there at all."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

from groundstation.errors import BadInputError, NotKeptError
from groundstation.files import write_durably
from groundstation.zones.body import capacity_of, corners_of, name_of
from maps.zones import Zone

ZONES_FILE: Final = "zones.json"


class Kept(NamedTuple):
    """All zones, and the number of the next: none is given twice, for alerts and the audit name it."""

    next_number: int
    zones: tuple[Zone, ...]


class ZoneFile:
    """The zones that a station keeps.

    Args:
        path: made with its folder when there is something to keep.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> Kept:
        """Return what is kept.

        Raises:
            BadInputError: the file is damaged.
        """
        if not self.path.exists():
            return Kept(1, ())
        try:
            document = json.loads(self.path.read_text(encoding="utf-8"))
            zones = tuple(_zone(row) for row in document["zones"])
            return Kept(int(document["next"]), zones)
        except (OSError, ValueError, RecursionError, TypeError, KeyError) as error:
            raise BadInputError(f"{self.path}: is damaged ({error}); put back a copy, or remove it") from error

    def store(self, kept: Kept) -> None:
        """Keep all zones in place of those before.

        Raises:
            NotKeptError: they cannot be written.
        """
        document = {"next": kept.next_number, "zones": _rows(kept.zones)}
        try:
            write_durably(self.path, json.dumps(document, allow_nan=False, indent=1) + "\n")
        except (BadInputError, OSError) as error:
            raise NotKeptError(str(error)) from error


def _rows(zones: Sequence[Zone]) -> list[dict[str, Any]]:
    return [
        {
            "id": zone.zone_id,
            "name": zone.name,
            "capacity": zone.capacity,
            "polygon": [list(corner) for corner in zone.corners],
        }
        for zone in zones
    ]


def _zone(row: Any) -> Zone:
    return Zone(
        zone_id=str(row["id"]),
        name=name_of(row["name"]),
        capacity=capacity_of(row["capacity"]),
        corners=corners_of(row["polygon"]),
    )
