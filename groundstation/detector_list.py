"""The detectors of this installation, and the user's own, as plain rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from groundstation.errors import StationError
from groundstation.guest_store import Manifest, default_folder, manifests, state_of_guest
from vision.models.card import FileState, ModelCard, model_cards
from vision.models.store import models_dir, state_of

GUEST_ROLE = "a detector of your own: adds masks where [models] extra or --extra-model names it; counts nobody"


class DetectorFileError(StationError):
    """A detector's file is missing or another than the pinned one."""


def detector_list(own: Path | None = None) -> list[dict[str, Any]]:
    """Return one row for each detector of the manifest, then the user's; hashes each file, some tenths of a second.

    Args:
        own: folder of the user's detectors; None takes the usual one.

    Raises:
        BadInputError: a manifest of the user's detectors is damaged.
    """
    folder = default_folder() if own is None else own
    shipped = [_row(card, models_dir()) for _, card in sorted(model_cards().items())]
    return shipped + [own_row(manifest, folder) for manifest in manifests(folder).values()]


def _row(card: ModelCard, folder: Path) -> dict[str, Any]:
    path, state = folder / card.file, state_of(card, folder)
    return {
        "key": card.key, "name": card.name, "role": card.role, "licence": card.licence, "measured": card.measured,
        "figures": card.figures, "caveat": card.caveat, "training_set": card.training_set, "upstream": card.upstream,
        "origin": "this repository" if card.source is None else f"{card.source.registry} {card.source.package}",
        "sha256": card.sha256, "file": str(path), "size_bytes": path.stat().st_size if path.is_file() else None,
        "state": state.value, "in_place": state is FileState.IN_PLACE,
    }  # fmt: skip


def own_row(manifest: Manifest, folder: Path) -> dict[str, Any]:
    """Return the row of a detector of the user's own, with its model card under `figures`."""
    state = state_of_guest(manifest, folder)
    return {
        "key": manifest.name, "name": f"your own, from {manifest.source}", "role": GUEST_ROLE,
        "licence": manifest.licence, "measured": _measured(manifest), "figures": manifest.measured or {},
        "caveat": "nobody but you has looked at it", "training_set": "not stated", "upstream": "not stated",
        "origin": f"added {manifest.added_utc}", "sha256": manifest.sha256, "file": str(folder / manifest.file),
        "size_bytes": manifest.size_bytes, "state": state.value, "in_place": state is FileState.IN_PLACE,
        "classes": list(manifest.classes), "mask_score": manifest.mask_score, "input_px": list(manifest.input_px),
    }  # fmt: skip


def _measured(manifest: Manifest) -> str:
    figures = manifest.measured
    if figures is None:
        return "not measured"
    recall, precision = (_percent(figures.get(name)) for name in ("recall", "precision"))
    where = f"{figures['n']} people in {figures['pictures']} pictures ({figures['truth']})"
    return f"recall {recall}, precision {precision} of {where}"


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share:.1%}"


def check_files(rows: list[dict[str, Any]]) -> None:
    """Let rows pass whose files can all be used.

    Raises:
        DetectorFileError: says which cannot, and what mends it.
    """
    faults = [f"{row['key']}: {row['state']} ({row['file']})" for row in rows if not row["in_place"]]
    if faults:
        raise DetectorFileError(f"{'; '.join(faults)}; delete what is wrong and run `make setup`, or add it again")
