"""The model card: its tables are those of the figures beside it, and the figures are of the networks that ship."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from tools.model_card import PART, filled_card, lines_of
from vision.models.card import model_cards

SUMS = {
    "pictures": 4, "n": 20, "hidden": 2, "recall": 0.75, "recall_ci95": [0.5, 0.9], "centre_recall": 0.8,
    "precision": 0.6, "f1": 2 / 3, "false_alarms": 10, "count_error": 0.5, "count_bias": -0.25, "count_error_all": 0.4,
}  # fmt: skip
WIDEST = {"best": "adult", "worst": "child", "gap_points": 2.5, "interval_points": [-1.0, 6.0]}
OF_NETWORK: dict[str, Any] = {
    "model": {"file": "above.onnx", "sha256": "ab" * 32, "bytes": 8_096_611}, "seen_at": {"person_px": 60.0},
    "threshold": 0.31, "threshold_chosen_on_pictures": 5, "all": SUMS, "by_threshold": [{"threshold": 0.1, **SUMS}],
    "by_size_px": [{
        "from_px": 200, "to_px": None, "n": 0, "recall": None, "recall_ci95": None, "found": 3, "precision": 0.0,
    }],
    "by_depression_deg": [{"from_deg": 80, "to_deg": 90, **SUMS}], "by_light": [{"light": "haze", **SUMS}],
    "by_density_per_m2": [{"from_per_m2": 5.0, "to_per_m2": None, **SUMS}],
    "fairness": {
        "age": {
            "groups": {"adult": {"n": 400, "recall": 0.9, "recall_ci95": [0.8, 0.95]}},
            "widest": {"as_seen": WIDEST, "alike": {**WIDEST, "gap_points": 0.25}},
        },
        "hat": {"groups": {}, "widest": None},
    },
}  # fmt: skip
OF_STATION: dict[str, Any] = {
    **SUMS, "by_centre": {"found": 24, "false_alarms": 6, "recall": 0.83, "precision": 0.8, "f1": 0.81},
    "by_flight": [{"flight": "noon", **SUMS}], "warnings": ["3 of 20 people are too small"],
}  # fmt: skip


def test_the_card_is_as_its_figures(root: Path) -> None:
    text = (root / "docs/model-card.md").read_text(encoding="utf-8")
    assert filled_card(text, root / "docs/figures") == text, "run .venv/bin/python -m tools.model_card"


def test_the_figures_are_of_the_networks_that_ship(root: Path) -> None:
    shipped = {card.sha256 for card in model_cards().values()}
    for path in sorted((root / "docs/figures").glob("*.json")):
        figures = json.loads(path.read_text(encoding="utf-8"))
        assert "model" not in figures or figures["model"]["sha256"] in shipped, path.name


def test_every_figures_file_has_its_part_in_the_card(root: Path) -> None:
    parts = {found[2] for found in PART.finditer((root / "docs/model-card.md").read_text(encoding="utf-8"))}
    of_models = {path.stem for path in (root / "docs/figures").glob("*.json")} - {"performance"}
    assert of_models <= parts


def test_what_was_not_measured_says_so_and_is_filled_once_it_is(tmp_path: Path) -> None:
    text = "before\n<!-- figures: a-b -->\nold | 1 |\n<!-- end of figures -->\nafter\n"
    empty = filled_card(text, tmp_path)
    assert empty == "before\n<!-- figures: a-b -->\n\nNot measured yet.\n\n<!-- end of figures -->\nafter\n"
    (tmp_path / "a-b.json").write_text(json.dumps(OF_STATION))
    filled = filled_card(empty, tmp_path)
    assert "| 24 found, 6 false alarms |" in filled
    assert filled_card(filled, tmp_path) == filled
    changed = {**OF_STATION, "recall": 0.125}
    (tmp_path / "a-b.json").write_text(json.dumps(changed))
    assert "0.125" in filled_card(filled, tmp_path)


def test_tables_of_a_network() -> None:
    text = "\n".join(lines_of(OF_NETWORK))
    assert text.startswith(
        "`above.onnx`, sha256 `abababababababab`, 8.1 MB; seen at person px 60; threshold 0.31, chosen on 5 other "
        "pictures; 20 people in 4 pictures, 2 more nearly hidden."
    )
    assert "| 80 to 90 | 4 | 20 | 0.750 | 0.600 | 0.667 | 0.500 | -0.250 |" in text
    assert "| 5 and more | 4 | 20 |" in text
    assert "| haze | 4 | 20 |" in text
    assert "| 200 and more | 0 | not measured | not measured | 3 | 0.000 |" in text
    assert (
        "| age | adult 90.0 (400) | 2.5 (-1.0 to 6.0), adult over child | 0.2 (-1.0 to 6.0), adult over child |" in text
    )
    assert "| hat |  | too few people | too few people |" in text


@pytest.mark.parametrize(
    ("count", "said"), [(1, "| noon | 4 | 20 |"), (13, "13 flights apart: F1 0.667 in the middle")]
)
def test_tables_of_the_station(count: int, said: str) -> None:
    figures = copy.deepcopy(OF_STATION)
    figures["by_flight"] *= count
    text = "\n".join(lines_of(figures))
    assert said in text
    assert "Warning: 3 of 20 people are too small." in text
