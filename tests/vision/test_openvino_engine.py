"""OpenVINO, where it is installed: the same boxes, float32 only, no word to its maker, and what it does once sealed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from proofs.engines.compare import difference
from proofs.engines.pictures import pictures
from proofs.engines.run import detector_of, mask_threshold
from tests.vision.clips import decoded, written
from tests.vision.clips import pictures as frames
from tests.vision.test_detectors import PERSON, network
from tests.vision.test_worker import order, person_is_gone, worked
from vision import openvino_engine
from vision.detectors import PersonDetector
from vision.engine import DetectorError, Engine
from vision.engine_names import EngineName
from vision.engines import missing_because
from vision.frames import Media
from vision.landlock import version
from vision.models.card import model_cards
from vision.openvino_engine import MOST_SIZES, OpenVinoEngine, may_make_code
from vision.seal import HOLDS, TOLD
from vision.wire import Opened

MISSING: Final = missing_because(EngineName.OPENVINO)
pytestmark = pytest.mark.skipif(MISSING != "", reason=MISSING or "it is there")
CHANNELS: Final = {"heat": 1}
AS_BRIGHT: Final = network(CHANNELS, times=1 / (48 * 255 * 1.001))
"""Answers with the brightness of each cell."""
SIZES: Final = [(320, 320 + 32 * more) for more in range(MOST_SIZES + 2)]


def noise(height: int, width: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (1, 3, height, width)).astype(np.float32)


def small() -> OpenVinoEngine:
    return OpenVinoEngine(AS_BRIGHT, channels=CHANNELS, threads=1)


@pytest.mark.model
@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("key", sorted(model_cards()))
def test_each_network_finds_the_same_boxes(key: str) -> None:
    card = model_cards()[key]
    ours, theirs = (detector_of(card, name, threads=2) for name in (EngineName.ONNXRUNTIME, EngineName.OPENVINO))
    found = difference(ours, theirs, list(pictures(2026)), mask_threshold(card))
    assert found.same, found
    assert found.boxes > 40
    engine = getattr(theirs, "_engine")  # noqa: B009 - of a detector of either kind
    assert len(engine.sizes) == 4, "OpenVINO itself found them"


def test_it_computes_in_float32_also_where_the_processor_offers_less() -> None:
    compiled = small()._compiled((1, 3, 64, 64)).request.get_compiled_model()
    assert compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name() == "f32"
    assert compiled.get_property("INFERENCE_NUM_THREADS") == 1
    assert not compiled.get_property("ENABLE_CPU_PINNING")


@pytest.mark.model
@pytest.mark.usefixtures("weights")
def test_a_coarser_computation_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    if "BF16" not in openvino_engine.openvino_core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        pytest.skip("this processor has no bfloat16")
    monkeypatch.setattr(OpenVinoEngine.__init__, "__kwdefaults__", {"precision": "bf16"})
    detector = detector_of(model_cards()["person"], EngineName.OPENVINO, threads=1)
    with pytest.raises(DetectorError, match="OpenVINO and ONNX Runtime differ by"):
        detector.find(next(pictures(1)), threshold=0.3)


def test_an_answer_for_another_picture_is_an_error() -> None:
    engine = small()
    engine.run(noise(320, 320))
    engine._rest = Engine(network(CHANNELS, value=0.9), channels=CHANNELS, threads=1)
    with pytest.raises(DetectorError, match="differ by"):
        engine.run(noise(320, 320))


def test_a_few_sizes_are_openvino_s_and_all_give_the_same() -> None:
    engine, plain = small(), Engine(AS_BRIGHT, channels=CHANNELS, threads=1)
    for height, width in [(64, 96), *SIZES]:
        blob = noise(height, width)
        np.testing.assert_allclose(engine.run(blob)[0], plain.run(blob)[0], atol=1e-5)
    assert engine.sizes == SIZES[:MOST_SIZES]


def test_bytes_and_outputs_that_are_wrong_are_refused_as_ever() -> None:
    with pytest.raises(DetectorError, match="no network that runs here"):
        PersonDetector(b"junk", engine=EngineName.OPENVINO)
    with pytest.raises(DetectorError, match="expected one and"):
        PersonDetector(AS_BRIGHT, engine=EngineName.OPENVINO)
    with pytest.raises(DetectorError, match="expected 0 to 1"):
        PersonDetector(network(PERSON, value=2.0), engine=EngineName.OPENVINO).find(
            np.zeros((320, 320), np.uint8), threshold=0.1
        )


def test_while_one_thread_runs_it_the_other_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = small()
    with engine._turn:
        assert engine.run(noise(320, 320))[0].shape == (1, 80, 80)
    assert engine.sizes == []


def child(code: str, folder: Path) -> str:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8"}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


WATCHED: Final = """
import sys, time
seen = []
sys.addaudithook(lambda name, given: seen.append(name) if name.startswith("socket.") else None)
%s
time.sleep(1)
print(sorted(set(seen)))
"""


def test_it_writes_nothing_to_the_home_and_asks_for_no_socket(tmp_path: Path) -> None:
    ours = "from vision.openvino_engine import openvino_core; openvino_core()"
    assert child(WATCHED % ours, tmp_path).strip() == "[]"
    assert list(tmp_path.iterdir()) == []


SEALED: Final = """
import json, sys
from vision.seal import sealed_after_opening, sealed_before_opening, sealed_with_order
parts = sealed_before_opening()
from pathlib import Path
import numpy as np
from vision.engine import DetectorError, Engine
from vision.openvino_engine import OpenVinoEngine, may_make_code
parts |= sealed_with_order([Path(sys.argv[0]).parent], calling=False)
model, channels = bytes.fromhex(sys.stdin.readline()), {"heat": 1}
engine, plain = (kind(model, channels=channels, threads=2) for kind in (OpenVinoEngine, Engine))
rng = np.random.default_rng(1)

