"""The audit read backwards, a part at a time: every line as it stands, in columns that never change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from groundstation.errors import NotKeptError

PART_BYTES: Final = 64 * 1024
LONGEST_DETAIL: Final = 600
COLUMNS: Final = ("utc", "what", "step", "who", "role", "from")
DAMAGED: Final = "damaged"


def part_of(path: Path, before: int | None = None) -> dict[str, Any]:
    """Return the newest lines of an audit, newest first, or those before a place in it.

    Args:
        path: of the audit; a missing one has no lines.
        before: byte at which a part ends, as `earlier` of the part after it says; None for the end.

    Returns:
        `lines`, each with `COLUMNS` (null where it has none) and `detail`, and `earlier`, null at the beginning.

    Raises:
        NotKeptError: it cannot be read.
    """
    try:
        size = path.stat().st_size
        end = size if before is None else min(before, size)
        start = max(0, end - PART_BYTES)
        with path.open("rb") as source:
            source.seek(start)
            data = source.read(end - start)
    except FileNotFoundError:
        return {"lines": [], "earlier": None}
    except OSError as error:
        raise NotKeptError(f"{path}: cannot be read ({error.strerror}); mend its rights") from error
    cut = data.find(b"\n") + 1 if start else 0
    rows = [_row(line) for line in data[cut:].splitlines() if line.strip()]
    return {"lines": rows[::-1], "earlier": start + cut if start and cut else None}


def _row(line: bytes) -> dict[str, Any]:
    """Return a line in columns; half a line, of a loss of power, is told as damaged."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        return {**dict.fromkeys(COLUMNS), "what": DAMAGED, "detail": line.decode(errors="replace")[:LONGEST_DETAIL]}
    rest = "; ".join(f"{name}: {_plain(value)}" for name, value in told.items() if name not in COLUMNS)
    columns = {name: None if told.get(name) is None else _plain(told[name]) for name in COLUMNS}
    return {**columns, "detail": rest[:LONGEST_DETAIL]}


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
