"""False colours of a thermal camera are told from all that a colour camera shows; nothing of them passes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision.paved import CAMERA, frame_of
from tests.vision.scene import Picture, textured
from tests.vision.test_room import AtOnce, eyes_with
from vision.boxes import Boxes
from vision.doubts import doubts_of
from vision.palette import CLEAN_NS, PALETTE, PaletteWatch, is_palette

DATA: Final = Path(os.environ.get("GROUNDSTATION_SHARED", Path(__file__).parents[3] / "shared")) / "data"
IRONBOW: Final = [
    (0, 0, 0), (36, 0, 100), (110, 0, 150), (175, 20, 140), (225, 70, 50), (250, 140, 0), (255, 205, 40),
    (255, 250, 230),
]  # fmt: skip
"""RGB from cold to warm, as such cameras show it."""
MAPS: Final = {"inferno": cv2.COLORMAP_INFERNO, "jet": cv2.COLORMAP_JET, "hot": cv2.COLORMAP_HOT}
NAMES: Final = ["ironbow", *sorted(MAPS)]
S = 10**9


def shown_in(grey: Picture, name: str) -> Picture:
    """Return a grey thermal picture as a camera with that palette sends it, through JPEG."""
    if name == "ironbow":
        at = np.linspace(0, 255, len(IRONBOW))
        table = np.stack([np.interp(np.arange(256), at, part) for part in zip(*IRONBOW, strict=True)], axis=1)
        coloured = table[grey][..., ::-1].round().astype(np.uint8)
    else:
        coloured = np.asarray(cv2.applyColorMap(grey, MAPS[name]), np.uint8)
    return coded(coloured)


def coded(picture: Picture) -> Picture:
    return np.asarray(cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], 1), np.uint8)


def warm_people(cold: int, warm: int) -> Picture:
    """Return a thermal picture: ground that is warmer here than there, and people on it."""
    row, column = np.indices((240, 320))
    grey = cold + 30 * np.sin(row / 40) * np.cos(column / 55)
    for number in range(12):
        near = (row - 20 * number) ** 2 / 8 + (column - 25 * number) ** 2 / 3 < 12
        grey = np.where(near, warm, grey)
    soft = cv2.GaussianBlur(grey.clip(0, 255).astype(np.uint8), (0, 0), 1.0)
    return np.asarray(soft, np.uint8)


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=15)
@given(cold=st.integers(115, 150), more=st.integers(60, 105))
def test_each_palette_is_told_whatever_the_warmth(name: str, cold: int, more: int) -> None:
    """Colder ground is one red in `hot`, which a red lamp shows as well: that one is not told there."""
    assert is_palette(shown_in(warm_people(cold, min(cold + more, 255)), name))


@settings(deadline=None, max_examples=40)
@given(cold=st.integers(0, 255), warm=st.integers(0, 255), light=st.tuples(*[st.floats(0.02, 1)] * 3))
def test_a_picture_in_the_light_of_one_lamp_is_none_however_coloured(
    cold: int, warm: int, light: tuple[float, float, float]
) -> None:
    lit = np.repeat(warm_people(cold, warm)[..., None], 3, axis=2) * np.array(light)
    assert not is_palette(coded(lit.astype(np.uint8)))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(*[st.integers(0, 255)] * 3), min_size=8, max_size=40), st.integers(0, 2**31))
def test_a_scene_whose_things_have_colours_of_their_own_is_none(colours: list[tuple[int, int, int]], seed: int) -> None:
    """Each thing with its own shading, as in daylight; grey, white and black are among them."""
    chosen = np.array([*colours, (128, 128, 128), (200, 200, 200), (60, 60, 60)])
    rng = np.random.default_rng(seed)
    things = np.kron(rng.integers(0, len(chosen), (12, 16)), np.ones((20, 20), np.int64))
    things[::3] = len(chosen) - 2
    assert not is_palette(coded((chosen[things] * rng.uniform(0.5, 1, (240, 320, 1))).astype(np.uint8)))


@pytest.mark.parametrize("grey", [warm_people(90, 220), 255 - warm_people(90, 220), textured(240, 320)])
def test_grey_pictures_white_hot_and_black_hot_are_none(grey: Picture) -> None:
    assert not is_palette(coded(np.repeat(grey[..., None], 3, axis=2)))


def test_it_is_told_at_the_second_sign_and_forgiven_long_after_the_last() -> None:
    watch, palette, scene = PaletteWatch(), shown_in(warm_people(110, 220), "ironbow"), np.full((240, 320, 3), 120)
    grey = scene.astype(np.uint8)
    told = [watch.doubt(frame_of(CAMERA, palette, later_s=s)) for s in (0.0, 0.1, 0.6)]
    assert told == ["", "", PALETTE]
    luma = [watch.doubt(frame_of(CAMERA, grey[..., 0], later_s=s)) for s in (1.0, 30.0)]
    assert luma == [PALETTE, PALETTE]  # luma says nothing new
    gone = [watch.doubt(frame_of(CAMERA, grey, later_s=s)) for s in (5.0, 0.5 + CLEAN_NS / S, 0.7 + CLEAN_NS / S)]
    assert gone == [PALETTE, PALETTE, ""]


def test_a_flash_is_none() -> None:
    watch, palette = PaletteWatch(), shown_in(warm_people(110, 220), "jet")
    grey = np.full((240, 320, 3), 120, np.uint8)
    assert [watch.doubt(frame_of(CAMERA, grey if s % 2 else palette, later_s=float(s))) for s in range(8)] == [""] * 8


def test_neither_picture_nor_count_passes() -> None:
    checks = doubts_of(eyes_with(Boxes.none()), AtOnce(), stands=True, waits=False)
    palette = shown_in(warm_people(110, 220), "ironbow")
    frames = [frame_of(CAMERA, palette, later_s=float(s)) for s in range(3)]
    assert [checks.of_frame(one) for one in frames] == ["", PALETTE, PALETTE]
    assert checks.of_count(frames[-1]) == PALETTE


# real pictures


def thermal_pictures() -> list[Path]:
    found = sorted((DATA / "hit_uav_thermal" / "images").glob("*.jpg"))[::10]
    return found or pytest.skip("needs the thermal pictures of the shared data")


@pytest.mark.parametrize("name", NAMES)
def test_thermal_pictures_of_drones_are_told_in_each_palette_and_none_in_grey(name: str) -> None:
    greys = [np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE), np.uint8) for path in thermal_pictures()]
    assert all(is_palette(shown_in(grey, name)) for grey in greys)
    assert not any(is_palette(np.repeat(grey[..., None], 3, axis=2)) for grey in greys)


@pytest.mark.parametrize("name", ["opencv_videos/vtest.avi", "intel_sample_videos/one-by-one-person-detection.mp4"])
def test_ordinary_video_is_never_taken_for_one(name: str) -> None:
    if not (DATA / name).is_file():
        pytest.skip(f"needs {DATA / name}")
    video = cv2.VideoCapture(str(DATA / name))
    told = []
    for _ in range(12):
        there, picture = video.read()
        assert there
        told.append(is_palette(np.asarray(picture, np.uint8)))
        for _ in range(30):
            video.grab()
    assert not any(told)