def off(height, width):
    blob = rng.integers(0, 256, (1, 3, height, width)).astype(np.float32)
    return float(np.abs(engine.run(blob)[0] - plain.run(blob)[0]).max())

before = [off(320, 352), off(640, 384)]
could = may_make_code()
parts |= sealed_after_opening()
after = [off(*size) for size in [(320, 352), (352, 352), (640, 384), (352, 352), (320, 352)] * 20]
print(json.dumps({"before": before, "after": after, "code": [could, may_make_code()], "sizes": engine.sizes,
                  "parts": parts}), flush=True)
"""


def test_once_sealed_it_answers_at_the_sizes_it_knows_and_onnx_runtime_at_all_others(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", SEALED], input=AS_BRIGHT.hex() + "\n", capture_output=True, text=True,
        timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["code"] == [True, False]
    assert told["sizes"] == [[320, 352], [640, 384]]
    assert max(told["before"] + told["after"]) < 1e-5
    assert {state for part, state in told["parts"].items() if part not in TOLD} == {HOLDS}


def test_this_process_may_make_code() -> None:
    assert may_make_code()


@pytest.mark.model
@pytest.mark.usefixtures("weights")
@pytest.mark.skipif(version() == 0, reason="this kernel has no Landlock")
def test_a_sealed_worker_redacts_with_it(tmp_path: Path) -> None:
    clip = written(tmp_path / "clip.mp4", frames(6))
    found, usual = (worked(order(clip, engine=name)) for name in (EngineName.OPENVINO, EngineName.ONNXRUNTIME))
    opened = found.messages[0]
    assert isinstance(opened, Opened)
    assert opened.sealed
    assert (found.health.frames_in, found.health.frames_out) == (6, 6)
    assert len(found.of(Media.FMP4_FRAGMENT)) == 6
    assert found.health.masked_share == pytest.approx(usual.health.masked_share, abs=1e-3)
    person_is_gone(decoded(found.video))
