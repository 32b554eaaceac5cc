"""Sessions that are open: kept by the hash of their secret, so that they outlive a restart and no file opens one."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from groundstation.errors import BadInputError, NotKeptError
from groundstation.files import write_privately
from groundstation.instants import NS_PER_S
from groundstation.logs import event
from groundstation.sessions.users import User

SESSIONS_FILE: Final = "sessions.json"
MOST_OPEN: Final = 256
KEPT_EVERY_S: Final = 60
CLOCK_SLIPS_S: Final = 120
"""A clock that is set back by more ends the sessions that it would make younger than new."""
_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """One session; times in whole seconds UTC."""

    key: str
    """SHA-256 of the secret in its cookie."""
    name: str
    stamp: str
    """Of its user when it was opened."""
    opened_s: int
    seen_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """How long a session lasts."""

    idle_s: int
    """Without a request and without an open page."""
    longest_s: int
    """Whatever happens."""


class OpenSessions:
    """All open sessions of a station.

    Args:
        path: of the file that keeps them.
        lifetime: of each.
        clock: UTC now in nanoseconds.

    Raises:
        BadInputError: the file is damaged.
    """

    def __init__(self, path: Path, *, lifetime: Lifetime, clock: Callable[[], int]) -> None:
        self._path, self.lifetime, self._clock = path, lifetime, clock
        self._open = {session.key: session for session in _sessions_in(path)}
        self._kept_s = 0

    def open(self, user: User) -> tuple[str, OpenSession]:
        """Open a session and return its secret with it; the one that was seen longest ago makes room.

        Raises:
            NotKeptError: it cannot be written; then it is not open.
        """
        secret, now_s = secrets.token_urlsafe(32), self._now_s()
        session = OpenSession(key=_key(secret), name=user.name, stamp=user.stamp, opened_s=now_s, seen_s=now_s)
        living = sorted((one for one in self._open.values() if self._lives(one)), key=lambda one: one.seen_s)
        kept = {one.key: one for one in [*living[-(MOST_OPEN - 1) :], session]}
        self._store(kept)
        self._open = kept
        return secret, session

    def found(self, secret: str) -> OpenSession | None:
        """Return the open session of a secret, and note that it was seen."""
        session = self._open.get(_key(secret))
        if session is None or not self._lives(session):
            return None
        self._open[session.key] = seen = replace(session, seen_s=max(self._now_s(), session.seen_s))
        if abs(seen.seen_s - self._kept_s) >= KEPT_EVERY_S:
            self._store_if_possible()
        return seen

    def end(self, key: str) -> None:
        """End a session; it is ended here even where that cannot be written.

        Raises:
            NotKeptError: it cannot be written.
        """
        if self._open.pop(key, None) is not None:
            self._store(self._open)

    def ends_s(self, session: OpenSession) -> int:
        """Return when a session ends at the latest, in seconds UTC."""
        return session.opened_s + self.lifetime.longest_s

    def _lives(self, session: OpenSession) -> bool:
        now_s = self._now_s()
        slipped = now_s < session.seen_s - CLOCK_SLIPS_S
        idle = now_s - session.seen_s >= self.lifetime.idle_s
        return not (slipped or idle or now_s >= self.ends_s(session))

    def _now_s(self) -> int:
        return self._clock() // NS_PER_S

    def _store_if_possible(self) -> None:
        try:
            self._store(self._open)
        except NotKeptError as error:
            self._kept_s = self._now_s()
            event(_LOG, "sessions_not_kept", level=logging.ERROR, why=error)

    def _store(self, sessions: dict[str, OpenSession]) -> None:
        text = json.dumps({"sessions": [asdict(one) for one in sessions.values()]}, indent=1)
        try:
            write_privately(self._path, text + "\n")
        except (BadInputError, OSError) as error:
            raise NotKeptError(str(error)) from error
        self._kept_s = self._now_s()


def _key(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _sessions_in(path: Path) -> list[OpenSession]:
    if not path.exists():
        return []
    try:
        rows: list[Any] = json.loads(path.read_text(encoding="utf-8"))["sessions"]
        return [_session(row) for row in rows]
    except (OSError, ValueError, RecursionError, TypeError, KeyError) as error:
        raise BadInputError(f"{path}: is damaged ({error}); remove it: everybody signs in again") from error


def _session(row: Any) -> OpenSession:
    texts = {name: row[name] for name in ("key", "name", "stamp")}
    times = {name: row[name] for name in ("opened_s", "seen_s")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise TypeError("a text is missing")
    if not all(isinstance(at_s, int) for at_s in times.values()):
        raise TypeError("a time is missing")
    return OpenSession(**texts, **times)
