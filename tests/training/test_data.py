from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.training.drawn import folder_of
from training.crops import Crop
from training.data import Batch, Sampler, Source, batches
from training.errors import TrainingError
from training.looks import another_look, patched
from training.pictures import pictures_of

PARTS = ("pictures", "heat", "counts", "sides", "side_weight")


@pytest.fixture
def sampler(tmp_path: Path) -> Sampler:
    colour = folder_of(tmp_path / "a", ["0.jpg", "1.jpg"], [(20, 30, 24, 40), (120, 90, 30, 30)], pitch_deg=-80)
    thermal = folder_of(tmp_path / "b", ["0.jpg"], [(20, 30, 24, 40)], night=1)
    sources = [Source(pictures_of(colour), 2.0), Source(pictures_of(thermal), 1.0)]
    return Sampler(sources=sources, seed=5, batch=6, sides_px=(64, 96))


def same(one: Batch, other: Batch) -> bool:
    return all(np.array_equal(getattr(one, part), getattr(other, part)) for part in PARTS)


def test_a_batch_is_known_by_its_step(sampler: Sampler) -> None:
    ahead = batches(sampler, 3)
    third, fourth = next(ahead), next(ahead)
    ahead.close()
    assert same(third, sampler.batch_of(3))
    assert same(fourth, sampler.batch_of(4))
    assert not same(third, fourth)


def test_batches_have_the_shapes_that_they_say(sampler: Sampler) -> None:
    sides = set()
    for step in range(8):
        batch = sampler.batch_of(step)
        many, side = batch.pictures.shape[:2]
        sides.add(side)
        assert many == sampler.many(side)
        assert batch.pictures.shape == (many, side, side, 3)
        assert batch.heat.shape == batch.counts.shape == batch.side_weight.shape == (many, side // 4, side // 4)
        assert batch.sides.shape == (many, 4, side // 4, side // 4)
        assert 0 <= batch.heat.min() <= batch.heat.max() <= 1
    assert sides == {64, 96}


def test_people_are_in_most_samples(sampler: Sampler) -> None:
    shown = [bool(len(sampler.crop_of(1, place, 96).people)) for place in range(60)]
    assert sum(shown) > 30


def test_every_look_keeps_the_shape() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3)).astype(np.uint8)
    for seed in range(120):
        seen = another_look(picture, np.random.default_rng(seed), is_thermal=seed % 2 == 0)
        assert (seen.shape, seen.dtype) == (picture.shape, picture.dtype)


def test_both_polarities_of_thermal_are_shown() -> None:
    ramp = np.repeat(np.linspace(60, 200, 64).astype(np.uint8)[:, None, None], 64, 1).repeat(3, 2)
    rising = {
        bool(another_look(ramp, np.random.default_rng(seed), is_thermal=True)[-8:].mean() > 128) for seed in range(30)
    }
    assert rising == {True, False}


def test_who_is_under_a_patch_is_no_longer_sought() -> None:
    people = np.array([[30, 30, 34, 34]], np.float32)
    crop = Crop(np.zeros((64, 64, 3), np.uint8), people, np.zeros((0, 4), np.float32))
    for seed in range(400):
        after = patched(crop, np.random.default_rng(seed))
        assert len(after.people) + len(after.unsure) == 1
        if len(after.unsure):
            return
    pytest.fail("no patch ever covered the person")


def test_a_file_that_is_no_picture_is_named(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "a", ["0.jpg"], [(20, 30, 24, 40)])
    (folder / "images" / "0.jpg").write_bytes(b"no picture")
    with pytest.raises(TrainingError, match=r"0\.jpg"):
        _ = Source(pictures_of(folder)).sizes


def test_a_batch_falls_into_parts_that_are_the_whole(sampler: Sampler) -> None:
    batch = sampler.batch_of(2)
    for many in (1, 2, 4, 99):
        parts = batch.parts(many)
        assert len(parts) == min(many, len(batch.pictures))
        assert all(len(part.pictures) for part in parts)
        for name in PARTS:
            assert np.array_equal(np.concatenate([getattr(part, name) for part in parts]), getattr(batch, name))
