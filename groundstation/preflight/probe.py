"""Reads this machine: free space, folders that must be writable, hashes of the weights, who sets the clock."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from groundstation.preflight.machine import Folder, Machine
from vision.models.card import model_cards
from vision.models.store import holds, models_dir

_IN_STEP: Final = Path("/run/systemd/timesync/synchronized")
"""There once systemd's time service has set the clock; other services leave nothing that a program may simply read."""


def read_machine(folders: Iterable[Path]) -> Machine:
    """Return what is read of this machine; takes some tenths of a second for the hashes.

    Args:
        folders: that the station writes to, besides the one for temporary files.
    """
    asked = dict.fromkeys([Path(tempfile.gettempdir()), *folders])
    weights = {key: holds(card, models_dir()) for key, card in model_cards().items()}
    return Machine(
        folders=tuple(_read_folder(path) for path in asked), weights=weights, clock_in_step=_IN_STEP.exists()
    )


def _read_folder(path: Path) -> Folder:
    """Return the space of a folder; one that is not there yet is judged by the first of its parents that is."""
    there = next((folder for folder in (path, *path.parents) if folder.exists()), Path("/"))
    try:
        free_bytes = shutil.disk_usage(there).free
    except OSError as error:
        return Folder(path=str(path), free_bytes=0, fault=error.strerror or str(error))
    fault = "" if there.is_dir() and os.access(there, os.W_OK | os.X_OK) else "no permission, or no folder"
    return Folder(path=str(path), free_bytes=free_bytes, fault=fault)
