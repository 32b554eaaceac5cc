"""Whether a network's file answers as the network that was trained, in torch and in the station's engine."""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
import torch

from training.errors import TrainingError
from training.network import HEAT, SIDES, Network
from vision.engine import Engine, Maps

CLOSE: Final = 1e-3
"""Largest difference of the heat, and of the sides as a share of the largest side, of float32 weights."""
CLOSE_HALF: Final = 1e-2
"""The same where weights were rounded to float16 after training."""
SHAPES: Final = ((1, 3, 96, 160), (1, 3, 224, 64))


def differences(network: Network, data: bytes) -> tuple[float, float]:
    """Return how far the file's answers are from torch's: of the heat, and of the sides by the largest side."""
    engine = Engine(data, channels={HEAT: 1, SIDES: 4}, threads=1)
    off = [_difference(network, engine, _pattern(shape)) for shape in SHAPES]
    return max(heat for heat, _ in off), max(sides for _, sides in off)


def _pattern(shape: tuple[int, ...]) -> Maps:
    return np.random.default_rng(1).uniform(0, 255, shape).astype(np.float32)


def _difference(network: Network, engine: Engine, blob: Maps) -> tuple[float, float]:
    heat, sides = engine.run(blob)
    with torch.no_grad():
        logits, wanted = network(torch.from_numpy(blob))
    heat_off = np.abs(torch.sigmoid(logits)[0].numpy() - heat).max()
    return float(heat_off), float(np.abs(wanted[0].numpy() - sides).max() / max(1.0, float(wanted.abs().max())))


def checked(model: onnx.ModelProto, data: bytes) -> str:
    """Return a sentence on how a file agrees with the network that it was made of.

    Raises:
        TrainingError: it does not.
    """
    heat, sides = differences(Network(model), data)
    stored = onnx.load_model_from_string(data).graph.initializer
    is_half = any(one.data_type == onnx.TensorProto.FLOAT16 for one in stored)
    close = CLOSE_HALF if is_half else CLOSE
    if not max(heat, sides) <= close:
        raise TrainingError(f"the file's heat is off by {heat:.2g}, its sides by {sides:.2g}; expected at most {close}")
    return f"{len(data)} bytes; heat off by {heat:.2g}, sides by {sides:.2g} of the largest"
