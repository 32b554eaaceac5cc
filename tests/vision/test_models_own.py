"""A network of our own: it ships with the station, pinned like the others, and says how it is to be used."""

from __future__ import annotations

import tomllib
from pathlib import Path, PurePath

import pytest

from vision.models.card import MANIFEST, FileState, ModelCard, ModelError, model_cards
from vision.models.fetch import fetch
from vision.models.store import holds, sha256_of, state_of

OWN_CARD = """
[above]
name = "Above"
role = "finds persons seen steeply"
file = "above.onnx"
sha256 = "{sha256}"
licence = "CC0"
upstream = "this repository"
training_set = "rendered people"
caveat = "a test's"
measured = "nothing"
input = "tower_0/images"
[above.outputs]
"tower_0/wh" = "distances"
[above.figures]
nadir_recall = 0.8
[above.use]
mask_threshold = 0.1
sure_threshold = 0.4
count_threshold = 0.3
look_person_px = 40
count_person_px = 80
saturated_per_m2 = 4
recall_depressions_deg = [45, 90]
recall_heights_px = [12, 24]
recalls = [[0.5, 0.75], [0.625, 0.875]]
"""


def own_card(folder: Path, data: bytes) -> ModelCard:
    """Return the card of a network of our own, whose file lies in the folder."""
    (folder / "manifest.toml").write_text(OWN_CARD.format(sha256=sha256_of(data)))
    (folder / "above.onnx").write_bytes(data)
    return model_cards(folder / "manifest.toml")["above"]


def test_a_network_of_our_own_lies_in_the_tree_as_pinned() -> None:
    for card in model_cards().values():
        if card.source is None:
            assert holds(card, MANIFEST.parent)
            assert card.figures


def test_the_wheel_carries_what_lies_beside_the_manifest() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8"))
    patterns = project["tool"]["setuptools"]["package-data"]["vision"]
    for name in ("manifest.toml", "above.onnx"):
        assert any(PurePath(MANIFEST.parent.name, name).match(pattern) for pattern in patterns)


def test_a_part_without_a_source_is_a_network_of_our_own_with_its_use(tmp_path: Path) -> None:
    card = own_card(tmp_path, b"own")
    assert (card.source, card.figures) == (None, {"nadir_recall": 0.8})
    assert card.use is not None
    assert card.use.recalls == ((0.5, 0.75), (0.625, 0.875))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("mask_threshold = 0.1", "mask_threshold = 0.0"),
        ("mask_threshold = 0.1", "mask_threshold = 0.31"),
        ("sure_threshold = 0.4", "sure_threshold = 1.0"),
        ("count_threshold = 0.3", "count_threshold = 1.0"),
        ("look_person_px = 40", "look_person_px = nan"),
        ("saturated_per_m2 = 4", "saturated_per_m2 = 0"),
        ("[45, 90]", "[90, 45]"),
        ("[45, 90]", "[45, 60, 90]"),
        ("[12, 24]", "[12, 12]"),
        ("[12, 24]", "[12]"),
        ("0.875", "1.5"),
        ("0.875", "0.0"),
        ("0.875", '"all"'),
        ("saturated_per_m2 = 4", ""),
    ],
)
def test_a_use_that_cannot_be_is_a_damaged_manifest(tmp_path: Path, old: str, new: str) -> None:
    manifest = tmp_path / "manifest.toml"
    manifest.write_text(OWN_CARD.format(sha256="0" * 64).replace(old, new))
    with pytest.raises(ModelError, match=r"manifest\.toml of the detectors is damaged"):
        model_cards(manifest)


def test_a_network_of_our_own_is_put_in_place_from_the_tree(tmp_path: Path) -> None:
    card, place = own_card(tmp_path, b"own"), tmp_path / "place"
    assert fetch(card, place, own=tmp_path)
    assert not fetch(card, place, own=tmp_path)
    assert (place / card.file).read_bytes() == b"own"


def test_a_changed_network_of_our_own_is_not_put_in_place(tmp_path: Path) -> None:
    card, place = own_card(tmp_path, b"own"), tmp_path / "place"
    (tmp_path / card.file).write_bytes(b"other")
    with pytest.raises(ModelError, match="install the station again"):
        fetch(card, place, own=tmp_path)
    assert not place.exists()


def test_the_state_of_a_file_is_told_apart(tmp_path: Path) -> None:
    card = own_card(tmp_path, b"own")
    path = tmp_path / card.file
    assert state_of(card, tmp_path) is FileState.IN_PLACE
    path.write_bytes(b"other")
    assert state_of(card, tmp_path) is FileState.WRONG_HASH
    path.unlink()
    assert state_of(card, tmp_path) is FileState.MISSING
    path.mkdir()
    assert state_of(card, tmp_path) is FileState.UNREADABLE
