"""The station's person network with weights that can be trained: built from its ONNX file, node by node.

Batch normalisation is folded into the convolutions, so their weights differ in size by orders of magnitude. Each filter
is therefore kept in units of its own size: a step of the optimiser changes all of them by the same share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from torch.nn import functional

from training.errors import TrainingError

Tensor: TypeAlias = torch.Tensor
Weights: TypeAlias = dict[str, Tensor]

HEAT: Final = "tower_0/keypoints"
SIDES: Final = "tower_0/wh"
LEAST_UNIT: Final = 1e-4
FIRST: Final = 6
"""Convolutions up to a quarter of the picture's size."""


@dataclass(frozen=True, slots=True)
class Step:
    """One node: which values it takes and which it makes."""

    takes: tuple[str, ...]
    makes: str
    does: Callable[..., Tensor]


class Network:
    """The network as steps over named values.

    Attributes:
        weights: what is trained, name of the ONNX initialiser -> tensor in units of `units`.
        units: the size of each filter, same names, never trained.
        learned: names of the weights that change; the first filters, which see edges in any picture, stay.
    """

    def __init__(self, model: onnx.ModelProto) -> None:
        """Take the graph apart.

        Raises:
            TrainingError: the graph has an operation or an output that the station's person network has not.
        """
        graph = model.graph
        self._given = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        trained = {name for node in graph.node if node.op_type == "Conv" for name in node.input[1:]}
        self.units = {name: unit_of(self._given[name]) for name in sorted(trained)}
        self.weights: Weights = {
            name: torch.from_numpy(self._given[name].astype(np.float32)) / unit for name, unit in self.units.items()
        }
        self.learned = sorted(trained - set(_first_filters(graph)))
        for name in self.learned:
            self.weights[name].requires_grad_()
        self._input = graph.input[0].name
        self._steps, self._logits, self._sides = _steps_of(graph, self._given)

    def __call__(self, pictures: Tensor, weights: Weights | None = None) -> tuple[Tensor, Tensor]:
        """Return the heat's logits (n, 1, h / 4, w / 4) and the sides (n, 4, h / 4, w / 4) in input pixels.

        Args:
            pictures: float32 (n, 3, h, w), RGB 0..255, sides multiples of 32.
            weights: others than its own, in the same units.
        """
        used = self.weights if weights is None else weights
        values = {name: weight * self.units[name] for name, weight in used.items()}
        values[self._input] = pictures
        for step in self._steps:
            values[step.makes] = step.does(*(values[name] for name in step.takes))
        return values[self._logits].float(), values[self._sides].float()

    def arrays(self, weights: Weights | None = None) -> dict[str, NDArray[np.float32]]:
        """Return the weights as the ONNX file holds them, float32."""
        used = self.weights if weights is None else weights
        with torch.no_grad():
            return {name: (weight * self.units[name]).numpy().astype(np.float32) for name, weight in used.items()}


def _first_filters(graph: onnx.GraphProto) -> list[str]:
    """Return the weights of the first convolutions, whose maps are the largest: learning them is a sixth of a step."""
    convolutions = [node for node in graph.node if node.op_type == "Conv"]
    return [name for node in convolutions[:FIRST] for name in node.input[1:]]


def unit_of(weight: NDArray[Any]) -> Tensor:
    """Return the root mean square of each filter, (out, 1, 1, 1); of biases that of all of them, (1,)."""
    inner = tuple(range(1, weight.ndim)) or (0,)
    size = np.sqrt(np.mean(np.square(weight.astype(np.float64)), axis=inner, keepdims=True))
    return torch.from_numpy(np.maximum(size, LEAST_UNIT).astype(np.float32))


def _steps_of(graph: onnx.GraphProto, given: dict[str, NDArray[Any]]) -> tuple[list[Step], str, str]:
    """Return the steps and the names of the logits and of the sides."""
    makers = {node.output[0]: node for node in graph.node}
    if not {HEAT, SIDES} <= {one.name for one in graph.output}:
        raise TrainingError(f"the network has the outputs {[one.name for one in graph.output]}, not {HEAT} and {SIDES}")
    logits = _behind(makers, HEAT, "Sigmoid").input[0]
    uses = Counter(name for node in graph.node for name in node.input)
    gates = {node.output[0] for node in graph.node if node.op_type == "HardSigmoid" and uses[node.output[0]] == 1}
    nodes = [node for node in graph.node if node.output[0] not in gates]
    return [_step(node, given, makers) for node in nodes], logits, _past_names(makers, SIDES)


