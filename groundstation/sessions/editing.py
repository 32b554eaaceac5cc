"""Users are added, changed and removed: by the command, on the station's own machine, each deed in the audit."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from groundstation.audit import AUDIT_FILE, Actor, AuditFile, acting, done_and_told
from groundstation.errors import BadInputError, NotKeptError
from groundstation.sessions.passwords import Passwords
from groundstation.sessions.roles import Role
from groundstation.sessions.users import USERS_FILE, User, UserFile, name_of

ADMINISTRATOR: Final = Actor(who="administrator", role=None, address=None)
"""Whoever may write the state folder: the machine knows who that is, the station does not."""


class Editor:
    """Changes the users of a station; a running one takes it up with the next request.

    Args:
        state_dir: the station's state folder.
        clock: UTC now in nanoseconds.
        passwords: makes hashes.
    """

    def __init__(self, state_dir: Path, *, clock: Callable[[], int], passwords: Passwords) -> None:
        self._file = UserFile(state_dir / USERS_FILE)
        self._audit = AuditFile(state_dir / AUDIT_FILE)
        self._clock, self._passwords = clock, passwords

    def users(self) -> list[User]:
        """Return all users by name.

        Raises:
            BadInputError: the file is damaged.
        """
        return sorted(self._file.users().values(), key=lambda user: user.name.casefold())

    def free_name(self, name: str) -> str:
        """Return the name of a new user.

        Raises:
            BadInputError: it cannot be one, or there is one already.
        """
        fine = name_of(name)
        if any(user.name.casefold() == fine.casefold() for user in self.users()):
            raise BadInputError(f"user {fine!r} is there already; `users passwd` and `users role` change one")
        return fine

    def named(self, name: str) -> User:
        """Return a user.

        Raises:
            BadInputError: there is none of that name.
        """
        asked = name_of(name).casefold()
        for user in self.users():
            if user.name.casefold() == asked:
                return user
        raise BadInputError(f"no user {name!r}; `users list` names them")

    def add(self, name: str, role: Role, password: str) -> User:
        """Add a user.

        Raises:
            BadInputError: name or password cannot be.
            NotKeptError: it cannot be written.
        """
        user = User(
            name=self.free_name(name), role=role, hashed=self._passwords.hashed(password), stamp=secrets.token_hex(16)
        )
        self._keep([*self.users(), user], "user_added", user)
        return user

    def set_password(self, name: str, password: str) -> User:
        """Give a user another password; their sessions end.

        Raises:
            BadInputError: there is no such user, or the password cannot be.
            NotKeptError: it cannot be written.
        """
        hashed = self._passwords.hashed(password)
        user = replace(self.named(name), hashed=hashed, stamp=secrets.token_hex(16))
        self._keep([*self._others(user), user], "user_password_changed", user)
        return user

    def set_role(self, name: str, role: Role) -> User:
        """Give a user another role, which is in force with their next request.

        Raises:
            BadInputError: there is no such user.
            NotKeptError: it cannot be written.
        """
        user = replace(self.named(name), role=role)
        self._keep([*self._others(user), user], "user_role_changed", user)
        return user

    def remove(self, name: str) -> User:
        """Remove a user; their sessions end.

        Raises:
            BadInputError: there is no such user.
            NotKeptError: it cannot be written.
        """
        user = self.named(name)
        self._keep(self._others(user), "user_removed", user)
        return user

    def _others(self, user: User) -> list[User]:
        return [one for one in self.users() if one.name != user.name]

    def _keep(self, users: list[User], what: str, about: User) -> None:
        def do() -> None:
            try:
                self._file.store(users)
            except OSError as error:
                raise NotKeptError(str(error)) from error

        deed = {"user": about.name, "user_role": about.role.value}
        with acting(ADMINISTRATOR):
            done_and_told(self._audit, what, utc_ns=self._clock(), deed=deed, do=do)
