"""The incident log as CSV (RFC 4180, UTF-8), which a spreadsheet opens and does not run."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

FIELDS: Final[tuple[str, ...]] = (
    "number", "utc", "kind", "author", "text", "lon_deg", "lat_deg", "zone", "zone_name", "alert", "refers_to",
    "facts", "summary", "exercise",
)  # fmt: skip
_DOCUMENTS: Final[tuple[str, ...]] = ("facts", "summary")
_RUN_BY_SPREADSHEETS: Final = ("=", "+", "-", "@", "\t")


@dataclass(frozen=True, slots=True)
class LogTable:
    """A file on its way out."""

    name: str
    data: bytes


def log_table(entries: Sequence[dict[str, Any]]) -> LogTable:
    """Return all entries, oldest first; its name holds the time of the newest."""
    text = io.StringIO(newline="")
    sink = csv.DictWriter(text, FIELDS, restval="")
    sink.writeheader()
    sink.writerows(_row(entry) for entry in entries)
    last: dict[str, Any] = entries[-1] if entries else {"utc": "", "exercise": False}
    stamp = "".join(sign for sign in last["utc"].partition(".")[0] if sign.isalnum())
    name = f"{'EXERCISE-' if last['exercise'] else ''}log{f'-{stamp}' if stamp else ''}.csv"
    return LogTable(name, text.getvalue().encode())


def _row(entry: dict[str, Any]) -> dict[str, Any]:
    lon, lat = entry.get("lon_lat", ("", ""))
    parts: dict[str, Any] = {name: json.dumps(entry[name], ensure_ascii=False) for name in _DOCUMENTS if name in entry}
    plain: dict[str, Any] = {name: _plain(entry[name]) for name in FIELDS if name in entry and name not in parts}
    return {**plain, **parts, "lon_deg": lon, "lat_deg": lat, "exercise": int(entry["exercise"])}


def _plain(value: Any) -> Any:
    """Return a text that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_RUN_BY_SPREADSHEETS) else value
