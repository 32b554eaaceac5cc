"""Small networks in the shapes of YOLO heads, made for tests: what they find is written into them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray

from vision.models.guest import Guest
from vision.models.store import sha256_of

NAMES = {0: "bag", 1: "person", 2: "head"}
SIDE_PX = 320
Floats = NDArray[np.float32]


def raw(*finds: Sequence[float], classes: int = len(NAMES), places: int = 50) -> Floats:
    """Return the output (1, 4 + classes, places) of a raw head with finds (x, y, w, h, class, score)."""
    block = np.zeros((1, 4 + classes, places), np.float32)
    for place, (x, y, w, h, number, score) in enumerate(finds):
        block[0, :4, place] = x, y, w, h
        block[0, 4 + int(number), place] = score
    return block


def end_to_end(*finds: Sequence[float], rows: int = 30) -> Floats:
    """Return the output (1, rows, 6) of an end-to-end head with finds (left, top, right, bottom, score, class)."""
    block = np.zeros((1, rows, 6), np.float32)
    for row, find in enumerate(finds):
        block[0, row] = find
    return block


def network(output: Floats, *, told: dict[str, str] | None = None, side_px: int | None = SIDE_PX) -> bytes:
    """Return an ONNX file that answers every picture with `output`."""
    told = {"names": str(NAMES), "task": "detect", "license": "AGPL-3.0"} if told is None else told
    return _file(_constant(output), output.shape, told, side_px)


def bright_network(at: Sequence[float]) -> bytes:
    """Return a network that finds a person, sure as the picture is bright: its mean, 0 to 1, is the score."""
    box = raw((*at, 1, 0.0))
    mask = np.zeros_like(box)
    mask[0, 4 + 1, 0] = 1.0
    helper = onnx.helper
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mask", "mean"], ["scored"]),
        helper.make_node("Add", ["box", "scored"], ["output0"]),
    ]
    tensors = [onnx.numpy_helper.from_array(box, "box"), onnx.numpy_helper.from_array(mask, "mask")]
    return _file((nodes, tensors), box.shape, {"names": str(NAMES), "task": "detect"}, SIDE_PX)


def ragged_network() -> bytes:
    """Return a network that finds nobody in the dark, and answers any brighter picture with what fits into no array."""
    helper, floats = onnx.helper, onnx.TensorProto.FLOAT
    kind = helper.make_tensor_sequence_value_info("output0", floats, None)

    def answer(*parts: str) -> Any:
        node = helper.make_node("SequenceConstruct", list(parts), ["output0"])
        return helper.make_graph([node], "answer", [], [kind])

    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
        helper.make_node("Greater", ["mean", "dark"], ["bright"]),
        helper.make_node(
            "If", ["bright"], ["output0"], then_branch=answer("found", "less"), else_branch=answer("found")
        ),
    ]
    nothing = raw()[0]
    tensors = [
        onnx.numpy_helper.from_array(value, name)
        for name, value in (("found", nothing), ("less", nothing[:3]), ("dark", np.array(0.1, np.float32)))
    ]
    picture = helper.make_tensor_value_info("images", floats, [1, 3, SIDE_PX, SIDE_PX])
    made = helper.make_graph(nodes, "guest", [picture], [kind], initializer=tensors)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"names": str(NAMES), "task": "detect"})
    return bytes(model.SerializeToString())


def _constant(output: Floats) -> tuple[list[Any], list[Any]]:
    helper = onnx.helper
    nodes = [
        helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
        helper.make_node("Mul", ["mean", "nothing"], ["zero"]),
        helper.make_node("Add", ["found", "zero"], ["output0"]),
    ]
    zero = onnx.numpy_helper.from_array(np.zeros((), np.float32), "nothing")
    return nodes, [onnx.numpy_helper.from_array(output, "found"), zero]


def _file(
    graph: tuple[list[Any], list[Any]], shape: tuple[int, ...], told: dict[str, str], side_px: int | None
) -> bytes:
    nodes, tensors = graph
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    sides = ["height", "width"] if side_px is None else [side_px, side_px]
    picture = helper.make_tensor_value_info("images", kind, [1, 3, *sides])
    found = helper.make_tensor_value_info("output0", kind, list(shape))
    made = helper.make_graph(nodes, "guest", [picture], [found], initializer=tensors)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, told)
    return bytes(model.SerializeToString())


def kept(folder: Path, data: bytes, *, name: str = "festival", mask_score: float = 0.1) -> Guest:
    """Return a guest whose file lies in a folder."""
    path = folder / f"{name}.onnx"
    path.write_bytes(data)
    return Guest(name=name, path=str(path), sha256=sha256_of(data), class_ids=(1, 2), mask_score=mask_score)
