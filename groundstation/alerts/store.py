"""Where acknowledgements are kept: one small file, whole or not there at all; the newest of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from groundstation.errors import BadInputError, NotKeptError
from groundstation.files import write_durably
from maps.levels import Level

ACKNOWLEDGEMENTS_FILE: Final = "acknowledgements.json"
MOST_KEPT: Final = 500
"""The audit keeps all; these are for alerts that may still be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Somebody has taken up an alert at the level that it had."""

    level: Level
    """The highest that had been told of it; above it the acknowledgement says nothing."""
    utc: str
    by: str | None
    reason: str


Kept = Mapping[str, tuple[Acknowledgement, ...]]
"""By id of the alert; of each the acknowledgements as its level rose, oldest first."""


class AcknowledgementFile:
    """The acknowledgements that a station keeps.

    Args:
        path: made with its folder when there is something to keep.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> dict[str, tuple[Acknowledgement, ...]]:
        """Return what is kept, oldest first.

        Raises:
            BadInputError: the file is damaged.
        """
        if not self.path.exists():
            return {}
        try:
            rows = json.loads(self.path.read_text(encoding="utf-8"))
            return {str(alert): _acknowledgements(said) for alert, said in rows.items()}
        except (OSError, ValueError, RecursionError, TypeError, KeyError, AttributeError) as error:
            raise BadInputError(f"{self.path}: is damaged ({error}); put back a copy, or remove it") from error

    def store(self, kept: Kept) -> None:
        """Keep these in place of those before.

        Raises:
            NotKeptError: they cannot be written.
        """
        rows = {alert: [asdict(one) for one in said] for alert, said in kept.items()}
        try:
            write_durably(self.path, json.dumps(rows, indent=1) + "\n")
        except (BadInputError, OSError) as error:
            raise NotKeptError(str(error)) from error


def _acknowledgements(said: Any) -> tuple[Acknowledgement, ...]:
    """Return one alert's; a file of before levels were kept holds one, which counts for the lowest that alerts."""
    if isinstance(said, Mapping):
        return (_acknowledgement({"level": Level.ALERT.value, **said}),)
    if not said:
        raise ValueError("an alert without an acknowledgement")
    return tuple(_acknowledgement(row) for row in said)


def _acknowledgement(row: Any) -> Acknowledgement:
    utc, by, reason = str(row["utc"]), row["by"], str(row["reason"])
    return Acknowledgement(level=Level(row["level"]), utc=utc, by=None if by is None else str(by), reason=reason)
