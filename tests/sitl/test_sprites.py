import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from sitl.picture.sprite_set import STANDING, STRIDE_PHASES, SpriteSet, phase_of
from sitl.picture.tints import BOTTOM_GREY, RENDERED_GREY, TINTS, TOP_GREY, tinted
from sitl.world.errors import WorldError

SITL = Path(__file__).parents[2] / "sitl"
MAX_SPRITE_BYTES = 6_000_000
MAX_GROUND_BYTES = 3_000_000


@pytest.mark.parametrize("folder", ["sprites", "grounds"])
def test_every_picture_is_named_with_its_licence(folder: str) -> None:
    manifest = (SITL / folder / "LICENCES.md").read_text()
    pictures = [path for path in (SITL / folder).iterdir() if path.suffix in {".webp", ".png", ".jpg"}]
    assert pictures
    assert {path.name for path in pictures} <= set(re.findall(r"`([^`]+)`", manifest))
    assert re.search(r"CC0|BSD-2-Clause", manifest)


def test_the_pictures_stay_small() -> None:
    sizes = {name: sum(path.stat().st_size for path in (SITL / name).iterdir()) for name in ("sprites", "grounds")}
    assert sizes["sprites"] <= MAX_SPRITE_BYTES
    assert sizes["grounds"] <= MAX_GROUND_BYTES


def test_every_figure_is_there_from_every_side(sprites: SpriteSet) -> None:
    assert len(sprites.figures) >= 24
    assert len(sprites.walkers) >= 8
    for figure in range(len(sprites.figures)):
        for phase in range(1 + STRIDE_PHASES if figure in sprites.walkers else 1):
            for azimuth_deg in range(0, 360, 45):
                for depression_deg in (15, 30, 45, 60, 75, 90):
                    seen = {"azimuth_deg": azimuth_deg, "depression_deg": depression_deg}
                    sprite = sprites.sprite_of(figure=figure, phase=phase, **seen)
                    assert sprite.depression_deg == depression_deg


def test_a_sprite_shows_one_body_on_its_anchor(sprites: SpriteSet) -> None:
    for figure in range(len(sprites.figures)):
        sprite = sprites.sprite_of(figure=figure, phase=STANDING, azimuth_deg=90, depression_deg=45)
        pixels = sprites.pixels(sprite, 0)
        solid = pixels[..., 3] > 127
        assert 0.15 < solid.mean() < 0.8
        count, _, stats, _ = cv2.connectedComponentsWithStats(solid.astype("uint8"))
        assert stats[1:, cv2.CC_STAT_AREA].max() > 0.97 * solid.sum()
        assert count <= 6
        assert (pixels[..., :3].max(axis=2) <= pixels[..., 3]).all(), "alpha is premultiplied"
        assert 0.25 * sprite.width_px < sprite.anchor_x_px < 0.75 * sprite.width_px
        assert 0.7 * sprite.height_px < sprite.anchor_y_px < sprite.height_px


@pytest.mark.parametrize(("azimuth_deg", "nearest"), [(-20, 0), (22, 0), (23, 45), (359, 0), (340, 0), (181, 180)])
def test_the_nearest_side_is_taken(sprites: SpriteSet, azimuth_deg: float, nearest: int) -> None:
    seen = sprites.sprite_of(figure=0, phase=0, azimuth_deg=azimuth_deg, depression_deg=38.0)
    assert seen == sprites.sprite_of(figure=0, phase=0, azimuth_deg=nearest, depression_deg=45)


def test_a_person_from_straight_above_is_short_and_from_the_side_tall(sprites: SpriteSet) -> None:
    for figure, known in enumerate(sprites.figures):
        side = sprites.sprite_of(figure=figure, phase=0, azimuth_deg=0, depression_deg=15)
        above = sprites.sprite_of(figure=figure, phase=0, azimuth_deg=0, depression_deg=90)
        assert side.height_px * sprites.metres_per_px == pytest.approx(known.height_m, abs=0.35)
        assert above.height_px < 0.7 * side.height_px


