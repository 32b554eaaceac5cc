"""The detectors of this installation as plain rows."""

from __future__ import annotations

from typing import Any

from vision.models.card import model_cards
from vision.models.store import holds, models_dir


def detector_list() -> list[dict[str, Any]]:
    """Return one row for each detector of the manifest."""
    folder = models_dir()
    return [
        {
            "key": key, "name": card.name, "role": card.role, "licence": card.licence, "measured": card.measured,
            "caveat": card.caveat, "training_set": card.training_set, "upstream": card.upstream, "sha256": card.sha256,
            "file": str(folder / card.file), "in_place": holds(card, folder),
        }
        for key, card in sorted(model_cards().items())
    ]  # fmt: skip
