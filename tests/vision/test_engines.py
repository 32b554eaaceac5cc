"""The engine that was asked for runs, or says in a line why not; no other takes its place."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest

from flightlink.mission import RedactionLevel
from tests.vision.test_detectors import PERSON, network
from vision.detectors import FaceDetector, PersonDetector
from vision.engine import DetectorError, Engine, checked_maps
from vision.engine_names import SEALABLE, EngineName, refusal_under_seal
from vision.engines import engine_of, missing_because
from vision.models.store import models_dir
from vision.room import above_from_models, eyes_from_models

DEVICES = [name for name in EngineName if name not in SEALABLE]


def test_onnx_runtime_is_always_there() -> None:
    assert missing_because(EngineName.ONNXRUNTIME) == ""
    assert isinstance(engine_of(EngineName.ONNXRUNTIME, network(PERSON), channels=PERSON, threads=1), Engine)


@pytest.mark.parametrize("name", DEVICES)
def test_a_device_that_is_not_there_is_an_error_that_names_it(name: EngineName) -> None:
    if not missing_because(name):
        pytest.skip(f"this machine has {name}")
    with pytest.raises(DetectorError, match=f"engine {name}: this onnxruntime was built without"):
        PersonDetector(network(PERSON), engine=name)
    with pytest.raises(DetectorError, match=f"engine {name}: "):
        FaceDetector(network(PERSON), engine=name)


def test_a_device_whose_driver_is_missing_is_an_error_not_the_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library has the device in it but cannot load it: it warns in its log and goes on with the processor."""

    def pretended() -> list[str]:
        return ["CUDAExecutionProvider", "CPUExecutionProvider"]

    class OnTheProcessor:
        def __init__(self, *_: Any, **__: Any) -> None: ...

        def get_providers(self) -> list[str]:
            return ["CPUExecutionProvider"]

    monkeypatch.setattr("onnxruntime.get_available_providers", pretended)
    monkeypatch.setattr("onnxruntime.InferenceSession", OnTheProcessor)
    with pytest.raises(DetectorError, match="engine cuda: its device cannot be used here, only CPUExecutionProvider"):
        PersonDetector(network(PERSON), engine=EngineName.CUDA)


def test_without_the_package_openvino_is_an_error_that_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = builtins.__import__

    def without(name: str, *rest: Any, **named: Any) -> Any:
        if name.split(".", maxsplit=1)[0] == "openvino":
            raise ImportError("No module named 'openvino'")
        return whole(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", without)
    assert "pip install 'groundstation[openvino]'" in missing_because(EngineName.OPENVINO)
    with pytest.raises(DetectorError, match="engine openvino: not installed"):
        PersonDetector(network(PERSON), engine=EngineName.OPENVINO)
    with pytest.raises(DetectorError, match="engine openvino: not installed"):
        eyes_from_models(models_dir(), level=RedactionLevel.STRICT, threads=1, engine=EngineName.OPENVINO)


@pytest.mark.parametrize("name", DEVICES)
def test_no_graphics_card_looks_at_video(name: EngineName) -> None:
    assert refusal_under_seal(name).startswith("onnxruntime or openvino: the camera's process is sealed")
    with pytest.raises(DetectorError, match=f"engine {name} cannot look at video"):
        eyes_from_models(models_dir(), level=RedactionLevel.STRICT, threads=1, engine=name)


def test_what_can_be_sealed_is_not_refused() -> None:
    assert {refusal_under_seal(name) for name in SEALABLE} == {""}


@pytest.mark.model
@pytest.mark.usefixtures("weights")
def test_a_device_takes_no_part_of_the_work_either() -> None:
    if not missing_because(EngineName.CUDA):
        pytest.skip("this machine has it")
    assert above_from_models(models_dir(), threads=1, engine=EngineName.CUDA)[0] is None


def test_an_answer_is_checked_whatever_engine_gave_it() -> None:
    blob = np.zeros((1, 3, 64, 96), np.float32)
    with pytest.raises(DetectorError, match=r"output a is float32 \(1, 1, 16, 20\), expected float32 \(1, 1, 16, 24\)"):
        checked_maps([np.zeros((1, 1, 16, 20), np.float32)], {"a": 1}, blob)
    with pytest.raises(DetectorError, match="not finite"):
        checked_maps([np.full((1, 1, 16, 24), np.nan, np.float32)], {"a": 1}, blob)
