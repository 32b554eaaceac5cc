"""The entrance of a station, put together over the folder that outlives a restart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from groundstation.audit import AUDIT_FILE, AuditFile
from groundstation.sessions.consulted import Consultations
from groundstation.sessions.doors import Doors
from groundstation.sessions.open_sessions import SESSIONS_FILE, Lifetime, OpenSessions
from groundstation.sessions.passwords import Passwords
from groundstation.sessions.roles import Role
from groundstation.sessions.secret_key import key_in
from groundstation.sessions.users import USERS_FILE, UserFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """What the web needs to know who asks, and to write down what they look at."""

    doors: Doors
    consultations: Consultations
    key: bytes = field(repr=False)
    """Encrypts cookies, 32 bytes."""
    audit_file: Path
    """What those may read who have the right to."""


def entrance_in(
    state_dir: Path,
    *,
    lifetime: Lifetime,
    clock: Callable[[], int],
    steady_s: Callable[[], float],
    by_itself: Role | None = None,
    passwords: Passwords | None = None,
) -> Entrance:
    """Return the entrance of a station.

    Args:
        state_dir: folder of what must outlive a restart.
        lifetime: of a session.
        clock: UTC now in nanoseconds, never that of a recording.
        steady_s: a clock that nobody sets, in seconds.
        by_itself: the role of whoever asks from this machine without a session; None where nobody is let in.
        passwords: makes and tries hashes.

    Raises:
        BadInputError: what is kept is damaged, or others may read it.
    """
    audit_file = state_dir / AUDIT_FILE
    audit = AuditFile(audit_file)
    users = UserFile(state_dir / USERS_FILE)
    users.users()
    doors = Doors(
        users=users,
        passwords=Passwords() if passwords is None else passwords,
        sessions=OpenSessions(state_dir / SESSIONS_FILE, lifetime=lifetime, clock=clock),
        audit=audit,
        clock=clock,
        steady_s=steady_s,
        by_itself=by_itself,
    )
    consultations = Consultations(audit, clock=clock)
    return Entrance(doors=doors, consultations=consultations, key=key_in(state_dir), audit_file=audit_file)


def has_users(state_dir: Path) -> bool:
    """Say whether anybody may sign in at a station.

    Raises:
        BadInputError: the list of users is damaged.
    """
    return bool(UserFile(state_dir / USERS_FILE).users())
