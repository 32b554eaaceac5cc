"""Where the incident log is kept: one file of JSON lines, each on the disk before it is told of, none ever changed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from groundstation.errors import BadInputError, NotKeptError
from groundstation.exercise import is_exercise_folder
from groundstation.files import sync_folder
from groundstation.incidents.entry import Draft, Entry

LOG_FILE: Final = "incidents.jsonl"


class LogFile:
    """The incident log that a station keeps; one owner.

    Args:
        path: made with its folder when there is something to keep.

    Raises:
        BadInputError: its folder's mark of an exercise is damaged.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_exercise = is_exercise_folder(path.parent)
        self.cut_off_bytes = 0
        """Of a line that a loss of power cut off before anybody was told of it."""
        self._entries = 0
        self._good_bytes = 0

    def load(self) -> list[Entry]:
        """Return all entries, oldest first.

        Raises:
            BadInputError: a line is damaged, missing, or of the other kind of event.
        """
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise BadInputError(f"{self.path}: cannot be read ({error.strerror}); mend its rights") from error
        self._good_bytes = data.rfind(b"\n") + 1
        self.cut_off_bytes = len(data) - self._good_bytes
        entries = [self._entry(line, row) for row, line in enumerate(data.split(b"\n")[:-1], start=1)]
        self._entries = len(entries)
        return entries

    def _entry(self, line: bytes, row: int) -> Entry:
        try:
            entry = Entry.model_validate_json(line)
        except ValidationError as error:
            why = str(error).splitlines()[0]
            raise self._damaged(row, why) from error
        if entry.number != row:
            raise self._damaged(row, f"it is number {entry.number}, so lines are missing or were added")
        if entry.exercise != self.is_exercise:
            kind = "an exercise" if entry.exercise else "a real event"
            raise BadInputError(f"{self.path}: line {row} is of {kind}; give each a state_dir of its own")
        return entry

    def _damaged(self, row: int, why: str) -> BadInputError:
        return BadInputError(f"{self.path}: line {row} is damaged ({why}); put back a copy, or take another state_dir")

    def append(self, drafts: Sequence[Draft]) -> list[Entry]:
        """Number entries and append them, all or none; they are on the disk when this returns.

        Raises:
            NotKeptError: they cannot be written.
        """
        entries = [
            Entry(**dict(draft), number=number, exercise=self.is_exercise)
            for number, draft in enumerate(drafts, start=self._entries + 1)
        ]
        data = "".join(f"{entry.model_dump_json(exclude_none=True)}\n" for entry in entries).encode()
        try:
            self._write(data)
        except OSError as error:
            why = error.strerror or str(error)
            raise NotKeptError(f"{self.path}: cannot be written ({why}); make room or mend rights") from error
        self._entries += len(entries)
        self._good_bytes += len(data)
        self.cut_off_bytes = 0
        return entries

    def _write(self, data: bytes) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not self.path.exists()
        with self.path.open("ab") as sink:
            if sink.tell() < self._good_bytes:
                raise OSError(None, "it was shortened by somebody else")
            # half a line of an attempt that failed, or that a loss of power cut off: nobody was told of it
            sink.truncate(self._good_bytes)
            sink.write(data)
            sink.flush()
            os.fsync(sink.fileno())
        if is_new:
            sync_folder(self.path.parent)
