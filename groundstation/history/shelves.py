"""Where the bodies of kept maps lie: in memory, or in files of a folder that are only ever appended to."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from groundstation.errors import BadInputError, NotKeptError
from groundstation.exercise import is_exercise_folder
from groundstation.files import OWNER_ONLY, sync_folder
from groundstation.history.record import DamagedError, Placed, Told, framed, records
from groundstation.instants import NS_PER_S

HISTORY_FOLDER: Final = "history"
SEGMENT_S: Final = 1800
"""Maps of so long share a file; the oldest file is removed once all in it are too old."""
_ENDING: Final = ".maps"


class Kept(NamedTuple):
    """A map that is kept, and where."""

    told: Told
    segment: int
    """Name of its file; of a shelf in memory, number of the body."""
    offset: int
    length: int
    end: int


class Shelf(Protocol):
    """Keeps bodies; one writer."""

    def append(self, told: Told, body: bytes) -> Kept:
        """Keep a body.

        Raises:
            NotKeptError: it cannot be written.
        """
        ...

    def read(self, kept: Kept) -> bytes | None:
        """Return a body; None where it has been erased meanwhile."""
        ...

    def erase(self, oldest: Iterable[Kept], left: Kept | None) -> None:
        """Erase the oldest; `left` is the first that stays."""
        ...

    def cut(self, newest: Iterable[Kept], left: Kept | None) -> None:
        """Erase the newest; `left` is the last that stays."""
        ...


class MemoryShelf:
    """Bodies in memory, compressed: nothing of a replay or a test reaches the disk."""

    def __init__(self) -> None:
        self._bodies: dict[int, bytes] = {}
        self._next = 0

    def append(self, told: Told, body: bytes) -> Kept:
        """Keep a body."""
        kept = zlib.compress(body, level=6)
        self._bodies[self._next] = kept
        self._next += 1
        return Kept(told, self._next - 1, 0, len(kept), len(kept))

    def read(self, kept: Kept) -> bytes | None:
        """Return a body; None where it has been erased meanwhile."""
        body = self._bodies.get(kept.segment)
        return None if body is None else zlib.decompress(body)

    def erase(self, oldest: Iterable[Kept], left: Kept | None) -> None:
        """Erase bodies."""
        del left
        for kept in oldest:
            self._bodies.pop(kept.segment, None)

    cut = erase


class FolderShelf:
    """Bodies in a folder, in files that are appended to; each is on the disk when `append` returns.

    Args:
        folder: in the station's state folder, which says whether all is of an exercise; made when there is something.

    Raises:
        BadInputError: the mark of an exercise is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._is_exercise = is_exercise_folder(folder.parent)
        self._segment: int | None = None
        self._good_bytes = 0
        self.cut_off_bytes = 0
        """Of a record that a loss of power cut off."""

    def load(self) -> list[Kept]:
        """Return all that is kept, oldest first; half a record at the very end is cut off.

        Raises:
            BadInputError: a file is damaged, of the other kind of event, or cannot be read.
        """
        try:
            names = self._names()
            found = [kept for name in names for kept in self._of_segment(name, is_last=name == names[-1])]
        except OSError as error:
            raise BadInputError(f"{self.folder}: cannot be read ({error.strerror}); mend its rights") from error
        if any(later.told.utc_ns <= earlier.told.utc_ns for earlier, later in pairwise(found)):
            raise BadInputError(f"{self.folder}: its maps are not in order; {_MEND}")
        return found

    def _names(self) -> list[int]:
        if not self.folder.is_dir():
            return []
        paths = [path for path in self.folder.iterdir() if path.suffix == _ENDING]
        strange = [path for path in paths if not path.stem.isascii() or not path.stem.isdigit()]
        if strange:
            raise BadInputError(f"{strange[0]}: is no file of the history; {_MEND}")
        return sorted(int(path.stem) for path in paths)

    def _of_segment(self, name: int, *, is_last: bool) -> Iterator[Kept]:
        path = self._path(name)
        end, data = 0, path.read_bytes()
        try:
            for placed in records(data):
                self._refuse_other_kind(placed, path)
                end = placed.end
                yield Kept(placed.told, name, placed.offset, placed.length, placed.end)
        except DamagedError as error:
            if not (is_last and error.is_torn):
                raise BadInputError(f"{path}: is damaged at byte {end} ({error}); {_MEND}") from error
            self.cut_off_bytes = len(data) - end
            self._truncate(path, end)
        if is_last:
            self._segment, self._good_bytes = name, end

    def _refuse_other_kind(self, placed: Placed, path: Path) -> None:
        if placed.told.exercise != self._is_exercise:
            kind = "an exercise" if placed.told.exercise else "a real event"
            raise BadInputError(f"{path}: is of {kind}; give each a state_dir of its own")

    def append(self, told: Told, body: bytes) -> Kept:
        """Append a record to the newest file, or begin the next one; it is on the disk when this returns.

        Raises:
            NotKeptError: it cannot be written.
        """
        record, before = framed(told, body)
        is_new = self._segment is None or told.utc_ns - self._segment >= SEGMENT_S * NS_PER_S
        name = told.utc_ns if is_new or self._segment is None else self._segment
        start = 0 if is_new else self._good_bytes
        try:
            self._write(self._path(name), record, start=start, is_new=is_new)
        except OSError as error:
            why = error.strerror or str(error)
            raise NotKeptError(f"{self.folder}: cannot be written ({why}); make room or mend rights") from error
        self._segment, self._good_bytes = name, start + len(record)
        return Kept(told, name, start + before, len(body), self._good_bytes)

    def _write(self, path: Path, record: bytes, *, start: int, is_new: bool) -> None:
        if is_new:
            self.folder.mkdir(parents=True, exist_ok=True)
        with open(path, "ab", opener=_for_its_owner) as sink:
            if sink.tell() < start:
                raise OSError(None, "it was shortened by somebody else")
            sink.truncate(start)  # half a record of an attempt that failed
            sink.write(record)
            sink.flush()
            os.fsync(sink.fileno())
        if is_new:
            sync_folder(self.folder)

    def read(self, kept: Kept) -> bytes | None:
        """Return a body; None where it has been erased meanwhile."""
        try:
            with self._path(kept.segment).open("rb") as source:
                source.seek(kept.offset)
                body = source.read(kept.length)
        except FileNotFoundError:
            return None
        return body if len(body) == kept.length else None

    def erase(self, oldest: Iterable[Kept], left: Kept | None) -> None:
        """Remove the files of the oldest; a file that still holds `left` goes when that does."""
        for name in sorted({kept.segment for kept in oldest} - ({left.segment} if left else set())):
            self._remove(name)

    def cut(self, newest: Iterable[Kept], left: Kept | None) -> None:
        """Remove the newest from the disk, to the end of `left`."""
        for name, _ in groupby(sorted(kept.segment for kept in newest)):
            if left is None or name != left.segment:
                self._remove(name)
        if left is not None:
            self._truncate(self._path(left.segment), left.end)
        self._segment, self._good_bytes = (None, 0) if left is None else (left.segment, left.end)

    def _remove(self, name: int) -> None:
        self._path(name).unlink(missing_ok=True)
        sync_folder(self.folder)
        if name == self._segment:
            self._segment, self._good_bytes = None, 0

    def _truncate(self, path: Path, end: int) -> None:
        with path.open("r+b") as sink:
            sink.truncate(end)
            os.fsync(sink.fileno())

    def _path(self, name: int) -> Path:
        return self.folder / f"{name:020d}{_ENDING}"


_MEND: Final = "move the folder away, or take another state_dir"


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, OWNER_ONLY)
