"""`[detection]`: which engine the settings ask for, and that no other takes its place unasked."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from groundstation.errors import BadInputError
from groundstation.live_camera import live_order
from groundstation.settings import CameraTable, detection, settings_from_table
from tests.vision.scene import mission
from vision.wire import EngineName

PATH = Path("station.toml")
CAMERA = {"name": "north", "video": "clip.ts", "pose": "klv"}


def asked(**detection_table: Any) -> detection.DetectionTable:
    return settings_from_table({"camera": [CAMERA], "detection": detection_table}, path=PATH).detection


def test_onnx_runtime_runs_the_detectors_unless_another_is_asked_for() -> None:
    assert settings_from_table({"camera": [CAMERA]}, path=PATH).detection.engine_here() is EngineName.ONNXRUNTIME
    assert asked(engine="onnxruntime").engine_here() is EngineName.ONNXRUNTIME


def test_an_engine_that_is_installed_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detection, "version", lambda _: "2026.4.1")
    assert asked(engine="openvino").engine_here() is EngineName.OPENVINO


def test_one_that_is_not_installed_is_an_error_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> str:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(detection, "version", absent)
    with pytest.raises(BadInputError, match=r"openvino is not installed; pip install 'groundstation\[openvino\]'"):
        asked(engine="openvino").engine_here()


@pytest.mark.parametrize(
    ("engine", "why"),
    [
        ("cuda", "expected onnxruntime or openvino: the camera's process is sealed, and cuda reaches its device"),
        ("coreml", "the camera's process is sealed"),
        ("torch", "expected 'onnxruntime', 'openvino'"),
    ],
)
def test_a_graphics_card_and_what_nobody_knows_are_refused_in_a_line(engine: str, why: str) -> None:
    with pytest.raises(BadInputError) as raised:
        asked(engine=engine)
    line = str(raised.value)
    assert line.startswith(f"station.toml: detection.engine: found '{engine}', ")
    assert why in line
    assert "\n" not in line


def test_the_workers_are_told() -> None:
    order = live_order(CameraTable(**CAMERA), None, mission(), core_share=1.0, engine=EngineName.OPENVINO)
    assert order.engine is EngineName.OPENVINO
