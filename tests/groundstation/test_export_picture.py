"""The map as a picture: each state looks as the legend says, nothing unseen looks empty, an exercise shows."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from groundstation.exports.picture import HIGH_PX, WIDE_PX, _indices, _lines, _plain, _view, picture
from groundstation.exports.picture_marks import colour, is_marked
from groundstation.exports.rows import Export
from maps.levels import Level
from maps.palette import DAY, GROUND, HATCH, PAGE
from tests.browser.world import density_document, leaf, world_leaves

Pixels = NDArray[np.uint8]


def drawn(document: dict[str, Any], *, is_exercise: bool = False) -> Pixels:
    data = picture(Export(document=document, station="Fête", exported_utc="", is_exercise=is_exercise))
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.size) == ("PNG", (WIDE_PX, HIGH_PX))
    return np.asarray(image)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return density_document(world_leaves) | {"utc": "2026-11-23T17:00:00Z"}


@pytest.fixture(scope="module")
def pixels(document: dict[str, Any]) -> Pixels:
    return drawn(document)


def colours_of(pixels: Pixels, document: dict[str, Any], cell: dict[str, Any]) -> set[tuple[int, ...]]:
    view = _view([_indices(one["properties"]) for one in document["features"]])
    left, top, right, bottom = view.box(*_indices(cell))
    part = pixels[top + 1 : bottom - 1, left + 1 : right - 1].reshape(-1, 3)
    return {tuple(int(value) for value in one) for one in np.unique(part, axis=0)}


def cells(document: dict[str, Any], state: str) -> list[dict[str, Any]]:
    found = [one["properties"] for one in document["features"] if one["properties"]["state"] == state]
    assert found, state
    return found


def test_each_level_has_its_colour_and_the_unseen_its_hatch(pixels: Pixels, document: dict[str, Any]) -> None:
    levels = set()
    for cell in cells(document, "observed"):
        level = Level(cell["level"])
        levels.add(level)
        found = colours_of(pixels, document, cell)
        assert colour(DAY[level].fill) in found
        assert colour(DAY[level].ink) in found, "its number"
        assert not {colour(DAY[other].fill) for other in Level if other is not level} & found
    assert levels == set(Level)
    for cell in cells(document, "unobserved"):
        assert {colour(HATCH), colour(GROUND)} <= colours_of(pixels, document, cell)
    for cell in cells(document, "stale"):
        assert colour(DAY[Level(cell["level"])].fill) not in colours_of(pixels, document, cell), "paler"


def test_lines_say_error_age_and_bound() -> None:
    cell: dict[str, Any] = {
        "state": "observed", "density_per_m2": 2.66, "people": 66.5, "people_sigma": 6.0, "size_m": 5,
        "observed_share": 1.0, "age_s": 0.3, "level": "watch",
    }  # fmt: skip
    assert _lines(cell, 4) == ["2.7", "±0.3"]
    assert _lines({**cell, "state": "saturated"}, 4)[0] == ">=2.6", "a bound is rounded down"
    assert _lines({**cell, "state": "stale", "age_s": 14.2}, 4) == ["2.7", "14 s"]
    assert _lines({**cell, "people_sigma": None}, 4) == ["2.7"]
    assert _lines({**cell, "state": "suppressed", "density_per_m2": None}, 6) == ["1-6"]
    assert _lines({**cell, "state": "unobserved", "density_per_m2": None}, 6) == []


def test_patterns_grow_busier_with_the_level() -> None:
    shares = [float(is_marked(level, 66, 66).mean()) for level in Level]
    assert shares[0] == 0
    assert len(set(shares)) == len(shares)
    assert shares[1] < shares[2] < min(shares[3:])


def test_an_exercise_is_striped_all_round(document: dict[str, Any], pixels: Pixels) -> None:
    striped = drawn(document, is_exercise=True)
    for edge in (striped[3, :560], striped[-4, :], striped[:, 3], striped[:, -4]):
        dark = (edge.sum(axis=1) < 100).mean()
        assert 0.3 < dark < 0.7
    assert np.array_equal(striped[300:900, 60:-60], pixels[300:900, 60:-60])


def test_a_map_of_nothing_says_so() -> None:
    nothing = density_document(lambda: [leaf(0, 30, 0.0)]) | {
        "utc": None, "features": [], "people": None, "observed_share": 0.0, "frozen": True,
    }  # fmt: skip
    empty = drawn(nothing)
    assert (empty[400, 800] == colour(PAGE)).all()
    assert _plain("Fête d\u2019Été \u4e2d\n") == "Fete dEte "