def test_tints_change_clothes_and_leave_skin_hair_and_shape(sprites: SpriteSet) -> None:
    for figure in range(len(sprites.figures)):
        sprite = sprites.sprite_of(figure=figure, phase=0, azimuth_deg=0, depression_deg=30)
        grey, first, second = (sprites.straight(sprite), *(sprites.coloured(sprite, tint) for tint in (0, 2)))
        assert (first[..., 3] == grey[..., 3]).all()
        assert (second[..., 3] == grey[..., 3]).all()
        changed = (first[..., :3] != grey[..., :3]).any(axis=2) & (grey[..., 3] > 127)
        body = grey[..., 3] > 127
        assert 0.3 < changed.sum() / body.sum() < 0.97, "clothes cover much of a body, never its face and hands"
        rows = np.flatnonzero(body.any(axis=1))
        head = slice(rows[0], rows[0] + len(rows) // 12)
        assert (first[head] == second[head]).mean() > 0.9, "hair and face stay"


def test_grey_clothes_take_exactly_the_colour_asked_for() -> None:
    parts = np.array([[TOP_GREY, BOTTOM_GREY, 0]], np.uint8)
    for number, tint in enumerate(TINTS):
        level = round(255 * srgb_from_linear(RENDERED_GREY))
        worn = tinted(np.full((1, 3, 4), (level, level, level, 200), np.uint8), parts, number)[0].astype(int)
        for pixel, colour in ((worn[0], tint.top), (worn[1], tint.bottom)):
            assert pixel[:3].tolist() == pytest.approx([255 * srgb_from_linear(light) for light in colour[::-1]], abs=2)
        assert worn[2].tolist() == [level, level, level, 200]
        assert (worn[:, 3] == 200).all()


def test_people_wear_dark_clothes_mostly_and_few_pairs_twice() -> None:
    tops = np.array([np.mean(tint.top) for tint in TINTS])
    assert 0.4 < (tops < 0.07).mean() < 0.75
    assert 0.05 < (tops > 0.35).mean() < 0.25
    assert len(set(TINTS)) > 0.9 * len(TINTS)


def srgb_from_linear(light: float) -> float:
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def test_a_stride_goes_through_all_phases() -> None:
    seen = [phase_of(walked_m=0.1 * step, speed_m_s=1.2) for step in range(15)]
    assert set(seen) == set(range(1, 1 + STRIDE_PHASES))
    assert phase_of(walked_m=0.7, speed_m_s=0.1) == STANDING


def test_a_folder_without_sprites_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"has no sprites\.json that can be read"):
        SpriteSet(tmp_path)
    index = json.loads((SITL / "sprites" / "sprites.json").read_text())
    (tmp_path / "sprites.json").write_text(json.dumps(index))
    with pytest.raises(WorldError, match=r"people_0\.webp: cannot be read as a picture"):
        SpriteSet(tmp_path)


def test_the_head_is_where_a_standing_body_is_highest(sprites: SpriteSet) -> None:
    for azimuth_deg in range(0, 360, 45):
        beside_px = []
        for figure in range(len(sprites.figures)):
            sprite = sprites.sprite_of(figure=figure, phase=0, azimuth_deg=azimuth_deg, depression_deg=15)
            solid = sprites.straight(sprite)[..., 3] > 127
            top = np.flatnonzero(solid.any(axis=1))[:14]
            beside_px.append(np.nonzero(solid[top])[1].mean() - sprites.head_px(sprite)[0])
        assert abs(np.mean(beside_px)) < 1.5, azimuth_deg


def test_the_set_has_men_and_women_children_and_old_people(sprites: SpriteSet) -> None:
    assert {(one.sex, one.age) for one in sprites.figures} >= {
        ("female", "adult"), ("male", "adult"), ("female", "child"), ("female", "old"), ("male", "old"),
    }  # fmt: skip
    assert all((one.age == "child") == (one.height_m < 1.4) for one in sprites.figures)
