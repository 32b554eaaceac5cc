"""`Doors`: who comes in. A name and a password open a session; a session's secret tells who asks, until it ends."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from groundstation.audit import Audit
from groundstation.errors import NotKeptError
from groundstation.sessions.attempts import MOST_A_NAME, MOST_A_PAIR, MOST_AN_ADDRESS, Attempts
from groundstation.sessions.open_sessions import OpenSession, OpenSessions
from groundstation.sessions.passwords import Passwords
from groundstation.sessions.roles import RIGHTS, Right, Role
from groundstation.sessions.users import BY_ITSELF, User, UserFile

MOST_WAITING: Final = 16
"""Passwords that wait to be tried; each takes 64 MiB and a core for a while, so they are tried one by one."""
BUSY_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody with an open session."""

    name: str
    role: Role
    secret: str | None = None
    """Of the session; None where it opened by itself."""
    ends_s: int | None = None
    """When it ends at the latest, seconds UTC."""

    @property
    def is_by_itself(self) -> bool:
        """Say whether nobody signed in."""
        return self.secret is None

    @property
    def rights(self) -> frozenset[Right]:
        """What they may do."""
        return RIGHTS[self.role]

    @property
    def csrf(self) -> str:
        """The token that our own pages send with everything that changes something; empty where none is needed."""
        if self.secret is None:
            return ""
        return hmac.new(self.secret.encode(), b"csrf", hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Too many attempts: so long until the next."""

    seconds: float


class Doors:
    """The way into a station.

    Args:
        users: who may sign in.
        passwords: tries them.
        sessions: those that are open.
        audit: told of each sign-in before it opens anything, of failures and of sign-outs.
        clock: UTC now in nanoseconds.
        steady_s: a clock that nobody sets, in seconds.
        by_itself: the role of whoever asks from this machine without a session; None where nobody is let in.
    """

    def __init__(
        self,
        *,
        users: UserFile,
        passwords: Passwords,
        sessions: OpenSessions,
        audit: Audit,
        clock: Callable[[], int],
        steady_s: Callable[[], float],
        by_itself: Role | None = None,
    ) -> None:
        self._users, self._passwords, self._sessions = users, passwords, sessions
        self._audit, self._clock, self.by_itself = audit, clock, by_itself
        self._limits = [Attempts(most, steady_s=steady_s) for most in (MOST_A_PAIR, MOST_AN_ADDRESS, MOST_A_NAME)]
        self._turn, self._waiting = asyncio.Lock(), 0

    def visitor(self, secret: str | None, *, is_here: bool) -> Visitor | None:
        """Return who asks.

        Args:
            secret: of their session, None without one.
            is_here: whether they ask from this machine.

        Raises:
            BadInputError: the list of users is damaged; then nobody comes in.
        """
        users = self._users.users()
        session = None if secret is None else self._sessions.found(secret)
        if session is not None and (user := self._user_of(session, users)) is not None:
            ends_s = self._sessions.ends_s(session)
            return Visitor(name=user.name, role=user.role, secret=secret, ends_s=ends_s)
        if self.by_itself is not None and is_here:
            return Visitor(name=BY_ITSELF, role=self.by_itself)
        return None

    @property
    def idle_s(self) -> int:
        """How long a session lasts without a request."""
        return self._sessions.lifetime.idle_s

    async def sign_in(self, name: str, password: str, *, address: str) -> Visitor | Wait | None:
        """Open a session; None where name and password do not belong together.

        Args:
            name: as it was typed; capitals make no difference.
            password: as it was typed.
            address: of the machine that asks.

        Raises:
            BadInputError: the list of users is damaged.
            NotKeptError: it could not be written down, so no session is open.
        """
        name = " ".join(name.split()).casefold()
        limits = list(zip(self._limits, (f"{name}\n{address}", address, name), strict=True))
        wait_s = max(limit.wait_s(key) for limit, key in limits)
        if wait_s <= 0 and self._waiting >= MOST_WAITING:
            wait_s = BUSY_S
        if wait_s > 0:
            return Wait(seconds=wait_s)
        for limit, key in limits:
            limit.take(key)
        user = await self._proved(name, password)
        if user is None:
            known = self._named(name)
            # what was typed may be a password in the wrong field: an unknown name is not written down
            self._audit.record("sign_in_failed", utc_ns=self._clock(), name=None if known is None else known.name)
            return None
        for limit, key in limits:
            limit.give_back(key)
        return self._opened(user)

    def sign_out(self, visitor: Visitor) -> None:
        """End the session of a visitor.

        Raises:
            NotKeptError: it has ended, but after a restart it might be open again.
        """
        if visitor.secret is None or (session := self._sessions.found(visitor.secret)) is None:
            return
        try:
            self._sessions.end(session.key)
        finally:
            self._audit.record("signed_out", utc_ns=self._clock())

    async def _proved(self, name: str, password: str) -> User | None:
        self._waiting += 1
        try:
            async with self._turn:
                user = self._named(name)
                hashed = None if user is None else user.hashed
                fits = await asyncio.to_thread(self._passwords.fits, password, hashed)
        finally:
            self._waiting -= 1
        # removed or changed while it was tried
        return user if fits and user is not None and self._named(name) == user else None

    def _named(self, name: str) -> User | None:
        return next((user for user in self._users.users().values() if user.name.casefold() == name), None)

    def _opened(self, user: User) -> Visitor:
        self._audit.record("signed_in", utc_ns=self._clock(), who=user.name, role=user.role.value)
        secret, session = self._sessions.open(user)
        return Visitor(name=user.name, role=user.role, secret=secret, ends_s=self._sessions.ends_s(session))

    def _user_of(self, session: OpenSession, users: dict[str, User]) -> User | None:
        """Return the user of a session; one whose user was removed, or whose password was changed, has ended."""
        user = users.get(session.name)
        if user is not None and hmac.compare_digest(user.stamp, session.stamp):
            return user
        try:
            self._sessions.end(session.key)
        except NotKeptError:
            return None
        return None
