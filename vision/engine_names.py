"""The engines that can run a network, by the names that settings and commands use. Plain: the station reads it, too."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class EngineName(StrEnum):
    """What computes a network's answer."""

    ONNXRUNTIME = "onnxruntime"
    """On the processor; ships, and is what the figures of this station were measured with."""
    OPENVINO = "openvino"
    """On the processor, by the extra `openvino`; at sizes that it saw before the seal, see `vision.openvino_engine`."""
    CUDA = "cuda"
    TENSORRT = "tensorrt"
    MIGRAPHX = "migraphx"
    DIRECTML = "directml"
    COREML = "coreml"


SEALABLE: Final = (EngineName.ONNXRUNTIME, EngineName.OPENVINO)
"""Those that can work in a sealed process. A graphics card is reached by writing to its device and by `ioctl`: the seal
refuses both, and is not loosened for speed."""


def refusal_under_seal(engine: EngineName) -> str:
    """Return why an engine cannot look at a camera's video, or nothing."""
    if engine in SEALABLE:
        return ""
    return (
        f"{' or '.join(SEALABLE)}: the camera's process is sealed, and {engine} reaches its device by writing to it; "
        "docs/decisions/0071-engines.md"
    )
