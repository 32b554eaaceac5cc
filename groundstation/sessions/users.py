"""Who may sign in: one small file with names, roles and hashes, which the command writes and the station only reads."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from groundstation.errors import BadInputError
from groundstation.files import write_privately
from groundstation.sessions.passwords import is_hash
from groundstation.sessions.roles import Role

USERS_FILE: Final = "users.json"
MOST_USERS: Final = 200
BY_ITSELF: Final = "demo"
"""The name in the audit where a session opens by itself; no user has it."""
_NAME: Final = re.compile(r"[^\W_][\w.\-’' ]{0,38}[^\W_]|[^\W_]")
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """Somebody who may sign in; `stamp` changes with the password, and ends sessions that were opened before."""

    name: str
    role: Role
    hashed: str = field(repr=False)
    stamp: str = field(repr=False)


class UserFile:
    """The users of a station.

    Args:
        path: made with its folder when there is something to keep, for its owner alone.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: tuple[tuple[int, int, int], dict[str, User]] | None = None

    def users(self) -> dict[str, User]:
        """Return all users by name; the file is read again whenever it has changed.

        Raises:
            BadInputError: it is damaged, or others may read it.
        """
        try:
            facts = self.path.stat()
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise BadInputError(f"{self.path}: cannot be reached ({error.strerror}); check its rights") from error
        if facts.st_mode & _OTHERS:
            raise BadInputError(
                f"{self.path}: others may read it (mode {facts.st_mode & 0o777:o}); chmod 600, and change passwords"
            )
        version = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
        if self._read is None or self._read[0] != version:
            self._read = (version, _users_in(self.path))
        return self._read[1]

    def store(self, users: Iterable[User]) -> None:
        """Keep these users in place of those before.

        Raises:
            BadInputError: they cannot be written, or are too many.
        """
        rows = [{**asdict(user), "role": user.role.value} for user in sorted(users, key=lambda user: user.name)]
        if len(rows) > MOST_USERS:
            raise BadInputError(f"{MOST_USERS} users are the most; remove one that is not needed")
        write_privately(self.path, json.dumps({"users": rows}, indent=1, ensure_ascii=False) + "\n")
        self._read = None


def name_of(text: str) -> str:
    """Return the name of a user.

    Raises:
        BadInputError: it cannot be one.
    """
    name = " ".join(text.split())
    if not _NAME.fullmatch(name) or name.casefold() == BY_ITSELF:
        raise BadInputError(
            f"name {text[:40]!r}: expected 1 to 40 letters, digits, blanks or . - ', not "
            f"{BY_ITSELF}; for instance m.diallo"
        )
    return name


def _users_in(path: Path) -> dict[str, User]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        users = [_user(row) for row in document["users"]]
    except (OSError, ValueError, RecursionError, TypeError, KeyError) as error:
        raise BadInputError(
            f"{path}: is damaged ({error}); put back a copy, or remove it and add the users again"
        ) from error
    if len({user.name.casefold() for user in users}) != len(users):
        raise BadInputError(f"{path}: is damaged (a name is there twice); put back a copy")
    return {user.name: user for user in users}


def _user(row: Any) -> User:
    hashed, stamp = row["hashed"], row["stamp"]
    if not isinstance(hashed, str) or not is_hash(hashed) or not isinstance(stamp, str) or not stamp:
        raise ValueError("a user without an argon2id hash or a stamp")
    return User(name=name_of(row["name"]), role=Role(row["role"]), hashed=hashed, stamp=stamp)
