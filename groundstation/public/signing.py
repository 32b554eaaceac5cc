"""The key that signs what is published, Ed25519 (RFC 8032) by `cryptography`: made once, kept for its owner alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from groundstation.errors import BadInputError
from groundstation.files import sync_folder, write_durably
from groundstation.public.keys import PUBLIC_KEY_FILE

PRIVATE_KEY_FILE: Final = "public-page.key"
OWNER_ONLY: Final = 0o600


class Signer:
    """Signs with one key.

    Args:
        key: the private key, which stays in this object.
    """

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @property
    def public_pem(self) -> bytes:
        """The public key as PEM."""
        return self._key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def sign(self, data: bytes) -> bytes:
        """Return the signature of some bytes, 64 bytes of its own."""
        return self._key.sign(data)


def signer_in(folder: Path) -> Signer:
    """Return what signs with the key in a folder; the first time a key is made, with its public half beside it.

    Raises:
        BadInputError: the key cannot be read or made, is none, or others may read it.
    """
    path = folder / PRIVATE_KEY_FILE
    try:
        if not path.exists():
            _make(path)
        signer = Signer(_loaded(path))
        if not (folder / PUBLIC_KEY_FILE).exists() or (folder / PUBLIC_KEY_FILE).read_bytes() != signer.public_pem:
            write_durably(folder / PUBLIC_KEY_FILE, signer.public_pem.decode())
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read or made ({error.strerror}); check the folder's rights") from error
    return signer


def _make(path: Path) -> None:
    """Write a new key that appears under its name whole or not at all, and was never readable for others."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as sink:
        sink.write(pem)
        sink.flush()
        os.fsync(sink.fileno())
    part.rename(path)
    sync_folder(path.parent)


def _loaded(path: Path) -> Ed25519PrivateKey:
    mode = path.stat().st_mode & 0o777
    if mode & ~OWNER_ONLY:
        raise BadInputError(f"{path}: others may read this key (mode {mode:o}); make a new one, then chmod 600")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise BadInputError(f"{path}: is no private key; put back a copy, or remove it for a new one") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInputError(f"{path}: is no Ed25519 key; put back a copy, or remove it for a new one")
    return key


def is_signed(data: bytes, signature: bytes, pem: bytes) -> bool:
    """Say whether a signature of some bytes is by the key whose public half is given as PEM."""
    try:
        key = load_pem_public_key(pem)
        if not isinstance(key, Ed25519PublicKey):
            return False
        key.verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True
