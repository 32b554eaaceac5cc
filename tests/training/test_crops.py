from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.crops import Window, areas, cut, moved, sorted_out, window_for
from training.pictures import Labelled

CORNERS = st.tuples(st.integers(0, 150), st.integers(0, 100), st.integers(20, 90), st.integers(20, 90))


def labelled(people: list[list[float]], depression_deg: float | None) -> Labelled:
    corners = np.array(people, np.float32).reshape(-1, 4)
    nobody = np.zeros((0, 4), np.float32)
    return Labelled(path=Path("a.jpg"), people=corners, unsure=nobody, depression_deg=depression_deg, light="day")


@given(
    box=CORNERS,
    left=st.floats(-40, 120), top=st.floats(-40, 80), width=st.floats(40, 300), stretch=st.floats(0.8, 1.25),
    turns=st.integers(0, 3), is_mirrored=st.booleans(), reduced=st.sampled_from([1, 2]),
)  # fmt: skip
def test_boxes_move_with_the_picture(
    box: tuple[int, int, int, int], *, left: float, top: float, width: float, stretch: float, turns: int,
    is_mirrored: bool, reduced: int,
) -> None:  # fmt: skip
    # what is bright in the crop is the moved box, whatever was done to the picture
    x, y, w, h = (2 * (one // 2) for one in box)
    picture = np.zeros((220, 260, 3), np.uint8)
    picture[y : y + h, x : x + w] = 255
    small = picture[::reduced, ::reduced]
    window = Window(
        left=left, top=top, width=width, height=width * stretch, side_px=128, turns=turns, is_mirrored=is_mirrored
    )
    seen = cut(small, window, reduced, fill=0)
    assert seen.shape == (128, 128, 3)
    wanted = moved(np.array([[x, y, x + w, y + h]], np.float32), window)[0]
    inside = np.clip(wanted, 0, 128)
    rows, columns = np.nonzero(seen[..., 0] > 127)
    if areas(inside[None])[0] < 30 or (inside[2:] - inside[:2]).min() < 6:
        return
    found = np.array([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
    assert np.abs(found - inside).max() <= 1.5 + 128 / width


@given(seed=st.integers(0, 10_000), longest=st.floats(4, 200))
def test_a_person_looked_at_has_a_size_that_the_network_knows(seed: int, longest: float) -> None:
    one = labelled([[300, 200, 300 + longest / 2, 200 + longest]], 45)
    window = window_for(one, (1280, 720), 320, np.random.default_rng(seed))
    crop = moved(one.people, window)
    if crop.min() >= 0 and crop.max() <= 320:
        assert 3 <= (crop[0, 2:] - crop[0, :2]).max() <= 112 * 1.2 or longest * 2 > 112


def test_only_what_is_seen_from_above_is_turned() -> None:
    def turns(depression_deg: float | None) -> set[int]:
        one = labelled([[300, 200, 320, 240]], depression_deg)
        return {window_for(one, (1280, 720), 320, np.random.default_rng(seed)).turns for seed in range(60)}

    assert turns(40.0) == turns(None) == {0}
    assert turns(75.0) == {0, 1, 2, 3}


def test_who_is_cut_off_or_tiny_is_unsure() -> None:
    people = np.array([[10, 10, 30, 50], [-50, 0, 10, 40], [60, 60, 64, 64], [200, 0, 240, 40]], np.float32)
    found, unsure = sorted_out(people, np.array([[90, 90, 140, 140]], np.float32), 128)
    assert found.tolist() == [[10, 10, 30, 50]]
    assert unsure.tolist() == [[0, 0, 10, 40], [60, 60, 64, 64], [90, 90, 128, 128]]
