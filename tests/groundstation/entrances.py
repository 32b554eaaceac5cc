"""Ways into a station for tests: one that opens by itself, as in `demo`, and one where people sign in."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aiohttp import web
from argon2 import PasswordHasher

from groundstation.audit import Plain
from groundstation.outbox import Outbox
from groundstation.sessions.consulted import Consultations
from groundstation.sessions.doors import Doors
from groundstation.sessions.entrance import Entrance, entrance_in
from groundstation.sessions.open_sessions import Lifetime, OpenSessions
from groundstation.sessions.passwords import Passwords
from groundstation.sessions.roles import Role
from groundstation.sessions.users import USERS_FILE, User, UserFile
from groundstation.web.application import application as bare_application

NOWHERE = Path("/nonexistent")
QUICK = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
"""Argon2id all the same, in microseconds."""
LIFETIME = Lifetime(idle_s=1800, longest_s=43_200)
PASSWORD = "four plain words here"  # noqa: S105 - of tests


class Lines:
    """An audit in memory."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []

    def record(self, what: str, *, utc_ns: int, **values: Plain) -> None:
        self.lines.append({"what": what, **values})


def by_itself(role: Role = Role.SUPERVISOR) -> Entrance:
    """A session opens by itself for whoever asks from this machine; nothing is kept."""
    audit = Lines()
    doors = Doors(
        users=UserFile(NOWHERE / USERS_FILE), passwords=QUICK, audit=audit, clock=time.time_ns,
        sessions=OpenSessions(NOWHERE / "sessions.json", lifetime=LIFETIME, clock=time.time_ns),
        steady_s=time.monotonic, by_itself=role,
    )  # fmt: skip
    consultations = Consultations(audit, clock=time.time_ns)
    return Entrance(
        doors=doors, consultations=consultations, key=secrets.token_bytes(32), audit_file=NOWHERE / "audit.jsonl"
    )


def application(outbox: Outbox, **more: Any) -> web.Application:
    """The station's application, where a session opens by itself."""
    return bare_application(outbox, **{"entrance": by_itself(), **more})


def with_users(
    folder: Path, *roles: Role, clock: Callable[[], int] = time.time_ns, lifetime: Lifetime = LIFETIME, **more: Any
) -> Entrance:
    """An entrance over a folder, with a user for each role: named as it, all with `PASSWORD`."""
    if roles:
        set_users(folder, *roles)
    more = {"steady_s": time.monotonic, "passwords": QUICK, **more}
    return entrance_in(folder, clock=clock, lifetime=lifetime, **more)


def set_users(folder: Path, *roles: Role, stamp: str = "first") -> None:
    hashed = QUICK.hashed(PASSWORD)
    UserFile(folder / USERS_FILE).store(User(name=role, role=role, hashed=hashed, stamp=stamp) for role in roles)
