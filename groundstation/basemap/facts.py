"""What is known of a file of tiles, and the one error of files that cannot be drawn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Final, Protocol

from groundstation.errors import BadInputError

Bounds = tuple[float, float, float, float]
"""West, south, east, north; degrees, WGS 84."""

MOST_ZOOM: Final = 24
MOST_TILE_BYTES: Final = 4 * 1024 * 1024
_MARKUP: Final = re.compile(r"<[^>]*>")
_MOST_ATTRIBUTION: Final = 200
CONTENT_TYPES: Final = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "mvt": "application/vnd.mapbox-vector-tile",
}


class MapFileError(BadInputError):
    """A file that cannot be drawn; `cause` is one word that the page has a sentence for."""

    def __init__(self, path: Path, cause: str, text: str) -> None:
        super().__init__(f"{path}: {text}")
        self.cause = cause


@dataclass(frozen=True, slots=True, kw_only=True)
class TileFacts:
    """What a file of tiles says of itself."""

    kind: str
    """`png`, `jpg`, `webp` or `mvt` (vector)."""
    min_zoom: int
    max_zoom: int
    bounds: Bounds
    attribution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanPicture:
    """A grey picture with what is transparent, north up."""

    png: bytes
    bounds: Bounds


class TileFile(Protocol):
    """A file of tiles that was opened and checked."""

    @property
    def facts(self) -> TileFacts:
        """What it says of itself."""
        ...

    def tile(self, zoom: int, column: int, row: int) -> bytes | None:
        """Return a tile as it lies in the file, rows counted from the north; None where there is none.

        Raises:
            MapFileError: the file is damaged there.
        """
        ...


def checked_facts(path: Path, facts: TileFacts) -> TileFacts:
    """Return facts that can be true.

    Raises:
        MapFileError: zooms or bounds cannot be.
    """
    west, south, east, north = facts.bounds
    on_earth = -180 <= west < east <= 180 and -90 <= south < north <= 90
    if not on_earth or not 0 <= facts.min_zoom <= facts.max_zoom <= MOST_ZOOM:
        raise MapFileError(
            path, "wrong", "its zooms or bounds cannot be; export it again with its own zooms and bounds"
        )
    return facts


def plain_attribution(text: object) -> str:
    """Return an attribution without markup, one line, not too long."""
    return " ".join(unescape(_MARKUP.sub("", text)).split())[:_MOST_ATTRIBUTION] if isinstance(text, str) else ""
