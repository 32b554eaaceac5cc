"""Passwords as argon2id hashes (RFC 9106): made, and tried in the same time whether the name exists or not."""

from __future__ import annotations

import secrets
import unicodedata
from typing import Final

from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from groundstation.errors import BadInputError

LEAST: Final = 12
"""Fewest characters: length is the one measure of strength that people can plan (NIST SP 800-63B)."""
MOST: Final = 256


class Passwords:
    """Makes and tries hashes.

    Args:
        hasher: its memory and time; the library's own, 64 MiB and three passes, by default.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = PasswordHasher() if hasher is None else hasher
        self._decoy = self._hasher.hash(secrets.token_urlsafe())

    def hashed(self, password: str) -> str:
        """Return the hash of a new password, with its salt and parameters.

        Raises:
            BadInputError: it is too short or too long.
        """
        if not LEAST <= len(password) <= MOST:
            raise BadInputError(
                f"the password has {len(password)} characters, expected {LEAST} to {MOST}; four plain words are easy "
                "to keep in mind"
            )
        return self._hasher.hash(_normal(password))

    def fits(self, password: str, hashed: str | None) -> bool:
        """Say whether a password belongs to a hash; with None it takes as long, and is no."""
        try:
            fits = self._hasher.verify(self._decoy if hashed is None else hashed, _normal(password[:MOST]))
        except VerificationError:
            return False
        return fits and hashed is not None


def is_hash(text: str) -> bool:
    """Say whether a text is an argon2id hash."""
    try:
        return extract_parameters(text).type is Type.ID
    except InvalidHashError:
        return False


def _normal(password: str) -> str:
    """Return the one spelling of an é that keyboards write in two ways."""
    return unicodedata.normalize("NFKC", password)
