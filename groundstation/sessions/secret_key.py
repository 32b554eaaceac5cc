"""The key that encrypts session cookies: made once, kept in the state folder for its owner alone."""

from __future__ import annotations

import base64
import binascii
import secrets
import stat
from pathlib import Path
from typing import Final

from groundstation.errors import BadInputError
from groundstation.files import write_privately

KEY_FILE: Final = "sessions.key"
KEY_BYTES: Final = 32
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def key_in(folder: Path) -> bytes:
    """Return the key of a state folder; the first time one is made.

    Raises:
        BadInputError: it cannot be read or made, is none, or others may read it.
    """
    path = folder / KEY_FILE
    try:
        if not path.exists():
            write_privately(path, base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode() + "\n")
        mode = path.stat().st_mode & 0o777
        text = path.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path}: cannot be read or made ({error}); check the folder's rights") from error
    if mode & _OTHERS:
        raise BadInputError(f"{path}: others may read this key (mode {mode:o}); remove it for a new one")
    return _decoded(path, text)


def _decoded(path: Path, text: str) -> bytes:
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except binascii.Error:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadInputError(f"{path}: is no key; remove it for a new one: everybody signs in again")
    return key
