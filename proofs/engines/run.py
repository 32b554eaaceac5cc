"""Compares the engines of this machine with ONNX Runtime on the processor, network by network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

from proofs.engines.compare import Difference, difference, times_ms
from proofs.engines.pictures import pictures
from vision.detectors import Detector, FaceDetector, PersonDetector
from vision.engine import DetectorError, Picture
from vision.engine_names import SEALABLE, EngineName
from vision.engines import missing_because
from vision.eyes import FACE_THRESHOLD
from vision.models.card import ModelCard, model_cards
from vision.models.store import models_dir, verified_bytes
from vision.networks import MASK_THRESHOLD

SEED: Final = 71
ROUNDS: Final = 7
OURS: Final = EngineName.ONNXRUNTIME


def compared(asked: EngineName | None, *, threads: int, told: Callable[[str], object]) -> list[dict[str, Any]]:
    """Return a row for each engine: whether it is there, and how it does beside ONNX Runtime.

    Args:
        asked: only this one; None for all.
        threads: how many cores one run may take.
        told: hears what is being compared.

    Raises:
        ModelError: a detector's file is not in place.
    """
    names = [name for name in EngineName if asked in (None, name)]
    missing = {name: missing_because(name) for name in names}
    shown = [] if all(missing.values()) else list(pictures(SEED))
    return [_row(name, missing[name], shown, threads, told) for name in names]


def _row(
    name: EngineName, missing: str, shown: Sequence[Picture], threads: int, told: Callable[[str], object]
) -> dict[str, Any]:
    row: dict[str, Any] = {"engine": name.value, "sealable": name in SEALABLE, "missing_because": missing}
    if missing:
        return row | {"same_boxes": None, "networks": []}
    told(f"{name}: {len(model_cards())} networks on {len(shown)} pictures")
    try:
        networks = list(_networks(name, shown, threads))
    except DetectorError as error:
        return row | {"missing_because": str(error), "same_boxes": False, "networks": []}
    return row | {"same_boxes": all(each["same_boxes"] for each in networks), "networks": networks}


def _networks(name: EngineName, shown: Sequence[Picture], threads: int) -> Iterator[dict[str, Any]]:
    for card in model_cards().values():
        ours, theirs = (detector_of(card, engine, threads=threads) for engine in (OURS, name))
        found = difference(ours, theirs, shown, mask_threshold(card))
        times = times_ms({"ours": ours, "theirs": theirs}, shown[0], ROUNDS)
        yield {
            "network": card.key, "same_boxes": found.same, **rounded(found),
            "ms": times["theirs"], "onnxruntime_ms": times["ours"],
        }  # fmt: skip


def detector_of(card: ModelCard, engine: EngineName, *, threads: int) -> Detector:
    """Return a detector of the manifest in an engine.

    Raises:
        ModelError: its file is not in place.
        DetectorError: the engine is not there, or cannot run it.
    """
    data = verified_bytes(card.key, models_dir())
    return (FaceDetector if card.key == "face" else PersonDetector)(data, threads=threads, engine=engine)


def mask_threshold(card: ModelCard) -> float:
    """Return the least score at which a network's box hides somebody."""
    if card.key == "face":
        return FACE_THRESHOLD
    return MASK_THRESHOLD if card.use is None else card.use.mask_threshold


def rounded(found: Difference) -> dict[str, Any]:
    """Return a difference as plain values."""
    return asdict(found) | {"least_iou": round(found.least_iou, 5), "most_score_off": round(found.most_score_off, 6)}
