"""Typed reading of one TOML table: a missing or wrong field becomes one line that says where and how to mend it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from flightlink.errors import FlightlinkError
from flightlink.spelling import misspelt

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def table_from_file(path: Path, error: type[FlightlinkError]) -> dict[str, Any]:
    """Return the whole file as a table.

    Raises:
        FlightlinkError: of the given type; the file is missing, unreadable or no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as cause:
        raise error(f"{path}: cannot be read ({cause.strerror or cause}); check the path") from cause
    except UnicodeDecodeError as cause:
        raise error(f"{path}: is not a text file; expected TOML in UTF-8") from cause
    except tomllib.TOMLDecodeError as cause:
        raise error(f"{path}: is not valid TOML: {str(cause).splitlines()[0]}") from cause


@dataclass(frozen=True, slots=True, kw_only=True)
class TableReader:
    """One table of one file, read field by field."""

    where: str
    """File, and table where there are several; begins every message."""
    table: Mapping[str, Any]
    error: type[FlightlinkError]

    def fault(self, name: str, found: str, mend: str) -> FlightlinkError:
        """Return the error for one field, to be raised by the caller."""
        return self.error(f"{self.where}: {name} {found}; {mend}")

    def refuse_misspelt(self, known: Collection[str]) -> None:
        """Raise for a field that is none of the known ones and looks like one of them that is not there.

        Raises:
            FlightlinkError: of the table's type; a misspelt optional field would else be silently without effect.
        """
        if slip := misspelt(self.table, known):
            raise self.fault(slip[0], "is not known", f"{slip[1]} seems to be meant; mend its spelling, or remove it")

    def value(self, name: str, mend: str) -> Any:
        """Return a field that must be there."""
        if name not in self.table:
            raise self.fault(name, "is missing", mend)
        return self.table[name]

    def number(self, name: str, mend: str) -> float:
        """Return a finite number."""
        found = self.value(name, mend)
        if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
            raise self.fault(name, f"is {found!r}, not a finite number", mend)
        return float(found)

    def whole(self, name: str, mend: str) -> int:
        """Return a whole number of at least 1."""
        found = self.value(name, mend)
        if isinstance(found, bool) or not isinstance(found, int) or found < 1:
            raise self.fault(name, f"is {found!r}, not a whole number of at least 1", mend)
        return found

    def text(self, name: str, mend: str) -> str:
        """Return a text."""
        found = self.value(name, mend)
        if not isinstance(found, str):
            raise self.fault(name, f"is {found!r}, not a text", mend)
        return found

    def utc_ns(self, name: str, mend: str) -> int:
        """Return an instant, TOML's own or ISO 8601 as text, with its offset from UTC, in UTC nanoseconds."""
        found = self.value(name, mend)
        if isinstance(found, str):
            try:
                found = datetime.fromisoformat(found)
            except ValueError as cause:
                raise self.fault(name, f"is {found!r}, not a time", mend) from cause
        if not isinstance(found, datetime):
            raise self.fault(name, f"is {found!r}, not a time", mend)
        if found.utcoffset() is None:
            raise self.fault(name, f"is {found.isoformat()}, a time without an offset", mend)
        return (found - _EPOCH) // timedelta(microseconds=1) * 1000

    def subtable(self, name: str) -> TableReader | None:
        """Return a table inside this one, or None where it is absent."""
        found = self.table.get(name)
        if found is None:
            return None
        if not isinstance(found, dict):
            raise self.fault(name, f"is {found!r}, not a table", f"write it as [{name}]")
        return TableReader(where=f"{self.where} [{name}]", table=found, error=self.error)
