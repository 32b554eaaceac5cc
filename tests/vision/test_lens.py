"""A known camera films a board; the lens that is found is that camera's."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from flightlink.pose import Intrinsics
from groundstation.commands.calibration.printing import MARKER_FAMILY, black_squares, marker_squares
from tests.vision.boards import CAMERA, SQUARE_PX, Grey, Studio, pattern
from vision.lens.charuco import marker_dots
from vision.lens.chessboard import find_chessboard, size_of_chessboard
from vision.lens.choice import chosen
from vision.lens.film import Film, lens_figures, sharpest
from vision.lens.search import Asked, Search, sharpness
from vision.lens.solve import Lens, LensError, lens_from_views
from vision.lens.verdict import advice, folds_over, hfov_deg, refuse_too_few, refuse_unfit, unreached
from vision.lens.views import View, homography_from_points, image_from_board

SIZE = {"width_px": CAMERA.width_px, "height_px": CAMERA.height_px}
CHESSBOARD = pattern(list(black_squares(10, 7)), 10, 7)


def charuco_sheet(columns: int, rows: int) -> Grey:
    dots = marker_dots(MARKER_FAMILY, columns * rows // 2)
    return pattern([*black_squares(columns, rows), *marker_squares(columns, dots)], columns, rows)


def searched(sheet: Grey, count: int, *, asked: Asked | None = None, reach: float = 1.0) -> Search:
    search = Search(asked or Asked())
    for picture in Studio().films(sheet, count, reach=reach):
        search.look(picture)
    return search


def recovered(lens: Lens, *, focal: float = 0.005, centre_px: float = 3.0) -> bool:
    found, true = lens.intrinsics, CAMERA
    return (
        abs(found.fx_px / true.fx_px - 1) < focal
        and abs(found.fy_px / true.fy_px - 1) < focal
        and abs(found.cx_px - true.cx_px) < centre_px
        and abs(found.cy_px - true.cy_px) < centre_px
    )


@pytest.fixture(scope="module")
def chessboard() -> Search:
    return searched(CHESSBOARD, 15)


@pytest.fixture(scope="module")
def lens(chessboard: Search) -> Lens:
    return lens_from_views(chessboard.views(), **SIZE)


def test_a_chessboard_of_unknown_size_tells_the_lens(chessboard: Search, lens: Lens) -> None:
    assert len(chessboard.views()) >= 12
    assert {len(view.image) for view in chessboard.views()} == {54}
    refuse_unfit(lens)
    assert recovered(lens)
    assert lens.error_px < 0.2
    assert advice(lens) == []


def test_the_stated_errors_are_of_the_size_of_the_true_ones(lens: Lens) -> None:
    found, true = lens.intrinsics, CAMERA
    misses = [getattr(found, name) - getattr(true, name) for name in ("fx_px", "fy_px", "cx_px", "cy_px")]
    assert all(abs(miss) < 5 * sigma for miss, sigma in zip(misses, lens.sigma_px, strict=True))
    assert max(lens.sigma_px) < 1.5


def test_the_distortion_bends_the_corners_as_the_true_one_does(lens: Lens) -> None:
    true = CAMERA.distortion
    assert lens.intrinsics.distortion[0] == pytest.approx(true[0], abs=0.01)
    assert hfov_deg(lens) == pytest.approx(hfov_deg(replace(lens, intrinsics=CAMERA)), abs=0.1)


def test_a_board_without_a_white_border_is_found_the_older_way() -> None:
    margin = round(0.8 * SQUARE_PX)
    sheet = CHESSBOARD.copy()
    for edge in (np.s_[:margin], np.s_[-margin:], np.s_[:, :margin], np.s_[:, -margin:]):
        sheet[edge] = 60
    search = searched(sheet, 3, asked=Asked(board=(9, 6)))
    assert len(search.views()) >= 2


def test_a_row_too_many_now_and_then_does_not_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = iter([(9, 7), None, (9, 6), (7, 5), (9, 6), (9, 6), (9, 6)])
    monkeypatch.setattr("vision.lens.search.size_of_chessboard", lambda _: next(sizes))
    search = searched(CHESSBOARD, 7)
    assert search.board == "chessboard with 9 x 6 inner corners"
    assert len(search.views()) >= 5  # those that voted wrongly are looked at again


def test_few_votes_decide_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = iter([(9, 6), (9, 7)])
    monkeypatch.setattr("vision.lens.search.size_of_chessboard", lambda _: next(sizes))
    search = searched(CHESSBOARD, 2)
    assert search.board == "chessboard"
    assert search.views() == []  # a tie goes to the larger board, which is not there
    assert search.board == "chessboard with 9 x 7 inner corners"


def test_corners_that_lie_on_no_flat_board_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    assert size_of_chessboard(np.full((120, 160), 120, np.uint8)) is None
    rng = np.random.default_rng(1)
    scattered = rng.uniform(0, 100, (54, 1, 2)).astype(np.float32)
    monkeypatch.setattr("cv2.findChessboardCornersSB", lambda *_: (True, scattered))
    assert find_chessboard(np.full((120, 160), 120, np.uint8), (9, 6)) is None


def test_a_charuco_board_shows_by_itself_which_it_is_and_tells_the_lens() -> None:
    search = searched(charuco_sheet(8, 6), 15)
    assert search.board == "ChArUco board with 4x4 markers, 8 squares in a row"
    found = lens_from_views(search.views(), **SIZE)
    refuse_unfit(found)
    assert recovered(found)


def test_a_board_of_another_size_than_asked_is_no_board() -> None:
    search = searched(CHESSBOARD, 2, asked=Asked(board=(7, 5)))
    assert search.views() == []


def test_a_chessboard_is_no_charuco_board() -> None:
    assert searched(CHESSBOARD, 2, asked=Asked(charuco=(10, 7))).views() == []


def test_without_a_board_one_line_says_what_to_film() -> None:
    search = Search(Asked())
    rng = np.random.default_rng(1)
    for _ in range(3):
        search.look(np.asarray(cv2.GaussianBlur(rng.integers(0, 255, (120, 160), np.uint8), (0, 0), 4), np.uint8))
    with pytest.raises(LensError, match="no board in any of 3 pictures; film a flat chessboard"):
        refuse_too_few(search.views(), looked=search.looked)


def test_few_views_are_refused(chessboard: Search) -> None:
    with pytest.raises(LensError, match="a board in 3 of 9 pictures, at least 8"):
        refuse_too_few(chessboard.views()[:3], looked=9)


# views without pictures: corners where a true camera shows them


def shown(
    camera: Intrinsics, *, count: int = 12, reach: float = 1.0, tilt: float = 0.6, noise: float = 0.05
) -> list[View]:
    rng = np.random.default_rng(1)
    board = np.stack(np.meshgrid(np.arange(9.0), np.arange(6.0)), axis=-1).reshape(-1, 2)
    matrix = np.array([[camera.fx_px, 0, camera.cx_px], [0, camera.fy_px, camera.cy_px], [0, 0, 1]])
    views = []
    for index in range(count):
        towards = np.array(((-1, -1), (1, -1), (-1, 1), (1, 1))[index % 4]) * reach
        far = rng.uniform(14, 18)
        place = towards * (0.33 * far, 0.17 * far)
        turn = rng.uniform(-tilt, tilt, 3) * (1, 1, 0.3)
        origin = np.array([*place, far]) - cv2.Rodrigues(turn)[0] @ np.array([4, 2.5, 0])
        flat = np.column_stack([board, np.zeros(len(board))])
        image, _ = cv2.projectPoints(flat, turn, origin, matrix, np.array(camera.distortion))
        views.append(View(board=board, image=image.reshape(-1, 2) + rng.normal(0, noise, (len(board), 2))))
    return views


def test_a_board_that_stays_in_the_middle_is_refused_with_where_to_move_it() -> None:
    found = lens_from_views(shown(CAMERA, reach=0.0), **SIZE)
    with pytest.raises(LensError, match=r"never reached upper left, .*; move the board to the upper left"):
        refuse_unfit(found)


def test_a_corner_that_was_not_reached_is_advice() -> None:
    views = [view for index, view in enumerate(shown(CAMERA, count=20)) if index % 4 != 1]
    found = lens_from_views(views, **SIZE)
    assert unreached(views, **SIZE) == ["upper right"]
    assert advice(found)[0].startswith("move the board to the upper right")


def test_a_board_that_is_never_tilted_does_not_tell_the_focal_length() -> None:
    found = lens_from_views(shown(CAMERA, tilt=0.001, noise=0.3), **SIZE)
    with pytest.raises(LensError, match="tilt the board"):
        refuse_unfit(found)


def test_corners_far_from_any_camera_are_refused() -> None:
    rng = np.random.default_rng(2)
    bent = [replace(view, image=view.image + rng.normal(0, 3, view.image.shape)) for view in shown(CAMERA)]
    with pytest.raises(LensError, match=r"corners lie .* px off"):
        refuse_unfit(lens_from_views(bent, **SIZE))


def test_a_view_that_was_blurred_is_left_out() -> None:
    views = shown(CAMERA, count=16)
    rng = np.random.default_rng(2)
    views[5] = replace(views[5], image=views[5].image + rng.normal(0, 4, views[5].image.shape))
    found = lens_from_views(views, **SIZE)
    assert len(found.views) == 15
    assert recovered(found)


def test_a_polynomial_that_turns_back_inside_the_picture_is_seen(lens: Lens) -> None:
    assert not folds_over(lens)
    folding = replace(CAMERA, distortion=(-0.9, 0.0, 0.0, 0.0, 0.0))
    with pytest.raises(LensError, match="folds the picture over"):
        refuse_unfit(replace(lens, intrinsics=folding))


def test_views_that_differ_are_chosen_before_those_that_repeat() -> None:
    views = shown(CAMERA, count=8)
    assert len(chosen([*views, *[views[0]] * 30], **SIZE, most=8)) == 8
    kept = chosen([*views, *[views[0]] * 30], **SIZE, most=8)
    assert len({id(view) for view in kept}) == 8


def test_a_sharp_picture_counts_as_sharper() -> None:
    picture = next(Studio(noise=0.0).films(CHESSBOARD, 1))
    assert sharpness(picture) > 2 * sharpness(np.asarray(cv2.GaussianBlur(picture, (0, 0), 3), np.uint8))


def test_a_homography_carries_points_there() -> None:
    true = np.array([[20, 3, 100], [-2, 25, 80], [1e-3, 2e-3, 1]])
    board = np.random.default_rng(5).uniform(0, 9, (12, 2))
    image = image_from_board(true, board)
    assert np.allclose(homography_from_points(board, image), true, rtol=1e-6)


def test_of_each_stretch_the_sharpest_picture_is_looked_at() -> None:
    sharp = next(Studio(noise=0.0).films(CHESSBOARD, 1))
    blurred = np.asarray(cv2.GaussianBlur(sharp, (0, 0), 3), np.uint8)
    taken = list(sharpest(iter([blurred, sharp, blurred, blurred, sharp]), 3))
    assert [length for length, _ in taken] == [3, 2]
    assert all(picture is sharp for _, picture in taken)


def test_a_picture_that_changes_its_size_is_refused() -> None:
    pictures = iter([np.full((90, 160), 120, np.uint8), np.full((180, 320), 120, np.uint8)])
    with pytest.raises(LensError, match="changes its size"):
        lens_figures(Film(pictures=pictures, expected=2), Asked(), lambda _: None)


def test_a_film_of_a_board_becomes_figures_of_its_own_size() -> None:
    film = Film(pictures=Studio().films(CHESSBOARD, 10), expected=10)
    figures = lens_figures(film, Asked(board=(6, 9)), lambda _: None)
    assert (figures["width_px"], figures["height_px"]) == (CAMERA.width_px, CAMERA.height_px)
    assert figures["pictures_looked_at"] == 10
    assert figures["hfov_deg"] == pytest.approx(63, abs=2)
