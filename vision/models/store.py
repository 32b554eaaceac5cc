"""Where the weights lie, and the only way to read them: once, and only when their hash is the pinned one."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from vision.models.card import ModelCard, ModelError, model_cards

__all__ = ["ModelError", "bytes_of_card", "holds", "models_dir", "sha256_of", "verified_bytes"]


def models_dir() -> Path:
    """Return the folder that set-up fills, inside the environment the station runs from."""
    return Path(sys.prefix) / "share" / "groundstation" / "models"


def sha256_of(data: bytes) -> str:
    """Return the hash as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def verified_bytes(key: str, folder: Path) -> bytes:
    """Return a shipped detector's ONNX file, `person` or `face`.

    Raises:
        ModelError: there is no such detector, or its file is not the pinned one.
    """
    cards = model_cards()
    if key not in cards:
        raise ModelError(f"there is no detector named {key!r}; known are {', '.join(sorted(cards))}")
    return bytes_of_card(cards[key], folder)


def bytes_of_card(card: ModelCard, folder: Path) -> bytes:
    """Return a detector's ONNX file, read once, so that the bytes hashed are the bytes used.

    Raises:
        ModelError: the file is missing, cannot be read, or has another hash than the manifest pins.
    """
    path = folder / card.file
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path}: cannot read the {card.key} detector ({error.strerror}); run `make setup`") from error
    found = sha256_of(data)
    if found != card.sha256:
        raise ModelError(f"{path}: has sha256 {found}, expected {card.sha256}; delete it and run `make setup`")
    return data


def holds(card: ModelCard, folder: Path) -> bool:
    """Say whether the file is there with the pinned hash."""
    try:
        bytes_of_card(card, folder)
    except ModelError:
        return False
    return True
