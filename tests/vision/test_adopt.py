"""Taking a trained network into the tree: what cannot be used is refused before anything is written."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.vision.test_detectors import PERSON, network
from tools.measured_card import NOT_FOUND, UnmeasuredError, recall_lines
from vision.models.card import MANIFEST, model_cards
from vision.models.store import holds, models_dir, sha256_of, verified_bytes

ROOT = Path(__file__).parents[2]
CARD = """
# how it was made: elsewhere
[above]
name = "Above"
role = "finds persons seen steeply"
licence = "CC0"
upstream = "this repository"
training_set = "rendered people"
caveat = "a test's"
measured = "see the figures"
input = "tower_0/images"

[above.outputs]
"tower_0/wh" = "distances"

[above.use]
mask_threshold = 0.1
sure_threshold = 0.4
look_person_px = 40
count_person_px = 80
saturated_per_m2 = 4
"""
NARROW = network(PERSON, value=0.1)


def measured(data: bytes, **changes: Any) -> dict[str, Any]:
    """Return what `models measure --json` says of a network, as far as it is used."""
    sums = {"recall": 0.6, "centre_recall": 0.7, "precision": 0.8, "f1": 0.68, "count_error": None}
    alone = {
        "depressions_deg": [45.0, 65.0, 85.0], "lengths_px": [8.0, 16.0, 32.0],
        "n": [[0, 50, 19], [19, 3, 0], [30, 40, 50]],
        "recalls": [[None, 0.4, 0.9], [0.5, 1.0, None], [0.0, 0.5, 0.88]],
    }  # fmt: skip
    return {"model": {"sha256": sha256_of(data)}, "threshold": 0.25, "all": sums, "recall_alone": alone, **changes}


def adopt(folder: Path, data: bytes, card: str = CARD, told: object = None) -> subprocess.CompletedProcess[str]:
    """Adopt a network into a folder that holds a copy of the manifest without one."""
    (folder / "trained.onnx").write_bytes(data)
    (folder / "card.toml").write_text(card)
    (folder / "told.json").write_text(json.dumps(measured(data) if told is None else told))
    models = folder / "models"
    if not models.exists():
        models.mkdir()
        (models / MANIFEST.name).write_text(MANIFEST.read_text("utf-8").partition("\n[above]\n")[0])
    command = [
        sys.executable,
        "-m",
        "tools.adopt_model",
        *(str(folder / name) for name in ("trained.onnx", "card.toml")),
    ]
    sets = [f"{name}={folder / 'told.json'}" for name in ("rendered", "check")]
    command += ["--table", str(folder / "told.json"), "--measured", *sets, "--models", str(models)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.model
def test_a_network_is_taken_and_taken_again(weights: None, tmp_path: Path) -> None:
    for data in (NARROW, verified_bytes("person", models_dir())):
        run = adopt(tmp_path, data)
        assert run.returncode == 0, run.stderr
        assert "times the street-level network's time" in run.stdout
        cards = model_cards(tmp_path / "models" / MANIFEST.name)
        assert set(cards) == {"above", "face", "person"}
        assert holds(cards["above"], tmp_path / "models")
        assert cards["person"] == model_cards()["person"]
    sums = {"recall": 0.6, "centre_recall": 0.7, "precision": 0.8, "f1": 0.68}
    assert cards["above"].figures == {f"{name}_{each}": sums[each] for name in ("rendered", "check") for each in sums}


def test_the_table_is_what_was_measured_and_no_more() -> None:
    told = tomllib.loads(recall_lines([measured(b"")]))
    assert told["count_threshold"] == 0.25
    assert told["recall_depressions_deg"] == [45, 85]
    assert told["recalls"] == [[NOT_FOUND, 0.5, 0.5], [NOT_FOUND, 0.625, 1.0]]


def test_measurements_at_several_sizes_are_taken_together() -> None:
    alone = measured(b"")["recall_alone"]
    more = {**alone, "n": [[10, 50, 1], [0, 0, 0], [0, 0, 0]], "recalls": [[0.4, 0.8, 0.0], [None] * 3, [None] * 3]}
    told = tomllib.loads(recall_lines([measured(b""), measured(b"", recall_alone=more)]))
    assert told["recalls"][0] == [NOT_FOUND, 0.75, 1.0]
    assert told["recalls"][1] == [NOT_FOUND, 0.625, 1.0]
    with pytest.raises(UnmeasuredError, match="threshold"):
        recall_lines([measured(b""), measured(b"", threshold=0.3)])


@pytest.mark.parametrize(
    ("data", "card", "word"),
    [
        (b"junk", CARD, "no network that runs here"),
        (bytes(12_000_001), CARD, "above 12000000"),
        (network(PERSON, value=0.9), CARD, "plain grey picture"),
        (network({**PERSON, "gait": 9}, value=0.1), CARD, "says 14 numbers of a place"),
        (NARROW, CARD.replace("look_person_px = 40", "look_person_px = 0"), "cannot be"),
        (NARROW, CARD.replace("sure_threshold = 0.4", ""), "damaged"),
        (NARROW, CARD + "[above.more]\n", "last table is not [above.use]"),
        (NARROW, CARD.replace("[above]", "[below]"), "does not begin with [above]"),
        (NARROW, CARD.replace("[above]", "file = 'x'\n[above]"), "does not begin with [above]"),
    ],
    ids=["none", "too large", "sees things", "says more", "sizes", "no score", "another table", "another's", "before"],
)
def test_what_cannot_be_used_is_one_line_and_nothing_is_written(
    tmp_path: Path, data: bytes, card: str, word: str
) -> None:
    refused(tmp_path, adopt(tmp_path, data, card), word)


@pytest.mark.parametrize(
    ("told", "word"),
    [
        (measured(b"another"), "measures the file"),
        ([], "no output of `models measure --json`"),
        (measured(NARROW, recall_alone=None), "need cameras"),
    ],
    ids=["another file", "no measurement", "no cameras"],
)
def test_figures_of_another_file_or_none_are_refused(tmp_path: Path, told: object, word: str) -> None:
    refused(tmp_path, adopt(tmp_path, NARROW, told=told), word)


def refused(folder: Path, run: subprocess.CompletedProcess[str], word: str) -> None:
    assert run.returncode == 1
    assert word in run.stderr
    assert run.stderr.count("\n") == 1
    assert not (folder / "models/above.onnx").exists()
    assert "[above]" not in (folder / "models" / MANIFEST.name).read_text()
