"""The station's public key as everybody sees it; what signs with the private one is `signing`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

PUBLIC_KEY_FILE: Final = "public-key.pem"


def fingerprint_of(pem: bytes) -> str:
    """Return the fingerprint of a public key: SHA-256 of its PEM file, as `sha256sum` tells it."""
    return hashlib.sha256(pem).hexdigest()


def fingerprint_in(folder: Path) -> str | None:
    """Return the fingerprint of the key in a folder; None where there is none that can be read."""
    try:
        return fingerprint_of((folder / PUBLIC_KEY_FILE).read_bytes())
    except OSError:
        return None