def _past_names(makers: dict[str, onnx.NodeProto], name: str) -> str:
    """Return the value that identities only rename."""
    while name in makers and makers[name].op_type == "Identity":
        name = makers[name].input[0]
    return name


def _behind(makers: dict[str, onnx.NodeProto], name: str, operation: str) -> onnx.NodeProto:
    node = makers.get(_past_names(makers, name))
    if node is None or node.op_type != operation:
        raise TrainingError(f"{name} does not come out of a {operation}: this is not the station's person network")
    return node


def _step(node: onnx.NodeProto, given: dict[str, NDArray[Any]], makers: dict[str, onnx.NodeProto]) -> Step:
    if node.op_type == "Mul" and (swished := _swished(node, makers)):
        return Step((swished,), node.output[0], functional.hardswish)
    make = _MAKERS.get(node.op_type)
    if make is None:
        raise TrainingError(f"the network has the operation {node.op_type}, which is not known here")
    constants = {name: given[name] for name in node.input if name in given and node.op_type != "Conv"}
    takes = tuple(name for name in node.input if name and name not in constants)
    return Step(takes, node.output[0], make(node, list(constants.values())))


def _swished(node: onnx.NodeProto, makers: dict[str, onnx.NodeProto]) -> str | None:
    """Return x where the node is x times hard sigmoid of x."""
    for value, gate in (node.input, reversed(node.input)):
        maker = makers.get(gate)
        if maker is not None and maker.op_type == "HardSigmoid" and maker.input[0] == value:
            return str(value)
    return None


def _conv(node: onnx.NodeProto, _: list[NDArray[Any]]) -> Callable[..., Tensor]:
    has = {one.name: onnx.helper.get_attribute_value(one) for one in node.attribute}
    top, left, bottom, right = has.get("pads", [0, 0, 0, 0])
    stride, groups = tuple(has.get("strides", (1, 1))), int(has.get("group", 1))
    if (top, left) == (bottom, right):
        return lambda x, w, b=None: functional.conv2d(x, w, _flat(b), stride, (top, left), 1, groups)
    around = (left, right, top, bottom)
    return lambda x, w, b=None: functional.conv2d(functional.pad(x, around), w, _flat(b), stride, 0, 1, groups)


def _flat(bias: Tensor | None) -> Tensor | None:
    return None if bias is None else bias.flatten()


def _binary(operation: Callable[[Any, Any], Any]) -> Callable[..., Callable[..., Tensor]]:
    def make(_: onnx.NodeProto, constants: list[NDArray[Any]]) -> Callable[..., Tensor]:
        if constants:
            constant = float(constants[0].reshape(-1)[0])
            return lambda x: operation(x, constant)
        return operation

    return make


def _clip(_: onnx.NodeProto, constants: list[NDArray[Any]]) -> Callable[..., Tensor]:
    low, high = sorted(float(one.reshape(-1)[0]) for one in constants)
    return lambda x: x.clamp(low, high)


def doubled(x: Tensor) -> Tensor:
    """Return (n, c, 2 h, 2 w): even cells as they are, odd ones midway to the next, the last repeated."""
    rows, columns = x.shape[2:]
    longer = functional.pad(x, (0, 1, 0, 1), mode="replicate")
    size = (2 * rows + 1, 2 * columns + 1)
    return functional.interpolate(longer, size=size, mode="bilinear", align_corners=True)[..., :-1, :-1]


_MAKERS: Final[dict[str, Callable[[onnx.NodeProto, list[NDArray[Any]]], Callable[..., Tensor]]]] = {
    "Conv": _conv,
    "Add": _binary(torch.add),
    "Mul": _binary(torch.mul),
    "Clip": _clip,
    "Relu": lambda *_: functional.relu,
    "HardSigmoid": lambda *_: functional.hardsigmoid,
    "Sigmoid": lambda *_: torch.sigmoid,
    "Identity": lambda *_: lambda x: x,
    "GlobalAveragePool": lambda *_: lambda x: x.mean((2, 3), keepdim=True),
    "Concat": lambda *_: lambda *parts: torch.cat(parts, 1),
    "Resize": lambda *_: doubled,
}
