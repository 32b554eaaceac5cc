"""Where acknowledgements are kept: one small file, whole or not there at all; the newest of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from groundstation.errors import BadInputError, NotKeptError
from groundstation.files import write_durably

ACKNOWLEDGEMENTS_FILE: Final = "acknowledgements.json"
MOST_KEPT: Final = 500
"""The audit keeps all; these are for alerts that may still be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Somebody has taken up an alert."""

    utc: str
    by: str | None
    reason: str


class AcknowledgementFile:
    """The acknowledgements that a station keeps, by id of the alert.

    Args:
        path: made with its folder when there is something to keep.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def load(self) -> dict[str, Acknowledgement]:
        """Return what is kept, oldest first.

        Raises:
            BadInputError: the file is damaged.
        """
        if not self.path.exists():
            return {}
        try:
            rows = json.loads(self.path.read_text(encoding="utf-8"))
            return {str(alert): _acknowledgement(row) for alert, row in rows.items()}
        except (OSError, ValueError, RecursionError, TypeError, KeyError, AttributeError) as error:
            raise BadInputError(f"{self.path}: is damaged ({error}); put back a copy, or remove it") from error

    def store(self, kept: Mapping[str, Acknowledgement]) -> None:
        """Keep these in place of those before.

        Raises:
            NotKeptError: they cannot be written.
        """
        rows = {alert: asdict(one) for alert, one in kept.items()}
        try:
            write_durably(self.path, json.dumps(rows, indent=1) + "\n")
        except (BadInputError, OSError) as error:
            raise NotKeptError(str(error)) from error


def _acknowledgement(row: Any) -> Acknowledgement:
    by = row["by"]
    return Acknowledgement(utc=str(row["utc"]), by=None if by is None else str(by), reason=str(row["reason"]))
