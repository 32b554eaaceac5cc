"""Turn the stored CenterFace graph into one of free size. Pure; needs `onnx`, so only set-up imports it."""

from __future__ import annotations

from typing import Final

import onnx

from vision.models.tfjs import bytes_of, map_output, picture_input

INPUT: Final = "input.1"
OUTPUTS: Final = {"537": 1, "538": 2, "539": 2}
"""Heat, scale and offset with their channels. Facial landmarks, its fourth output, are cut off."""
_LANDMARKS: Final = "540"
_OPSET: Final = 9
_IR_VERSION: Final = 4


def free_size_from_stored(stored: bytes) -> bytes:
    """Return the graph with input float32 (1, 3, height, width), RGB 0..255, and without facial landmarks.

    The stored graph has a fixed input of 10 x 3 x 32 x 32 and lists its initialisers as inputs, which would keep
    ONNX Runtime from folding them.
    """
    model = onnx.load_model_from_string(stored)
    graph = model.graph
    kept = [node for node in graph.node if _LANDMARKS not in node.output]
    used = {name for node in kept for name in node.input}
    tensors = [tensor for tensor in graph.initializer if tensor.name in used]
    inputs, outputs = [picture_input(INPUT)], [map_output(name, channels) for name, channels in OUTPUTS.items()]
    remade = onnx.helper.make_graph(kept, "graph", inputs, outputs, initializer=tensors)
    return bytes_of(onnx.helper.make_model(remade), opset=_OPSET, ir_version=_IR_VERSION)
