"""Reading and writing the network's file: the graph stays, the weights are changed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from training.errors import TrainingError
from vision.models.store import ModelError, models_dir, verified_bytes

KERNEL_AXES: Final = 4
MAX_BYTES: Final = 12_000_000
"""What the station's repository may hold as one network."""


def person_model(path: Path | None = None) -> onnx.ModelProto:
    """Return the network of a file, or the station's own of people at street level; weights as float32.

    Raises:
        TrainingError: there is no such file, or it is no network.
    """
    data = network_bytes(path)
    try:
        return widened(onnx.load_model_from_string(data))
    except Exception as error:  # protobuf's, or whatever a graph of another make meets first
        raise TrainingError(f"{path}: is no ONNX network ({error})") from error


def network_bytes(path: Path | None) -> bytes:
    """Return the bytes of a network's file, or of the station's own.

    Raises:
        TrainingError: there is no such file.
    """
    try:
        return verified_bytes("person", models_dir()) if path is None else path.read_bytes()
    except (OSError, ModelError) as error:
        raise TrainingError(f"cannot read the network: {error}") from error


def exported(model: onnx.ModelProto, *, half: bool) -> bytes:
    """Return the file of a network with its own weights."""
    arrays = {one.name: numpy_helper.to_array(one) for one in model.graph.initializer}
    kernels = {name: array for name, array in arrays.items() if array.ndim == KERNEL_AXES}
    return with_weights(model, kernels, half=half)


def widened(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the network without the casts of weights that were stored as float16."""
    halves = {one.name: one for one in model.graph.initializer if one.data_type == TensorProto.FLOAT16}
    for node in [node for node in model.graph.node if node.op_type == "Cast" and node.input[0] in halves]:
        half = halves[node.input[0]]
        wide = numpy_helper.from_array(numpy_helper.to_array(half).astype(np.float32), node.output[0])
        model.graph.initializer.remove(half)
        model.graph.initializer.append(wide)
        model.graph.node.remove(node)
    return model


def with_weights(model: onnx.ModelProto, arrays: dict[str, NDArray[np.float32]], *, half: bool) -> bytes:
    """Return the file of the same graph with other weights.

    Args:
        model: with float32 weights, as `person_model` returns it.
        arrays: name of each weight that changed -> float32 array of the same shape.
        half: store weights of convolutions as float16 and cast them when the network is loaded: half the size.

    Raises:
        TrainingError: a weight has another shape, is not finite, or the file is too large.
    """
    made = onnx.ModelProto()
    made.CopyFrom(model)
    casts = []
    for place, old in enumerate(made.graph.initializer):
        if old.name not in arrays:
            continue
        array = _checked(old, arrays[old.name])
        if half and array.ndim == KERNEL_AXES:
            stored = numpy_helper.from_array(array.astype(np.float16), f"{old.name}/half")
            casts.append(helper.make_node("Cast", [stored.name], [old.name], name=f"{old.name}/cast", to=1))
        else:
            stored = numpy_helper.from_array(array, old.name)
        made.graph.initializer[place].CopyFrom(stored)
    for place, cast in enumerate(casts):
        made.graph.node.insert(place, cast)
    onnx.checker.check_model(made)
    data = bytes(made.SerializeToString())
    if len(data) > MAX_BYTES:
        raise TrainingError(f"the network takes {len(data)} bytes, expected at most {MAX_BYTES}")
    return data


def _checked(old: TensorProto, array: NDArray[np.float32]) -> NDArray[np.float32]:
    if list(array.shape) != list(old.dims):
        raise TrainingError(f"the weight {old.name} has the shape {array.shape}, expected {tuple(old.dims)}")
    if not np.isfinite(array).all() or np.abs(array).max(initial=0) > np.finfo(np.float16).max:
        raise TrainingError(f"the weight {old.name} holds values that no file can hold: the run went astray")
    return array
