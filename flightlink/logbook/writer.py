"""Puts records into the newest file of the logbook and takes old files away. Called by one thread at a time."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from flightlink.logbook.shelf import LogbookLimits, StoredLog, name_at, stored_in, to_delete

Opener = Callable[[Path], BinaryIO]
_FILE_MODE: Final = 0o600
_FOLDER_MODE: Final = 0o700


def new_file(path: Path) -> BinaryIO:
    """Open a file that was not there, readable by its owner alone.

    Raises:
        OSError: it was there, or the folder takes no files.
    """
    path.touch(mode=_FILE_MODE, exist_ok=False)
    return path.open("r+b", buffering=0)


class LogWriter:
    """The folder and its open file.

    Args:
        folder: made when it is not there.
        limits: how long and how much is kept.
        opened: opens a new file.
    """

    def __init__(self, folder: Path, limits: LogbookLimits, *, opened: Opener = new_file) -> None:
        self._folder = folder
        self._limits = limits
        self._opened = opened
        self._file: BinaryIO | None = None
        self._open: StoredLog | None = None
        self._stored: list[StoredLog] | None = None

    @property
    def open_name(self) -> str:
        """Name of the file that is written to, empty where there is none."""
        return "" if self._open is None else self._open.path.name

    @property
    def files(self) -> int:
        """Number of files, the open one among them."""
        return len(self._stored or ()) + (self._open is not None)

    @property
    def total_bytes(self) -> int:
        """Size of all files together."""
        return sum(log.size_bytes for log in self._stored or ()) + (self._open.size_bytes if self._open else 0)

    def write(self, records: bytes, now_utc_ns: int) -> None:
        """Put whole records on the disk, all of them, and take away what has to go.

        Raises:
            OSError: the folder or the disk takes nothing; the file is closed, the next call tries a new one.
        """
        try:
            if self._is_full(len(records), now_utc_ns):
                self.close()
            self.tidy(now_utc_ns, coming_bytes=len(records))
            if records:
                self._append(records, now_utc_ns)
        except OSError:
            self._cut_back()
            self.close()
            raise

    def _is_full(self, coming_bytes: int, now_utc_ns: int) -> bool:
        log, limits = self._open, self._limits
        if log is None:
            return False
        ages = not 0 <= now_utc_ns - log.starts_utc_ns < limits.file_ns
        return ages or log.size_bytes + coming_bytes > limits.file_bytes

    def tidy(self, now_utc_ns: int, *, coming_bytes: int) -> None:
        """Take away what has to go before so many bytes come.

        Raises:
            OSError: the folder cannot be read, or a file cannot be deleted.
        """
        if self._stored is None:
            self._stored = self._found()
        needed_bytes = coming_bytes + (self._open.size_bytes if self._open else 0)
        for log in to_delete(self._stored, self._limits, now_utc_ns=now_utc_ns, needed_bytes=needed_bytes):
            log.path.unlink(missing_ok=True)
            self._stored.remove(log)

    def _found(self) -> list[StoredLog]:
        """Make the folder and return what a run before this one left in it."""
        self._folder.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
        stored = stored_in(self._folder)
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return stored

    def _append(self, records: bytes, now_utc_ns: int) -> None:
        if self._file is None:
            path = self._folder / name_at(now_utc_ns)
            self._file = self._opened(path)
            self._open = StoredLog(path=path, starts_utc_ns=now_utc_ns, size_bytes=0)
        rest = memoryview(records)
        while rest:
            rest = rest[self._file.write(rest) :]
        os.fsync(self._file.fileno())
        if self._open is not None:
            log = self._open
            self._open = StoredLog(
                path=log.path, starts_utc_ns=log.starts_utc_ns, size_bytes=log.size_bytes + len(records)
            )

    def _cut_back(self) -> None:
        """Take away a record that was written in part: whoever reads on finds whole ones only."""
        if self._file is not None and self._open is not None:
            with suppress(OSError):  # the disk is broken or gone; readers skip a torn end
                self._file.truncate(self._open.size_bytes)

    def close(self) -> None:
        """Close the file; one that took nothing is removed."""
        file, log = self._file, self._open
        self._file = self._open = None
        if file is None or log is None:
            return
        with suppress(OSError):  # what was written is on the disk already; what was not is lost either way
            file.close()
            if log.size_bytes == 0:
                log.path.unlink(missing_ok=True)
        if log.size_bytes and self._stored is not None:
            self._stored.append(log)
