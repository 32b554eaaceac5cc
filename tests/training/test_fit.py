"""The parts that need torch. It is no part of the project's own environment: `make train` makes one that has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="needs the extra `train`: torch is gigabytes and stays out of .venv")

import torch

from tests.training.drawn import folder_of
from training import fit as fitting
from training.__main__ import main
from training.check import checked, differences
from training.errors import TrainingError
from training.exported import exported, person_model, with_weights
from training.fit import LATEST, rate_at
from training.loss import heat_loss, sides_loss
from training.network import Network, doubled
from vision.models.store import ModelError, models_dir, verified_bytes

if TYPE_CHECKING:
    import onnx


@pytest.fixture(scope="module")
def model() -> onnx.ModelProto:
    try:
        verified_bytes("person", models_dir())
    except ModelError:
        pytest.skip("needs the detectors' weights: make setup brings them")
    return person_model()


def test_torch_answers_as_the_station_does(model: onnx.ModelProto) -> None:
    assert max(differences(Network(model), verified_bytes("person", models_dir()))) < 1e-3


def test_changed_weights_come_out_as_they_were_trained(model: onnx.ModelProto) -> None:
    network = Network(model)
    with torch.no_grad():
        for weight in network.weights.values():
            weight.mul_(1.01)
    assert max(differences(network, with_weights(model, network.arrays(), half=False))) < 1e-3
    assert max(differences(Network(model), with_weights(model, network.arrays(), half=False))) > 1e-3


def test_half_the_size_is_read_again(model: onnx.ModelProto, tmp_path: Path) -> None:
    data = exported(model, half=True)
    assert len(data) < 5_000_000
    assert "heat off by" in checked(model, data)
    (tmp_path / "half.onnx").write_bytes(data)
    again = person_model(tmp_path / "half.onnx")
    assert max(differences(Network(again), data)) < 1e-3


def test_weights_gone_astray_are_not_written(model: onnx.ModelProto) -> None:
    arrays = Network(model).arrays()
    name = next(iter(arrays))
    with pytest.raises(TrainingError, match="astray"):
        with_weights(model, arrays | {name: np.full_like(arrays[name], np.nan)}, half=False)
    with pytest.raises(TrainingError, match="shape"):
        with_weights(model, arrays | {name: np.zeros(3, np.float32)}, half=False)


def test_doubling_keeps_even_cells_and_halves_the_way_to_the_next() -> None:
    ramp = torch.tensor([[0.0, 2.0, 6.0]]).reshape(1, 1, 1, 3)
    assert doubled(ramp)[0, 0].tolist() == [[0, 1, 2, 4, 6, 6]] * 2


def test_the_right_answer_costs_nothing() -> None:
    heat = torch.zeros(1, 8, 8)
    heat[0, 3, 3] = 1
    sure = torch.where(heat == 1, 20.0, -20.0)
    assert float(heat_loss(sure, heat, torch.ones(1, 8, 8))) < 1e-3
    assert float(heat_loss(-sure, heat, torch.ones(1, 8, 8))) > 10
    assert float(heat_loss(-sure, heat, torch.zeros(1, 8, 8))) == 0
    sides, weight = torch.full((1, 4, 8, 8), 9.0), torch.ones(1, 8, 8)
    assert float(sides_loss(sides, sides, weight)) == pytest.approx(0, abs=1e-5)
    assert float(sides_loss(sides, 2 * sides, weight)) == pytest.approx(0.75, abs=1e-5)


def test_the_rate_rises_then_falls() -> None:
    rates = [rate_at(part / 100) for part in range(101)]
    top = rates.index(max(rates))
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert max(rates) == pytest.approx(1, abs=1e-3)
    assert rates[-1] == pytest.approx(0.01)


def fit(pictures: Path, out: Path, steps: int, *more: str) -> int:
    given = ["fit", "--pictures", str(pictures), "--out", str(out), "--steps", str(steps), "--size", "64"]
    return main([*given, "--batch", "2", "--threads", "1", *more])


def state(out: Path) -> dict[str, Any]:
    return dict(torch.load(out / "state.pt", weights_only=True))


@pytest.mark.usefixtures("model")
def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pictures = folder_of(tmp_path / "a", ["0.jpg", "1.jpg"], [(20, 30, 24, 40)])
    assert fit(pictures, tmp_path / "whole", 6) == 0
    stop_after(3, monkeypatch)
    assert fit(pictures, tmp_path / "parts", 6) == 130
    monkeypatch.undo()
    assert state(tmp_path / "parts")["step"] == 3
    assert fit(pictures, tmp_path / "parts", 6) == 0
    whole, parts = state(tmp_path / "whole"), state(tmp_path / "parts")
    assert whole["step"] == parts["step"] == 6
    for name, weight in whole["weights"].items():
        torch.testing.assert_close(parts["weights"][name], weight, rtol=1e-5, atol=1e-6)
    assert (tmp_path / "parts" / LATEST).stat().st_size > 1_000_000


def stop_after(steps: int, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, step = [0], fitting.stepped

    def stepped(*given: Any) -> Any:
        if taken[0] == steps:
            raise KeyboardInterrupt
        taken[0] += 1
        return step(*given)

    monkeypatch.setattr(fitting, "stepped", stepped)


@pytest.mark.usefixtures("model")
def test_another_request_does_not_go_on_with_a_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pictures = folder_of(tmp_path / "a", ["0.jpg"], [(20, 30, 24, 40)])
    assert fit(pictures, tmp_path / "run", 1) == 0
    assert fit(pictures, tmp_path / "run", 1, "--seed", "2") == 2
    assert "another seed" in capsys.readouterr().err


@pytest.mark.usefixtures("model")
def test_what_was_held_out_is_scored_and_the_best_kept(tmp_path: Path) -> None:
    pictures = folder_of(tmp_path / "a", ["0.jpg"], [(20, 30, 24, 40)])
    held = folder_of(tmp_path / "b", ["0.jpg"], [(20, 30, 24, 40)])
    assert fit(pictures, tmp_path / "run", 2, "--held", str(held)) == 0
    last = json.loads((tmp_path / "run" / "log.jsonl").read_text("utf-8").splitlines()[-1])
    assert last["sets"]["b"]["people"] == 1
    assert (tmp_path / "run" / "best.onnx").is_file()
    assert main(["export", str(tmp_path / "run" / "best.onnx"), "--out", str(tmp_path / "above.onnx")]) == 0
    assert main(["score", str(tmp_path / "above.onnx"), "--pictures", str(held)]) == 0
