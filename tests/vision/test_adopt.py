"""Taking a trained network into the tree: what cannot be used is refused before anything is written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.vision.test_detectors import PERSON, network
from tests.vision.test_models_own import OWN_CARD
from vision.models.card import MANIFEST, model_cards
from vision.models.store import holds, models_dir, verified_bytes

ROOT = Path(__file__).parents[2]
CARD = "\n".join(line for line in OWN_CARD.splitlines() if not line.startswith(("file =", "sha256 ="))) + "\n"


def adopt(folder: Path, data: bytes, card: str = CARD) -> subprocess.CompletedProcess[str]:
    """Adopt a network into a folder that holds a copy of the manifest without one."""
    (folder / "trained.onnx").write_bytes(data)
    (folder / "card.toml").write_text(card)
    models = folder / "models"
    if not models.exists():
        models.mkdir()
        (models / MANIFEST.name).write_text(MANIFEST.read_text("utf-8").partition("\n[above]\n")[0])
    command = [sys.executable, str(ROOT / "tools/adopt_model.py"), "trained.onnx", "card.toml", "--models", "models"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.model
def test_a_network_is_taken_and_taken_again(weights: None, tmp_path: Path) -> None:
    for data in (network(PERSON, value=0.1), verified_bytes("person", models_dir())):
        run = adopt(tmp_path, data)
        assert run.returncode == 0, run.stderr
        assert "times the street-level network's time" in run.stdout
        cards = model_cards(tmp_path / "models" / MANIFEST.name)
        assert set(cards) == {"above", "face", "person"}
        assert holds(cards["above"], tmp_path / "models")
        assert cards["above"].figures == {"nadir_recall": 0.8}
        assert cards["person"] == model_cards()["person"]


@pytest.mark.parametrize(
    ("data", "card", "word"),
    [
        (b"junk", CARD, "no network that runs here"),
        (bytes(12_000_001), CARD, "above 12000000"),
        (network(PERSON, value=0.9), CARD, "plain grey picture"),
        (network({**PERSON, "gait": 9}, value=0.1), CARD, "says 14 numbers of a place"),
        (network(PERSON, value=0.1), CARD.replace("0.875", "1.5"), "no table of shares"),
        (network(PERSON, value=0.1), CARD.replace("nadir_recall = 0.8", ""), "needs [above.use] and [above.figures]"),
        (network(PERSON, value=0.1), CARD.replace("[above]", "[below]"), "does not begin with [above]"),
    ],
    ids=["no network", "too large", "sees things", "says more", "figures", "not measured", "another's card"],
)
def test_what_cannot_be_used_is_one_line_and_nothing_is_written(
    tmp_path: Path, data: bytes, card: str, word: str
) -> None:
    run = adopt(tmp_path, data, card)
    assert run.returncode == 1
    assert word in run.stderr
    assert run.stderr.count("\n") == 1
    assert not (tmp_path / "models/above.onnx").exists()
    assert "[above]" not in (tmp_path / "models" / MANIFEST.name).read_text()
