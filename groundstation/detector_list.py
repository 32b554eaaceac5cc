"""The detectors of this installation as plain rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from groundstation.errors import StationError
from vision.models.card import FileState, ModelCard, model_cards
from vision.models.store import models_dir, state_of


class DetectorFileError(StationError):
    """A detector's file is missing or another than the pinned one."""


def detector_list() -> list[dict[str, Any]]:
    """Return one row for each detector of the manifest; reads and hashes each file, some tenths of a second."""
    return [_row(card, models_dir()) for _, card in sorted(model_cards().items())]


def _row(card: ModelCard, folder: Path) -> dict[str, Any]:
    path, state = folder / card.file, state_of(card, folder)
    return {
        "key": card.key, "name": card.name, "role": card.role, "licence": card.licence, "measured": card.measured,
        "figures": card.figures, "caveat": card.caveat, "training_set": card.training_set, "upstream": card.upstream,
        "origin": "this repository" if card.source is None else f"{card.source.registry} {card.source.package}",
        "sha256": card.sha256, "file": str(path), "size_bytes": path.stat().st_size if path.is_file() else None,
        "state": state.value, "in_place": state is FileState.IN_PLACE,
    }  # fmt: skip


def check_files(rows: list[dict[str, Any]]) -> None:
    """Let rows pass whose files can all be used.

    Raises:
        DetectorFileError: says which cannot, and what mends it.
    """
    faults = [f"{row['key']}: {row['state']} ({row['file']})" for row in rows if not row["in_place"]]
    if faults:
        raise DetectorFileError(f"{'; '.join(faults)}; delete what is wrong and run `make setup`")
