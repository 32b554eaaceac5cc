"""Which engine runs a network: the one that was asked for, or an error that names what is missing; never another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from vision.engine import DetectorError, Engine, Maps, device_refusal
from vision.engine_names import EngineName
from vision.openvino_engine import OpenVinoEngine, openvino_core


class Runs(Protocol):
    """One network with named outputs, ready to run in some engine."""

    threads: int

    def run(self, blob: Maps) -> list[Maps]:
        """Return the output maps, float32 (channels, height / 4, width / 4) each.

        Raises:
            DetectorError: the network fails, or its answer is not sound.
        """
        ...


def engine_of(name: EngineName, model: bytes, *, channels: Mapping[str, int], threads: int) -> Runs:
    """Return a network in an engine.

    Args:
        name: which one.
        model: an ONNX file whose hash was checked.
        channels: name of each output wanted -> its number of channels.
        threads: how many cores one run may take.

    Raises:
        DetectorError: the engine is not there, or the bytes are no such network.
    """
    if name is EngineName.OPENVINO:
        return OpenVinoEngine(model, channels=channels, threads=threads)
    return Engine(model, channels=channels, threads=threads, name=name)


def missing_because(name: EngineName) -> str:
    """Return why an engine is not there on this machine, or nothing."""
    if name is not EngineName.OPENVINO:
        return device_refusal(name)
    try:
        openvino_core()
    except DetectorError as error:
        return str(error)
    return ""
