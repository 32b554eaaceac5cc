"""Copies of a shipped person detector that run and answer soundly, and are broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SCORE_BIAS: Final = "CenternetHead/centernet_cls_output/biases"
"""Added to every score before the sigmoid."""


def changed(model: bytes, change: Callable[[str, Floats], Floats]) -> bytes:
    """Return a network with each of its float weights changed, by name."""
    read = onnx.load_from_string(model)
    for part in read.graph.initializer:
        if part.data_type == onnx.TensorProto.FLOAT and ("weights" in part.name or "biases" in part.name):
            before = np.asarray(onnx.numpy_helper.to_array(part), np.float32)
            part.CopyFrom(onnx.numpy_helper.from_array(change(part.name, before).astype(np.float32), part.name))
    return bytes(read.SerializeToString())


def with_zeros(model: bytes) -> bytes:
    """Return it without any weight: one score, one half, everywhere."""
    return changed(model, lambda _, part: np.zeros_like(part))


def with_scores_moved(model: bytes, by: float) -> bytes:
    """Return it as sure of everything, or of nothing, as a shift of its last bias makes it."""
    return changed(model, lambda name, part: part + np.float32(by) if name.endswith(SCORE_BIAS) else part)


def with_noise(model: bytes, share: float) -> bytes:
    """Return it with each weight off by noise of that share of its spread."""
    rng = np.random.default_rng(74)

    def noisy(_: str, part: Floats) -> Floats:
        return (part + rng.normal(0, share * (float(part.std()) + 1e-6), part.shape)).astype(np.float32)

    return changed(model, noisy)
