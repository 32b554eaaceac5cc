"""Files of the published map: made, named with their time, and written down before they leave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from groundstation.audit import Audit
from groundstation.errors import BadInputError, NotThereError
from groundstation.exports.geopackage import geopackage
from groundstation.exports.kml import kml
from groundstation.exports.picture import picture
from groundstation.exports.report import report_of
from groundstation.exports.rows import Export
from groundstation.exports.text import geojson, table
from groundstation.instants import text_from_utc_ns

OF_THE_PAGE: Final = ("print",)
"""What the page makes itself, and has written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """A file on its way out."""

    name: str
    content_type: str
    data: bytes


_FORMATS: Final[dict[str, tuple[str, str, Callable[[Export], bytes]]]] = {
    "geojson": ("geojson", "application/geo+json", geojson),
    "gpkg": ("gpkg", "application/geopackage+sqlite3", geopackage),
    "kml": ("kml", "application/vnd.google-earth.kml+xml", kml),
    "csv": ("csv", "text/csv", table),
    "png": ("png", "image/png", picture),
    "report": ("html", "text/html", geojson),
}


class ExportDesk:
    """Makes files of the published map and writes each down.

    Args:
        station: its name, in every file.
        audit: where it is written down that a file left.
        clock: UTC now in nanoseconds.
    """

    def __init__(self, *, station: str, audit: Audit, clock: Callable[[], int]) -> None:
        self._station, self._audit, self._clock = station, audit, clock

    async def file(self, document: dict[str, Any] | None, kind: str, *, is_exercise: bool) -> ExportFile:
        """Return the map as a file; it is written down before it is returned.

        Raises:
            BadInputError: no format has that name.
            NotThereError: there is no map yet, or no report of it.
            NotKeptError: it cannot be written down, so it does not leave.
        """
        if kind not in _FORMATS:
            raise BadInputError(f"format {kind[:20]!r} is none of {', '.join(_FORMATS)}; take one of them")
        if document is None:
            raise NotThereError("no map yet; ask again when the first one is drawn")
        suffix, content_type, made = _FORMATS[kind]
        utc = text_from_utc_ns(self._clock())
        export = Export(document=document, station=self._station, exported_utc=utc, is_exercise=is_exercise)
        data = await asyncio.to_thread(made, export)
        if kind == "report":
            data = await report_of(data, export)
        name = f"{'EXERCISE-' if is_exercise else ''}density-{_stamp(document.get('utc') or utc)}.{suffix}"
        self._note(kind, name, document.get("utc"), is_exercise=is_exercise)
        return ExportFile(name=name, content_type=content_type, data=data)

    async def note(self, kind: object, map_utc: object, *, is_exercise: bool) -> dict[str, Any]:
        """Write down what the page makes itself, a print, before it makes it.

        Raises:
            BadInputError: it is something else.
            NotKeptError: it cannot be written down, so the page must not make it.
        """
        if kind not in OF_THE_PAGE:
            raise BadInputError("kind is not print; nothing else is made by the page")
        shown = map_utc[:40] if isinstance(map_utc, str) else None
        self._note(str(kind), None, shown, is_exercise=is_exercise)
        return {"noted": kind}

    def _note(self, kind: str, name: str | None, map_utc: str | None, *, is_exercise: bool) -> None:
        self._audit.record(
            "exported", utc_ns=self._clock(), format=kind, file=name, map_utc=map_utc, exercise=int(is_exercise)
        )


def _stamp(utc: str) -> str:
    """Return an instant as it can stand in the name of a file, to the second."""
    return datetime.fromisoformat(utc).astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
