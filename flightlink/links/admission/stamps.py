"""`StampBook`: the newest time stamp of each signed stream and of our own messages, so that none ever counts twice.

What is saved runs a little ahead of what was seen: after a crash a replay of the last seconds is refused, at the price
that the vehicle is heard again only some seconds later.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from flightlink.errors import LinkError

UNITS_PER_S: Final = 100_000
"""MAVLink counts in 10 microseconds."""
EPOCH_S: Final = 1_420_070_400
"""2015-01-01, from which it counts."""
AHEAD: Final = 5 * UNITS_PER_S
OURS: Final = "own"
_MOST_STREAMS: Final = 256
_LARGEST: Final = 2**48 - 1


def stamp_from_utc_ns(utc_ns: int) -> int:
    """Return the time stamp of an instant; 0 for all before 2015."""
    return max(0, (utc_ns - EPOCH_S * 1_000_000_000) // 10_000)


class StampBook:
    """Newest stamps by stream; one book a key.

    Args:
        saved: what an earlier run saved.
        save: keeps the stamps over a restart; raises `OSError` where it cannot.
    """

    def __init__(self, saved: Mapping[str, int], save: Callable[[Mapping[str, int]], None]) -> None:
        self._newest = dict(saved)
        self._saved = dict(saved)
        self._save = save

    def newest(self, stream: str) -> int | None:
        """Return the newest stamp of a stream, None for one never heard."""
        return self._newest.get(stream)

    def has_room(self, stream: str) -> bool:
        """Return whether a stream is known or may be added."""
        return stream in self._newest or len(self._newest) < _MOST_STREAMS

    def note(self, stream: str, stamp: int) -> bool:
        """Store the stamp of a good message; return False, storing nothing, where it cannot outlive a restart."""
        if stamp > self._saved.get(stream, -1):
            ahead = {**self._saved, stream: min(stamp + AHEAD, _LARGEST)}
            try:
                self._save(ahead)
            except OSError:
                return False
            self._saved = ahead
        self._newest[stream] = stamp
        return True

    def next_own(self, stamp_now: int) -> int | None:
        """Return the stamp of our next message: now, but later than any before; None where it cannot be kept."""
        stamp = max(stamp_now, self._newest.get(OURS, -1) + 1)
        return stamp if self.note(OURS, stamp) else None

    def save(self) -> None:
        """Save the stamps as they are, with nothing ahead.

        Raises:
            OSError: they cannot be kept.
        """
        self._save(dict(self._newest))

    def close(self) -> None:
        """Save the stamps at an orderly end; where they cannot be, what was saved ahead of them holds."""
        with suppress(OSError):
            self.save()


def stamp_book_at(path: Path) -> StampBook:
    """Return the book of a file, which need not be there yet; its folder is made.

    Raises:
        LinkError: the file cannot be read or written, or is damaged; one line.
    """
    book = StampBook(_saved_at(path), lambda stamps: _write(path, stamps))
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        book.save()
    except OSError as cause:
        raise LinkError(
            f"{path}: cannot be written ({cause.strerror or cause}); signing needs it against replays, set state_dir"
        ) from cause
    return book


def _saved_at(path: Path) -> dict[str, int]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as cause:
        raise LinkError(f"{path}: cannot be read ({cause.strerror or cause}); check its owner") from cause
    except ValueError:
        found = None
    is_good = isinstance(found, dict) and all(
        isinstance(stamp, int) and 0 <= stamp <= _LARGEST for stamp in found.values()
    )
    if not is_good or not isinstance(found, dict):
        raise LinkError(f"{path}: is damaged, so replays cannot be told; delete it, and change the key if unsure why")
    return found


def _write(path: Path, stamps: Mapping[str, int]) -> None:
    """Write beside and rename, so that a crash leaves the old or the new file."""
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(dict(stamps)), encoding="utf-8")
    beside.replace(path)
