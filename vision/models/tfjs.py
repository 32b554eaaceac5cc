"""Convert a TensorFlow.js graph model (NHWC) to ONNX (NCHW). Pure; needs `onnx`, so only set-up imports it."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper

from vision.models.card import ModelError
from vision.models.hardswish import FUSED_OP, with_hard_swish

Array: TypeAlias = NDArray[Any]
Json: TypeAlias = dict[str, Any]

OPSET: Final = 13
IR_VERSION: Final = 8
PRODUCER: Final = "groundstation"

_CONVOLUTIONS: Final = {"Conv2D", "_FusedConv2D", "DepthwiseConv2dNative", "FusedDepthwiseConv2dNative"}
_PLAIN: Final = {"Mul": "Mul", "Add": "Add", "Relu": "Relu", "Sigmoid": "Sigmoid", "Identity": "Identity"}


def onnx_from_tfjs(
    graph: bytes, weights: bytes, *, outputs: Sequence[str], kept_channels: Mapping[str, int] | None = None
) -> bytes:
    """Return the ONNX file of a TensorFlow.js graph model; equal inputs give equal bytes.

    The result takes one picture, float32 (1, 3, height, width), RGB 0..255, height and width multiples of 32, since
    the padding written into it holds for even sizes at every stride only.

    Args:
        graph: the model's JSON file.
        weights: the model's one binary file.
        outputs: names of the nodes to keep as outputs; what they do not need is left out.
        kept_channels: constant -> how many of its last axis to keep, to cut off outputs nobody may ask for.

    Raises:
        ModelError: the graph holds an operation or a padding that this conversion does not know, or the binary file
            is not exactly as long as the graph says.
    """
    document = json.loads(graph)
    constants = _constants(document["weightsManifest"], weights)
    for name, count in (kept_channels or {}).items():
        constants[name] = constants[name][..., :count]
    nodes, constants = with_hard_swish(_needed(document["modelTopology"]["node"], outputs), constants, outputs)
    return _serialised(_Translation(constants), nodes, outputs)


def _constants(manifest: Iterable[Json], weights: bytes) -> dict[str, Array]:
    """Return name -> array, read from the binary file in the manifest's order."""
    constants, offset = {}, 0
    for entry in (entry for group in manifest for entry in group["weights"]):
        stored = np.dtype(entry.get("quantization", entry)["dtype"]).newbyteorder("<")
        count = math.prod(entry["shape"])
        if offset + count * stored.itemsize > len(weights):
            raise ModelError(f"the weights end at {len(weights)} bytes, before {entry['name']}; run `make setup` again")
        array = np.frombuffer(weights, stored, count, offset).reshape(entry["shape"])
        constants[entry["name"]] = array.astype(entry["dtype"])
        offset += array.nbytes
    if offset != len(weights):
        raise ModelError(f"the graph describes {offset} bytes of weights, the file has {len(weights)}")
    return constants


def _needed(nodes: Sequence[Json], outputs: Sequence[str]) -> list[Json]:
    """Return, in the graph's order, the computing nodes that the outputs rest on."""
    by_name = {node["name"]: node for node in nodes}
    wanted, open_names = set(), list(outputs)
    while open_names:
        name = open_names.pop()
        if name not in wanted:
            wanted.add(name)
            open_names.extend(by_name[name].get("input", ()))
    return [node for node in nodes if node["name"] in wanted and node["op"] not in {"Const", "Placeholder"}]


