"""Where requests are kept: one small file, whole or not there at all; what is over is kept for a while."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError

from groundstation.errors import BadInputError, NotKeptError
from groundstation.files import write_durably
from groundstation.lookouts.lookout import Lookout

LOOKOUTS_FILE: Final = "lookouts.json"


class Kept(NamedTuple):
    """All requests, and the number of the next: none is given twice, for the audit names it."""

    next_number: int
    lookouts: tuple[Lookout, ...]


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")

    next: int
    lookouts: tuple[Lookout, ...]


class LookoutFile:
    """The requests that a station keeps.

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
            document = _Document.model_validate_json(self.path.read_bytes())
        except (OSError, ValidationError) as error:
            why = " ".join(str(error).split())[:200]
            raise BadInputError(f"{self.path}: is damaged ({why}); put back a copy, or remove it") from error
        return Kept(document.next, document.lookouts)

    def store(self, next_number: int, lookouts: Sequence[Lookout]) -> None:
        """Keep all requests in place of those before.

        Raises:
            NotKeptError: they cannot be written.
        """
        document = _Document(next=next_number, lookouts=tuple(lookouts))
        try:
            write_durably(self.path, document.model_dump_json(indent=1) + "\n")
        except (BadInputError, OSError) as error:
            raise NotKeptError(str(error)) from error
