"""Guarantee 4 in a small form: it holds of the product, and each sabotage of the product is caught."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from flightlink.mission import RedactionLevel
from proofs import appearance, coverage
from proofs.coverage import Coverage, greatest_gap, groupings
from proofs.intervals import difference, wilson
from proofs.row import Finding
from proofs.scene import looks_of, scene_of
from proofs.wardrobe import AS_RENDERED, SKIN_TONES, Variant, Wardrobe, with_skin
from sitl.picture.render import Renderer
from vision.detectors import PersonDetector
from vision.eyes import Eyes
from vision.models.card import ModelError
from vision.models.store import models_dir
from vision.room import eyes_from_models

Bytes = NDArray[np.uint8]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(appearance, "variants", lambda: [AS_RENDERED, Variant(skin=9), Variant(taller=1.1)])
    monkeypatch.setattr(appearance, "TINTS_TRIED", (5,))
    monkeypatch.setattr(coverage, "QUICK_VIEWS", ((30, 45),))
    monkeypatch.setattr(coverage, "MOST_PEOPLE", 12)


@pytest.fixture(scope="module")
def eyes() -> Eyes:
    try:
        return eyes_from_models(models_dir(), level=RedactionLevel.STRICT, threads=1)
    except ModelError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def wardrobe() -> Wardrobe:
    return Wardrobe()


def blind(eyes: Eyes, wardrobe: Wardrobe, level: RedactionLevel = RedactionLevel.STRICT) -> Finding:
    scene = scene_of(np.random.default_rng(4), depression_deg=30, person_px=50, most=4, size=(640, 360))
    figures, tints = np.arange(len(scene.walks)), 5 * np.arange(len(scene.walks))
    return appearance._blind(eyes, wardrobe, scene, figures, tints, level)


@pytest.mark.model
def test_strict_is_blind_to_looks_and_floor_is_not(eyes: Eyes, wardrobe: Wardrobe) -> None:
    strict, floor = (blind(eyes, wardrobe, level) for level in RedactionLevel)
    assert strict.holds
    assert (strict.figures["greatest_colour"], strict.figures["digests"], strict.figures["looks_tried"]) == (0, 1, 4)
    assert not floor.holds
    assert floor.figures["digests"] == 4
    assert int(str(floor.figures["greatest_colour"])) > 20


@pytest.mark.model
def test_a_blur_in_place_of_the_fill_is_caught(eyes: Eyes, wardrobe: Wardrobe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision.gate.filled", blurred)
    found = blind(eyes, wardrobe)
    assert not found.holds
    assert found.figures["digests"] == 4


@pytest.mark.model
def test_a_tinge_of_colour_is_caught(eyes: Eyes, wardrobe: Wardrobe, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vision.encode.NO_COLOUR", 124)
    assert not blind(eyes, wardrobe).holds


@pytest.mark.model
def test_a_gate_that_shows_nothing_proves_nothing(
    eyes: Eyes, wardrobe: Wardrobe, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vision.gate.OLDEST_LOOK_NS", -1)
    with pytest.raises(ValueError, match="shows nothing here"):
        blind(eyes, wardrobe)


@pytest.mark.model
def test_a_detector_that_overlooks_pale_clothes_is_caught(
    eyes: Eyes, wardrobe: Wardrobe, monkeypatch: pytest.MonkeyPatch
) -> None:
    clothes = {"clothes": groupings(wardrobe.figures, quick=True)["clothes"]}
    monkeypatch.setattr(coverage, "groupings", lambda *_, **__: clothes)
    holds = Finding(holds=True, evidence="", figures={})
    fair = coverage.measured(eyes, wardrobe, quick=True, seed=4)
    assert appearance._with_coverage(holds, fair).holds
    monkeypatch.setattr(PersonDetector, "find", overlooks_pale_clothes(PersonDetector.find))
    unfair = coverage.measured(eyes, wardrobe, quick=True, seed=4)
    assert unfair["clothes"]["pale"].share < unfair["clothes"]["dark"].share - 0.3
    assert not appearance._with_coverage(holds, unfair).holds


def blurred(picture: Bytes, mask: Bytes) -> Bytes:
    smooth = np.asarray(cv2.GaussianBlur(picture, (35, 35), 0), np.uint8)
    return np.asarray(cv2.copyTo(smooth, mask, picture.copy()), np.uint8)


def overlooks_pale_clothes(find: Any) -> Any:
    """Return a detector that finds nobody whose trunk is as bright as the ground."""

    def found(self: PersonDetector, picture: Bytes, *, threshold: float, scale: float = 1.0) -> Any:
        boxes = find(self, picture, threshold=threshold, scale=scale)
        grey = picture if picture.ndim == 2 else picture.max(axis=2)
        x, y = boxes.centres().T
        y = y - boxes.heights_px() / 8
        inside = np.clip(np.stack([x, y], axis=1), 1, np.array(grey.shape[::-1]) - 2).astype(int)
        trunk = np.array([grey[v - 1 : v + 2, u - 1 : u + 2].mean() for u, v in inside.tolist()])
        return boxes.kept(trunk < 120)

    return found


def test_each_look_changes_the_person_and_nothing_else(wardrobe: Wardrobe) -> None:
    scene = scene_of(np.random.default_rng(2), depression_deg=30, person_px=60, most=4, size=(480, 270))
    renderer = Renderer(scene.world, wardrobe)
    figures, tints = np.array([7, 9, 14, 22])[: len(scene.walks)], np.array([3, 8, 20, 31])[: len(scene.walks)]
    people = scene.people_at(0.0, figures, tints)
    pictures = []
    for variant in (
        AS_RENDERED, Variant(skin=0), Variant(skin=9), Variant(cover="hat"), Variant(cover="headscarf"),
        Variant(mouth_mask=True), Variant(top_print="checks"), Variant(top_print="stripes"), Variant(taller=1.1),
    ):  # fmt: skip
        wardrobe.wear(variant, renderer)
        pictures.append(renderer.frame(scene.shot, people, 1))
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)
    changed = (np.ptp(np.stack(pictures), axis=0).max(axis=2) > 0).mean()
    assert 0.001 < changed < 0.1


def test_a_darker_tone_is_darker_and_clothes_stay(wardrobe: Wardrobe) -> None:
    sprite = wardrobe.sprite_of(figure=11, phase=0, azimuth_deg=0, depression_deg=15)
    plain, parts = wardrobe.coloured(sprite, 3), wardrobe.parts(sprite)
    toned = [with_skin(plain, parts, tone) for tone in (SKIN_TONES[0], SKIN_TONES[-1])]
    changed = (toned[0] != toned[1]).any(axis=2)
    assert changed.sum() > 30
    assert not changed[parts > 0].any()
    assert toned[0][changed].mean() > toned[1][changed].mean() + 60


def test_looks_name_the_figure_and_the_clothes_asked_for(wardrobe: Wardrobe) -> None:
    figures, tints = np.arange(26).repeat(2), np.arange(52) % 48
    numbers = looks_of(figures, tints)
    assert [wardrobe.figure_of(int(number), walks=False) for number in numbers] == figures.tolist()
    assert (numbers // 1024 % 48).tolist() == tints.tolist()


def test_every_group_has_somebody_in_it(wardrobe: Wardrobe) -> None:
    for quick in (True, False):
        groups = groupings(wardrobe.figures, quick=quick)
        assert all(group.figures and group.tints for some in groups.values() for group in some)
        assert len(groups["skin"]) == (3 if quick else len(SKIN_TONES))


def test_a_gap_of_more_than_a_point_does_not_hold() -> None:
    alike = {"sex": {"female": Coverage(covered=995, heads=1000), "male": Coverage(covered=990, heads=1000)}}
    apart = {"sex": {"female": Coverage(covered=995, heads=1000), "male": Coverage(covered=980, heads=1000)}}
    blind = Finding(holds=True, evidence="", figures={})
    assert appearance._with_coverage(blind, alike).holds
    assert not appearance._with_coverage(blind, apart).holds
    gap, low, high = greatest_gap(apart["sex"])
    assert gap == pytest.approx(1.5)
    assert low < gap < high


def test_intervals_are_those_of_the_books() -> None:
    # Newcombe 1998, table II: 56 of 70 beside 48 of 80 gives 0.20 (0.0524 to 0.3339); 81 of 263 by Wilson
    assert difference((56, 70), (48, 80)) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-4)
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(20, 20)[1] == 1.0
