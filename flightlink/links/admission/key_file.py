"""The file that holds the key of MAVLink 2 signing: readable by its owner alone, never logged."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from flightlink.errors import LinkError

KEY_BYTES: Final = 32
_MOST_BYTES: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A key and where it came from; its text never shows the key."""

    path: Path
    secret: bytes = field(repr=False)
    """32 bytes."""


def load_key(path: Path) -> SigningKey:
    """Return the key: 64 hexadecimal digits are the key itself, any other text is a passphrase of which SHA-256 is it.

    Raises:
        LinkError: the file cannot be read, others may read it, or it holds no key; one line.
    """
    try:
        # a pipe must not hold the start up
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            _refuse_open_file(path, os.fstat(file.fileno()))
            content = file.read(_MOST_BYTES + 1)
    except OSError as cause:
        if isinstance(cause, LinkError):
            raise
        raise LinkError(
            f"{path}: the signing key cannot be read ({cause.strerror or cause}); check the path"
        ) from cause
    return SigningKey(path=path, secret=_secret(path, content))


def _refuse_open_file(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise LinkError(f"{path}: the signing key must be an ordinary file; name one")
    if status.st_mode & 0o077:
        mode = stat.S_IMODE(status.st_mode)
        raise LinkError(f"{path}: others may read the signing key (mode {mode:04o}); run chmod 600 on it")


def _secret(path: Path, content: bytes) -> bytes:
    try:
        text = content.decode("utf-8").strip()
    except UnicodeDecodeError as cause:
        raise LinkError(f"{path}: holds no text; expected a passphrase, or the key as 64 hexadecimal digits") from cause
    if not text or "\n" in text or len(content) > _MOST_BYTES:
        raise LinkError(f"{path}: expected one line: a passphrase, or the key as 64 hexadecimal digits")
    digits = set(text.lower()) <= set("0123456789abcdef")
    return bytes.fromhex(text) if digits and len(text) == 2 * KEY_BYTES else hashlib.sha256(text.encode()).digest()
