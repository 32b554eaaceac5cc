"""Whether a station runs from this environment: it holds a lock, which the kernel lets go of however it ends."""

from __future__ import annotations

import fcntl
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

LOCK: Final = Path(sys.prefix) / "share" / "groundstation" / "running.lock"


@contextmanager
def running(path: Path = LOCK) -> Iterator[None]:
    """Hold the lock beside other stations; where it cannot be held, as in an environment of root's, run without."""
    try:
        lock = path.open("a")
    except OSError:
        yield
        return
    with lock:
        with suppress(OSError):
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield


def station_runs(path: Path = LOCK) -> bool:
    """Say whether a station holds the lock now."""
    try:
        with path.open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
