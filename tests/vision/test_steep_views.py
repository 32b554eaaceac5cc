"""The detector for steep views in the room: it adds masks and counts, takes none away, and may be missing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flightlink.mission import RedactionLevel
from maps.cells import CellCounts
from tests.vision.clips import pictures, written
from tests.vision.scene import REFUSAL, UTC_NS, boxes, capped, frame_of, lens, pose, textured
from tests.vision.steep import ABOVE, BLIND, BOTH, Remembers, above_finding, use
from tests.vision.test_models_own import own_card
from tests.vision.test_worker import CAMERA, order, worked
from vision import room
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.counter import Counter
from vision.eyes import Eyes
from vision.masks import mask_for
from vision.models.card import ModelCard, model_cards
from vision.models.store import models_dir, sha256_of, verified_bytes
from vision.networks import LEAST_COUNTED_RECALL, STREET_ONLY, Networks
from vision.observed import also_observed, least_px_per_m, recall_of, steepest_observed_deg
from vision.plan import LOOK_BUDGET_PX, count_passes
from vision.room import ABOVE_CHANGED, ABOVE_MISSING, above_from_models, eyes_from_models
from vision.tally import Tally

DOWN = pose(pitch_deg=-90.0, alt_m=30.0, intrinsics=lens(focal_px=500.0))
A, B = (60.0, 60.0, 72.0, 72.0), (240.0, 150.0, 252.0, 162.0)


def eyes(
    street: Boxes, above: Boxes | None, *, level: RedactionLevel = RedactionLevel.STRICT
) -> tuple[Eyes, Remembers, Remembers]:
    person, face = Remembers(street), Remembers(Boxes.none())
    second, detector = above_finding(Boxes.none() if above is None else above)
    either: Any = person
    none: Any = face
    return Eyes(either, none, level=level, above=None if above is None else second), person, detector


# masks


@pytest.mark.parametrize("level", list(RedactionLevel))
@pytest.mark.parametrize(
    "frame", [frame_of(DOWN, colour=True), frame_of(pose(alt_m=8.0), colour=True)], ids=["down", "oblique"]
)
def test_the_second_network_only_ever_adds_masks(level: RedactionLevel, frame: CappedFrame) -> None:
    alone, _, _ = eyes(boxes(A), None, level=level)
    both, _, _ = eyes(boxes(A), boxes(A, B), level=level)
    one, two = (mask_for(frame, [each.look(frame).look]) > 0 for each in (alone, both))
    assert one.any()
    assert (two | ~one).all()
    assert two[156, 246]
    assert not one[156, 246]


def test_a_whole_person_is_masked_where_only_the_steep_network_found_one() -> None:
    unposed = capped(textured(240, 320), REFUSAL, without_pose=True)
    tall = (100.0, 50.0, 130.0, 150.0)
    floor, _, _ = eyes(Boxes.none(), boxes(tall), level=RedactionLevel.FLOOR)
    np.testing.assert_array_equal(floor.look(unposed).look.boxes.xyxy[0], tall)
    heads, _, _ = eyes(boxes(tall), Boxes.none(), level=RedactionLevel.FLOOR)
    assert heads.look(unposed).look.boxes.xyxy[0][3] < 100


def test_a_look_of_both_keeps_to_the_budget_of_one() -> None:
    large = frame_of(pose(pitch_deg=-55.0, alt_m=60.0, intrinsics=lens(1280, 720, 1000.0)))
    looking, person, above = eyes(Boxes.none(), Boxes.none())
    looking.look(large)
    looking.look(replace(large, utc_ns=UTC_NS + 1))  # the first one also probed
    probe = person.asked.pop(1)
    assert probe[0] == pytest.approx(person.asked[0][0] / 4)
    assert person.input_px / 2 + above.input_px / 2 <= LOOK_BUDGET_PX * 1.02
    assert above.input_px > person.input_px * 0.8


@pytest.mark.parametrize(
    ("pitch_deg", "by_above"), [(-15.0, False), (-85.0, True)], ids=["from the side", "from above"]
)
def test_the_network_made_for_an_angle_says_there_whether_the_pose_lies(pitch_deg: float, by_above: bool) -> None:
    giants = boxes(*[(100.0, 100.0 + k, 140.0, 220.0 + k) for k in range(9)])
    frame = frame_of(pose(pitch_deg=pitch_deg, alt_m=25.0))
    for street, above, is_told in ((giants, Boxes.none(), not by_above), (Boxes.none(), giants, by_above)):
        looking, _, _ = eyes(street, above)
        looking.look(frame)
        looking.people(frame)
        assert any(sizes.too_large > 0 for sizes in looking.sizes.around(UTC_NS)) == is_told


def test_alone_the_street_level_network_says_it_at_every_angle() -> None:
    looking, _, _ = eyes(boxes(*[(10.0 + 50 * k, 60.0, 50.0 + 50 * k, 180.0) for k in range(6)]), None)
    looking.look(frame_of(DOWN))
    assert looking.sizes.around(UTC_NS)[0].too_large == 6


# counts


def counted(networks: Networks, camera: Any, found: Boxes) -> CellCounts | None:
    return Counter("north", epsg=2154, mission=None, networks=networks).counts(frame_of(camera), found)


def test_from_straight_above_ground_is_observed_by_the_network_for_it_and_by_no_other() -> None:
    alone, both = (counted(networks, DOWN, boxes(A)) for networks in (STREET_ONLY, BOTH))
    assert alone is not None
    assert both is not None
    assert alone.cells == ()
    assert sum(cell.found for cell in both.cells) == 1
    assert sum(cell.observed_share for cell in both.cells) > 1


def test_a_network_that_finds_too_few_observes_nothing_from_above() -> None:
    found = counted(Networks(above=BLIND), DOWN, boxes(A))
    assert found is not None
    assert found.cells == ()


def test_too_high_for_its_sizes_nothing_is_observed() -> None:
    high = replace(DOWN, alt_m=115.0, intrinsics=lens(96, 72, 300.0))
    found = counted(BOTH, high, boxes(A))
    assert found is not None
    assert found.cells == ()


def test_in_an_oblique_view_the_steep_foreground_is_added_and_nothing_lost() -> None:
    camera = pose(pitch_deg=-50.0)
    alone, both = (counted(networks, camera, Boxes.none()) for networks in (STREET_ONLY, BOTH))
    assert alone is not None
    assert both is not None
    shares = {cell.cell: cell.observed_share for cell in both.cells}
    assert all(shares[cell.cell] >= cell.observed_share for cell in alone.cells)
    assert sum(shares.values()) > sum(cell.observed_share for cell in alone.cells)


def test_where_many_are_found_each_stands_for_those_who_were_not_and_the_variance_says_so() -> None:
    crowd = boxes(*[(100.0 + 9 * k, 100.0 + 9 * j, 109.0 + 9 * k, 109.0 + 9 * j) for k in range(5) for j in range(5)])
    found = counted(BOTH, DOWN, crowd)
    assert found is not None
    full = max(found.cells, key=lambda cell: cell.found)
    table = ABOVE.recall.recalls
    assert 0.95 * full.found / max(table[-1]) <= full.people <= full.found / min(table[-1]) + 1
    assert full.variance > 0.2 * full.found


def test_a_crowd_denser_than_was_measured_is_a_lower_bound() -> None:
    crowd = boxes(*[(150.0 + k, 110.0 + j, 158.0 + k, 118.0 + j) for k in range(15) for j in range(15)])
    found = counted(BOTH, DOWN, crowd)
    assert found is not None
    assert any(cell.saturated for cell in found.cells)


def test_each_place_has_the_recall_of_the_network_that_sees_more_there() -> None:
    frame = frame_of(pose(pitch_deg=-52.0, alt_m=30.0))
    assert frame.pose is not None
    passes = count_passes(frame, BOTH)
    north_m = np.array([30.0 / np.tan(np.radians(degrees)) for degrees in (40.0, 50.0, 80.0)])
    recalls = recall_of(passes, frame.pose, np.zeros(3), north_m)
    street, above = (recall_of([each], frame.pose, np.zeros(3), north_m) for each in passes)
    assert recalls[0] == max(street[0], above[0])
    assert recalls[1] == max(street[1], above[1])
    assert recalls[2] == above[2] > street[2] == 0
    assert steepest_observed_deg(passes) == 60


def test_what_the_steep_network_observes_follows_its_table() -> None:
    passes = count_passes(frame_of(DOWN), BOTH)
    assert least_px_per_m(passes) == float("inf")
    assert steepest_observed_deg(passes) == 0
    findable = also_observed(passes)
    assert findable is not None
    scale = passes[0].scales[0]
    px_per_m = np.array([7.0, 11.5, 12.5, 24.0]) / (0.5 * scale)
    assert findable.where(np.full(4, 90.0), px_per_m).tolist() == [False, False, True, True]
    assert findable.least_px_per_m < px_per_m[0]
    assert also_observed(count_passes(frame_of(), STREET_ONLY)) is None
    assert ABOVE.least_person_px == 12
    assert ABOVE.recall.at(np.array([90.0]), np.array([12.0]))[0] == LEAST_COUNTED_RECALL


# the file


def listed(monkeypatch: pytest.MonkeyPatch, card: ModelCard | None) -> None:
    cards = {key: each for key, each in model_cards().items() if key != "above"}
    monkeypatch.setattr(room, "model_cards", lambda: cards if card is None else {**cards, "above": card})


@pytest.fixture
def stand_in(weights: None, tmp_path: Path) -> tuple[Path, ModelCard]:
    """A folder of weights in which a copy of the street-level network stands for the one for steep views."""
    data = verified_bytes("person", models_dir())
    card = own_card(tmp_path, data)
    for key in ("person", "face"):
        shutil.copyfile(models_dir() / f"{key}.onnx", tmp_path / f"{key}.onnx")
    return tmp_path, card


@pytest.mark.model
def test_a_network_that_is_listed_and_there_looks(
    stand_in: tuple[Path, ModelCard], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, card = stand_in
    listed(monkeypatch, card)
    loaded = eyes_from_models(folder, level=RedactionLevel.STRICT, threads=1)
    assert loaded.networks.missing == ""
    assert loaded.networks.counting_above is not None
    frame = frame_of(DOWN)
    assert len(count_passes(frame, loaded.networks)) == 1
    loaded.look_and_count(frame)


@pytest.mark.model
def test_where_none_is_listed_nothing_is_missing(
    stand_in: tuple[Path, ModelCard], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, _ = stand_in
    listed(monkeypatch, None)
    loaded = eyes_from_models(folder, level=RedactionLevel.STRICT, threads=1)
    assert (loaded.networks.above, loaded.networks.missing) == (None, "")


def deleted(path: Path) -> None:
    path.unlink()


def folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


def flipped(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


@pytest.mark.model
@pytest.mark.parametrize(
    ("harm", "word"), [(deleted, ABOVE_MISSING), (folder_instead, ABOVE_MISSING), (flipped, ABOVE_CHANGED)]
)
def test_a_missing_or_harmed_network_leaves_all_to_the_other_one_and_health_says_so(
    harm: Callable[[Path], None], word: str, stand_in: tuple[Path, ModelCard], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, card = stand_in
    listed(monkeypatch, card)
    harm(folder / card.file)
    loaded = eyes_from_models(folder, level=RedactionLevel.STRICT, threads=1)
    assert (loaded.networks.above, loaded.networks.missing) == (None, word)
    health = Tally(cap_px_per_m=None, detector_missing_because=loaded.networks.missing).health(UTC_NS, 0)
    assert health.detector_missing_because == word


def test_a_listed_file_that_is_no_network_leaves_all_to_the_other_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(monkeypatch, replace(own_card(tmp_path, b"junk"), sha256=sha256_of(b"junk"), use=use()))
    assert above_from_models(tmp_path, threads=1) == (None, ABOVE_CHANGED)


def test_a_network_of_which_nobody_says_how_it_is_used_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(monkeypatch, replace(own_card(tmp_path, b"junk"), use=None))
    assert above_from_models(tmp_path, threads=1) == (None, ABOVE_CHANGED)


@pytest.mark.model
@pytest.mark.parametrize(
    ("harm", "word"), [(None, ""), (deleted, ABOVE_MISSING), (folder_instead, ABOVE_MISSING), (flipped, ABOVE_CHANGED)]
)
def test_a_worker_without_its_network_for_steep_views_works_on_and_says_so(
    harm: Callable[[Path], None] | None, word: str, weights: None, tmp_path: Path
) -> None:
    card = model_cards().get("above")
    if card is None:
        pytest.skip("the manifest lists no network for steep views")
    shutil.copytree(models_dir(), tmp_path / "models")
    if harm is not None:
        harm(tmp_path / "models" / card.file)
    clip = written(tmp_path / "clip.mp4", pictures(12))
    found = worked(order(clip, fixed_pose=CAMERA, models_dir=str(tmp_path / "models")))
    assert found.status == 0
    assert found.health.frames_out > 0
    assert found.health.detector_missing_because == word
