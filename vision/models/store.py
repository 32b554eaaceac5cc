"""Where the weights lie, and the only way to read them: once, and only when their hash is the pinned one."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from vision.models.card import FileState, ModelCard, ModelError, WeightsError, model_cards
from vision.models.guest import MOST_BYTES, Guest

__all__ = [
    "ModelError",
    "bytes_of_card",
    "bytes_of_guest",
    "bytes_of_picture",
    "holds",
    "models_dir",
    "sha256_of",
    "state_of",
    "verified_bytes",
]


def models_dir() -> Path:
    """Return the folder that set-up fills, inside the environment the station runs from."""
    return Path(sys.prefix) / "share" / "groundstation" / "models"


def sha256_of(data: bytes) -> str:
    """Return the hash as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def verified_bytes(key: str, folder: Path) -> bytes:
    """Return a shipped detector's ONNX file, such as that of `person` or `face`.

    Raises:
        ModelError: there is no such detector, or its file is not the pinned one.
    """
    cards = model_cards()
    if key not in cards:
        raise ModelError(f"there is no detector named {key!r}; known are {', '.join(sorted(cards))}")
    return bytes_of_card(cards[key], folder)


def bytes_of_card(card: ModelCard, folder: Path, *, mend: str = "run `make setup`") -> bytes:
    """Return a detector's ONNX file, read once, so that the bytes hashed are the bytes used.

    Raises:
        WeightsError: the file is missing, cannot be read, or has another hash than the manifest pins.
    """
    return _bytes_with_hash(folder / card.file, card.sha256, what=f"the {card.key} detector", mend=mend)


def bytes_of_guest(guest: Guest) -> bytes:
    """Return a guest's ONNX file, read once, so that the bytes hashed are the bytes used.

    Raises:
        WeightsError: the file is missing, cannot be read, is too large, or is another than the one that was added.
    """
    path = Path(guest.path)
    mend = f"remove {guest.name} and add it again"
    if path.is_file() and path.stat().st_size > MOST_BYTES:
        raise WeightsError(f"{path}: is larger than {MOST_BYTES // 10**6} MB; {mend}", FileState.WRONG_HASH)
    return _bytes_with_hash(path, guest.sha256, what=f"the guest detector {guest.name}", mend=mend)


def bytes_of_picture(path: Path, sha256: str) -> bytes:
    """Return a picture that ships with the detectors.

    Raises:
        WeightsError: it is missing, cannot be read, or is another than the pinned one.
    """
    return _bytes_with_hash(path, sha256, what="the picture of the self-test", mend="install the station again")


def _bytes_with_hash(path: Path, sha256: str, *, what: str, mend: str) -> bytes:
    try:
        data = path.read_bytes()
    except OSError as error:
        state = FileState.MISSING if isinstance(error, FileNotFoundError) else FileState.UNREADABLE
        raise WeightsError(f"{path}: cannot read {what} ({error.strerror}); {mend}", state) from error
    found = sha256_of(data)
    if found != sha256:
        raise WeightsError(f"{path}: has sha256 {found}, expected {sha256}; delete it and {mend}", FileState.WRONG_HASH)
    return data


def state_of(card: ModelCard, folder: Path) -> FileState:
    """Say whether the file is there with the pinned hash, and if not, what is wrong."""
    try:
        bytes_of_card(card, folder)
    except WeightsError as error:
        return error.state
    return FileState.IN_PLACE


def holds(card: ModelCard, folder: Path) -> bool:
    """Say whether the file is there with the pinned hash."""
    return state_of(card, folder) is FileState.IN_PLACE
