"""The conversion from TensorFlow.js against a plain NHWC calculation of the same graph."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from numpy.typing import NDArray

from vision.models.card import ModelError
from vision.models.tfjs import onnx_from_tfjs

Array = NDArray[np.float64]

SIXTH = float(np.float16(1 / 6))


def attribute(text: str) -> dict[str, str]:
    return {"s": base64.b64encode(text.encode()).decode()}


def convolution(name: str, *inputs: str, stride: int = 1, fused: tuple[str, ...] = (), op: str = "") -> dict[str, Any]:
    attr: dict[str, Any] = {
        "strides": {"list": {"i": ["1", str(stride), str(stride), "1"]}},
        "padding": attribute("SAME"),
        "fused_ops": {"list": {"s": [attribute(each)["s"] for each in fused]}},
    }
    return {"name": name, "op": op or ("_FusedConv2D" if fused else "Conv2D"), "input": list(inputs), "attr": attr}


def plain(name: str, op: str, *inputs: str, **attr: dict[str, Any]) -> dict[str, Any]:
    return {"name": name, "op": op, "input": list(inputs), "attr": attr}


def hard_swish(name: str, source: str) -> list[dict[str, Any]]:
    return [
        plain(f"{name}/scale", "Mul", "sixth", source),
        plain(f"{name}/shift", "Add", source, "three"),
        plain(f"{name}/clip", "Relu6", f"{name}/shift"),
        plain(name, "Mul", f"{name}/scale", f"{name}/clip"),
    ]


def constants() -> dict[str, Array]:
    rng = np.random.default_rng(7)

    def some(*shape: int) -> Array:
        return rng.normal(0, 0.5, shape)

    return {
        "sixth": np.array(SIXTH),
        "three": np.array(3.0),
        "stem/k": some(3, 3, 3, 4) / 100,
        "stem/b": some(4),
        "depth/k": some(3, 3, 4, 1),
        "depth/b": some(4),
        "point/k": some(1, 1, 4, 4),
        "point/b": some(4),
        "gate/k": some(1, 1, 4, 4),
        "gate/b": some(4),
        "last/k": some(1, 1, 8, 6),
        "last/b": some(6),
        "offset": some(6),
        "axes": np.array([1, 2]),
        "axis": np.array(3),
        "size": np.array([8, 8]),
    }


def graph_nodes() -> list[dict[str, Any]]:
    no, yes = {"b": False}, {"b": True}
    return [
        plain("picture", "Placeholder"),
        convolution("stem", "picture", "stem/k", "stem/b", stride=2, fused=("BiasAdd",)),
        *hard_swish("first", "stem"),
        convolution("depth", "first", "depth/k", "depth/b", fused=("BiasAdd", "Relu"), op="FusedDepthwiseConv2dNative"),
        convolution("point", "depth", "point/k", "point/b", fused=("BiasAdd",)),
        plain("residual", "Add", "point", "first"),
        convolution("wide", "residual", "point/k"),
        *hard_swish("second", "wide"),
        plain("mean", "Mean", "second", "axes", keep_dims=yes),
        convolution("gate", "mean", "gate/k", "gate/b", fused=("BiasAdd", "Relu6")),
        plain("gated", "Mul", "gate", "second"),
        convolution("small", "gated", "point/k", "point/b", stride=2, fused=("BiasAdd", "Relu")),
        plain("large", "ResizeBilinear", "small", "size", align_corners=no, half_pixel_centers=no),
        plain("both", "ConcatV2", "large", "wide", "axis"),
        plain("relu", "Relu", "both"),
        convolution("last", "relu", "last/k", "last/b", fused=("BiasAdd",)),
        plain("shifted", "Add", "last", "offset"),
        plain("probability", "Sigmoid", "shifted"),
        plain("answer", "Identity", "probability"),
        plain("unwanted", "TopKV2", "answer"),
    ]


def files(nodes: list[dict[str, Any]], values: dict[str, Array]) -> tuple[bytes, bytes]:
    entries, data = [], b""
    for name, value in values.items():
        integer = value.dtype.kind == "i"
        entry: dict[str, Any] = {"name": name, "shape": list(value.shape), "dtype": "int32" if integer else "float32"}
        if not integer:
            entry["quantization"] = {"dtype": "float16", "original_dtype": "float32"}
        entries.append(entry)
        data += value.astype("<i4" if integer else "<f2").tobytes()
    stored = [plain(name, "Const") for name in values]
    document = {"modelTopology": {"node": stored + nodes}, "weightsManifest": [{"weights": entries}]}
    return json.dumps(document).encode(), data


# the same network once more, on (rows, columns, channels) arrays


def convolved(x: Array, kernel: Array, stride: int = 1) -> Array:
    size = kernel.shape[0]
    total = max((-(-x.shape[0] // stride) - 1) * stride + size - x.shape[0], 0)
    pad = (total // 2, total - total // 2)
    padded = np.pad(x, (pad, pad, (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(0, 1))[::stride, ::stride]
    return np.asarray(np.einsum("ijcuv,uvco->ijo", windows, kernel))


def by_channel(x: Array, kernel: Array) -> Array:
    return np.concatenate([convolved(x[..., [c]], kernel[:, :, [c], :]) for c in range(x.shape[-1])], axis=-1)


def swished(x: Array) -> Array:
    return SIXTH * x * np.clip(x + 3, 0, 6)


def doubled(x: Array) -> Array:
    for axis in (0, 1):
        ahead = np.concatenate([np.delete(x, 0, axis), np.take(x, [-1], axis)], axis)
        between = np.stack([x, (x + ahead) / 2], axis + 1)
        shape = list(x.shape)
        shape[axis] *= 2
        x = between.reshape(shape)
    return x


def expected_answer(picture: Array, w: dict[str, Array]) -> Array:
    first = swished(convolved(picture, w["stem/k"], 2) + w["stem/b"])
    depth = np.maximum(by_channel(first, w["depth/k"]) + w["depth/b"], 0)
    wide = convolved(convolved(depth, w["point/k"]) + w["point/b"] + first, w["point/k"])
    second = swished(wide)
    gate = np.clip(convolved(second.mean((0, 1), keepdims=True), w["gate/k"]) + w["gate/b"], 0, 6)
    small = np.maximum(convolved(gate * second, w["point/k"], 2) + w["point/b"], 0)
    both = np.maximum(np.concatenate([doubled(small), wide], axis=-1), 0)
    return np.asarray(1 / (1 + np.exp(-(convolved(both, w["last/k"]) + w["last/b"] + w["offset"]))))


def test_the_converted_graph_answers_as_the_stored_one() -> None:
    graph, data = files(graph_nodes(), constants())
    model = onnx_from_tfjs(graph, data, outputs=["answer"])
    half = {name: np.asarray(value.astype(np.float16), float) for name, value in constants().items()}
    picture = np.random.default_rng(3).uniform(0, 255, (16, 16, 3))
    session = ort.InferenceSession(model, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"picture": picture.transpose(2, 0, 1)[None].astype(np.float32)})
    np.testing.assert_allclose(found[0].transpose(1, 2, 0), expected_answer(picture, half), rtol=2e-4, atol=2e-5)


def test_each_hard_swish_becomes_the_fast_pair() -> None:
    model = onnx.load_model_from_string(onnx_from_tfjs(*files(graph_nodes(), constants()), outputs=["answer"]))
    gates = [node for node in model.graph.node if node.op_type == "HardSigmoid"]
    assert len(gates) == 2
    assert {node.op_type for node in model.graph.node} >= {"GlobalAveragePool", "Resize", "Conv", "Concat"}
    assert "unwanted" not in {node.name for node in model.graph.node}


def test_a_hard_swish_that_is_an_output_stays_spelled_out() -> None:
    graph, data = files(graph_nodes(), constants())
    model = onnx.load_model_from_string(onnx_from_tfjs(graph, data, outputs=["first", "answer"]))
    assert [node.op_type for node in model.graph.node][:5] == ["Conv", "Mul", "Add", "Clip", "Mul"]
    assert [node.op_type for node in model.graph.node].count("HardSigmoid") == 1


def test_equal_files_give_equal_bytes() -> None:
    graph, data = files(graph_nodes(), constants())
    assert onnx_from_tfjs(graph, data, outputs=["answer"]) == onnx_from_tfjs(graph, data, outputs=["answer"])


def test_channels_nobody_may_ask_for_are_cut_off() -> None:
    graph, data = files(graph_nodes(), constants())
    kept = {"last/k": 1, "last/b": 1, "offset": 1}
    picture = np.random.default_rng(3).uniform(0, 255, (1, 3, 16, 16)).astype(np.float32)
    whole, cut = (
        ort.InferenceSession(
            onnx_from_tfjs(graph, data, outputs=["answer"], kept_channels=channels), providers=["CPUExecutionProvider"]
        ).run(None, {"picture": picture})[0]
        for channels in (None, kept)
    )
    assert cut.shape == (1, 1, 8, 8)
    np.testing.assert_allclose(cut[:, 0], whole[:, 0], rtol=1e-5)


@pytest.mark.parametrize(("change", "message"), [(-2, "the weights end at"), (2, "the graph describes")])
def test_weights_must_be_used_up_exactly(change: int, message: str) -> None:
    graph, data = files(graph_nodes(), constants())
    with pytest.raises(ModelError, match=message):
        onnx_from_tfjs(graph, data[:change] if change < 0 else data + bytes(change), outputs=["answer"])


@pytest.mark.parametrize(
    ("node", "message"),
    [
        (plain("odd", "Softplus", "picture"), "is a Softplus"),
        (convolution("odd", "picture", "stem/k", "stem/b", fused=("BiasAdd", "Elu")), "ends in Elu"),
        (plain("odd", "Mean", "picture", "axes"), "no mean over height and width"),
        (plain("odd", "ResizeBilinear", "picture", "size", align_corners={"b": True}), "resizes in a way"),
    ],
)
def test_what_the_conversion_does_not_know_is_refused(node: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=message):
        onnx_from_tfjs(*files([plain("picture", "Placeholder"), node], constants()), outputs=["odd"])


def test_an_unknown_padding_is_refused() -> None:
    node = convolution("odd", "picture", "stem/k")
    node["attr"]["padding"] = attribute("EXPLICIT")
    with pytest.raises(ModelError, match="is padded EXPLICIT"):
        onnx_from_tfjs(*files([plain("picture", "Placeholder"), node], constants()), outputs=["odd"])