class _Translation:
    """Turns nodes into ONNX nodes and collects the tensors that they use, in order of first use.

    Attributes:
        tensors: name -> initialiser.
        nodes: the ONNX nodes so far.
    """

    def __init__(self, constants: Mapping[str, Array]) -> None:
        self._constants = constants
        self.tensors: dict[str, TensorProto] = {}
        self.nodes: list[NodeProto] = []

    def add(self, node: Json) -> None:
        """Translate one node."""
        name, op, inputs = node["name"], node["op"], node.get("input", [])
        if op in _CONVOLUTIONS:
            self._add_convolution(node)
        elif op in _PLAIN:
            self._emit(_PLAIN[op], [self._operand(each) for each in inputs], name)
        elif op == "Relu6":
            self._add_clip(inputs[0], name)
        elif op == FUSED_OP:
            self._add_hard_swish(inputs[0], name)
        elif op == "Mean":
            self._add_mean(node)
        elif op == "ConcatV2":
            self._emit("Concat", inputs[:-1], name, axis=1)
        elif op == "ResizeBilinear":
            self._add_resize(node)
        else:
            raise ModelError(f"the graph's node {name} is a {op}, which this conversion does not know")

    def _emit(self, op: str, inputs: Sequence[str], output: str, **attributes: Any) -> None:
        self.nodes.append(helper.make_node(op, list(inputs), [output], name=output, **attributes))

    def _tensor(self, name: str, array: Array) -> str:
        if name not in self.tensors:
            self.tensors[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def _operand(self, name: str) -> str:
        """Return the name of an input; a constant per channel is turned to (1, C, 1, 1)."""
        if name not in self._constants:
            return name
        array = self._constants[name]
        return self._tensor(name, array.reshape(1, -1, 1, 1) if array.ndim == 1 else array)

    def _add_convolution(self, node: Json) -> None:
        source, kernel_name, *biases = node["input"]
        depthwise = "Depthwise" in node["op"]
        kernel = _kernel_nchw(self._constants[kernel_name], depthwise=depthwise)
        fused = [base64.b64decode(text).decode() for text in _attribute(node, "fused_ops", "list").get("s", [])]
        activations = [op for op in fused if op != "BiasAdd"]
        inputs = [source, self._tensor(kernel_name, kernel)]
        inputs += [self._tensor(each, self._constants[each]) for each in biases]
        before = f"{node['name']}/linear" if activations else node["name"]
        groups = kernel.shape[0] if depthwise else 1
        self._emit("Conv", inputs, before, group=groups, **_geometry(node, kernel.shape[2:]))
        for activation in activations:
            self._add_activation(activation, before, node["name"])

    def _add_activation(self, activation: str, source: str, name: str) -> None:
        if activation == "Relu6":
            self._add_clip(source, name)
        elif activation == "Relu":
            self._emit("Relu", [source], name)
        else:
            raise ModelError(f"the graph's node {name} ends in {activation}, which this conversion does not know")

    def _add_clip(self, source: str, name: str) -> None:
        low, high = (self._tensor(f"clip/{bound}", np.array(bound, np.float32)) for bound in (0, 6))
        self._emit("Clip", [source, low, high], name)

    def _add_hard_swish(self, source: str, name: str) -> None:
        self._emit("HardSigmoid", [source], f"{name}/gate", alpha=1 / 6, beta=0.5)
        self._emit("Mul", [source, f"{name}/gate"], name)

    def _add_mean(self, node: Json) -> None:
        source, axes = node["input"]
        if sorted(self._constants[axes].tolist()) != [1, 2] or not _attribute(node, "keep_dims", "b"):
            raise ModelError(f"the graph's node {node['name']} is no mean over height and width")
        self._emit("GlobalAveragePool", [source], node["name"])

    def _add_resize(self, node: Json) -> None:
        if _attribute(node, "align_corners", "b") or _attribute(node, "half_pixel_centers", "b"):
            raise ModelError(f"the graph's node {node['name']} resizes in a way this conversion does not know")
        scales = self._tensor("resize/scales", np.array([1, 1, 2, 2], np.float32))
        attributes = {"mode": "linear", "coordinate_transformation_mode": "asymmetric"}
        self._emit("Resize", [node["input"][0], "", scales], node["name"], **attributes)


def _attribute(node: Json, name: str, kind: str) -> Any:
    return node.get("attr", {}).get(name, {}).get(kind, {})


def _kernel_nchw(kernel: Array, *, depthwise: bool) -> Array:
    """Return OIHW from HWIO, or (C M, 1, H, W) from a depth-wise (H, W, C, M)."""
    if not depthwise:
        return kernel.transpose(3, 2, 0, 1)
    height, width, channels, multiplier = kernel.shape
    return kernel.transpose(2, 3, 0, 1).reshape(channels * multiplier, 1, height, width)


def _geometry(node: Json, kernel_shape: Sequence[int]) -> dict[str, list[int]]:
    """Return kernel shape, strides and padding of a convolution.

    TensorFlow's SAME pads kernel - stride cells in all when the size is a multiple of the stride, the odd one at the
    end; that covers stride 1 as well.
    """
    strides = [int(text) for text in _attribute(node, "strides", "list")["i"]][1:3]
    padding = base64.b64decode(_attribute(node, "padding", "s")).decode()
    if padding not in {"SAME", "VALID"}:
        raise ModelError(f"the graph's node {node['name']} is padded {padding}, which this conversion does not know")
    totals = [max(k - s, 0) if padding == "SAME" else 0 for k, s in zip(kernel_shape, strides, strict=True)]
    begins = [total // 2 for total in totals]
    ends = [total - begin for total, begin in zip(totals, begins, strict=True)]
    return {"kernel_shape": list(kernel_shape), "strides": strides, "pads": begins + ends}


def _serialised(translation: _Translation, nodes: Iterable[Json], outputs: Sequence[str]) -> bytes:
    for node in nodes:
        translation.add(node)
    source = translation.nodes[0].input[0]
    graph = helper.make_graph(
        translation.nodes,
        "graph",
        [picture_input(source)],
        [map_output(name) for name in outputs],
        initializer=list(translation.tensors.values()),
    )
    return bytes_of(helper.make_model(graph), opset=OPSET, ir_version=IR_VERSION)


def picture_input(name: str) -> Any:
    """Return the description of a float32 input (1, 3, height, width) with free height and width."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 3, "height", "width"])


def map_output(name: str, channels: int | None = None) -> Any:
    """Return the description of a float32 output (1, channels, height / 4, width / 4) of free size."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, channels, "rows", "columns"])


def bytes_of(model: ModelProto, *, opset: int, ir_version: int) -> bytes:
    """Return the checked model as bytes that depend on nothing but its content."""
    model.ir_version = ir_version
    model.producer_name, model.producer_version = PRODUCER, "1"
    del model.opset_import[:]
    model.opset_import.append(helper.make_opsetid("", opset))
    checker.check_model(model)
    data: bytes = model.SerializeToString(deterministic=True)
    return data
