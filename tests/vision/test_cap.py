"""The cap: nothing finer than it survives, wherever and from whatever pose; what is coarser is untouched."""

from __future__ import annotations

import copy
import math
import pickle  # noqa: TID251 - a test that it is refused
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from flightlink.errors import PoseInvalidError
from flightlink.pose import CONSUMER_GIMBAL, CameraPose, Intrinsics
from maps.camera import rays_from_image
from tests.vision.scene import REFUSAL, capped, lens, look_at, mission, pose, textured
from vision.fill import NEUTRAL
from vision.gate import Gate
from vision.lowpass import BlockGrid, lowpass_for, ratio_steps
from vision.raw.cap import same_aspect
from vision.raw.frames import RawFrame
from vision.raw.rehearsal import rehearsal_frame
from vision.scale import clearance_m, density_bound
from vision.smoothing import HALVED_FROM

AMPLITUDE = 100.0
MOST_LEFT = 0.01
"""Of the contrast, with the rounding to 8 bits: one grey level up and down is 0.7 % here."""
FINER = 1.25
"""The target's lines are so much finer than the finest that the cap may show (two pixels a line pair)."""
CLOSE = lens(320, 240, 450)
POSES = {
    "nadir": pose(pitch_deg=-90, alt_m=7, intrinsics=CLOSE),
    "nadir, turned": pose(pitch_deg=-90, yaw_deg=33, alt_m=5.5, intrinsics=CLOSE),
    "60 degrees oblique": pose(pitch_deg=-30, alt_m=5, intrinsics=CLOSE),
    "60 degrees oblique, rolled": pose(pitch_deg=-30, roll_deg=20, yaw_deg=70, alt_m=4.5, intrinsics=CLOSE),
    "long lens": pose(pitch_deg=-40, alt_m=31, intrinsics=lens(320, 240, 4500)),
    "distorted": pose(pitch_deg=-60, alt_m=5, intrinsics=replace(CLOSE, distortion=(-0.25, 0.08, 0.001, -0.001, 0.0))),
}


def target(camera: CameraPose, lines_per_m: float, direction_deg: float) -> NDArray[np.uint8]:
    """Return a sine drawn on the plane of the highest heads, as a camera would see it that averages over each pixel."""
    width_px, height_px = camera.intrinsics.width_px, camera.intrinsics.height_px
    v_px, u_px = np.mgrid[0:height_px, 0:width_px].astype(np.float64)
    phase = phases(camera, u_px, v_px, lines_per_m, direction_deg)
    along_u = np.abs(phases(camera, u_px + 0.5, v_px, lines_per_m, direction_deg)
                     - phases(camera, u_px - 0.5, v_px, lines_per_m, direction_deg))  # fmt: skip
    along_v = np.abs(phases(camera, u_px, v_px + 0.5, lines_per_m, direction_deg)
                     - phases(camera, u_px, v_px - 0.5, lines_per_m, direction_deg))  # fmt: skip
    seen = np.sinc(along_u) * np.sinc(along_v)
    seen *= np.clip((0.5 - np.maximum(along_u, along_v)) / 0.1, 0, 1)  # finer than the pixels: not in the picture
    return np.rint(128 + AMPLITUDE * seen * np.sin(2 * np.pi * phase)).astype(np.uint8)


def phases(
    camera: CameraPose, u_px: NDArray[np.float64], v_px: NDArray[np.float64], lines_per_m: float, direction_deg: float
) -> NDArray[np.float64]:
    rays = rays_from_image(camera, u_px.ravel(), v_px.ravel())
    scale = clearance_m(camera) / -rays[:, 2]
    east, north = math.sin(math.radians(direction_deg)), math.cos(math.radians(direction_deg))
    points: NDArray[np.float64] = (scale * (rays[:, 0] * east + rays[:, 1] * north) * lines_per_m).reshape(u_px.shape)
    return points


def inner(picture: NDArray[np.uint8], share: float = 0.08) -> NDArray[np.float64]:
    """Return a picture without its rim, where the low-pass has no surroundings."""
    rim = math.ceil(share * max(picture.shape)) + 2
    return picture[rim:-rim, rim:-rim].astype(np.float64)


def contrast(picture: NDArray[np.uint8]) -> float:
    """Return the amplitude of what is left of the target where most is left, in tiles of 12 px, per drawn amplitude."""
    mean, of_squares = (cv2.boxFilter(inner(picture) ** n, -1, (12, 12), borderType=cv2.BORDER_REFLECT) for n in (1, 2))
    return float(np.sqrt(2 * np.max(of_squares - mean**2))) / AMPLITUDE


@pytest.mark.parametrize("across_deg", [0, 90, 45])
@pytest.mark.parametrize("name", POSES)
def test_lines_finer_than_the_cap_are_gone(name: str, across_deg: float) -> None:
    camera = POSES[name]
    raw = target(camera, FINER * 40 / 2, camera.yaw_deg + across_deg)
    frame = capped(raw, camera)
    assert contrast(raw) > 0.5, "the target must be there before the cap"
    assert contrast(frame.pixels) < MOST_LEFT


@pytest.mark.parametrize("across_deg", [0, 90, 45])
@pytest.mark.parametrize("name", POSES)
def test_lines_finer_than_the_publishing_cap_are_gone_from_what_is_released(name: str, across_deg: float) -> None:
    camera = POSES[name]
    raw = target(camera, FINER * 20 / 2, camera.yaw_deg + across_deg)
    frame = capped(raw, camera)
    released = Gate(mission=mission()).released(frame, [look_at(frame)])
    assert released.closed_because == ""
    assert contrast(raw) > 0.5, "the target must be there before the cap"
    assert contrast(released.picture) < MOST_LEFT


def test_averaging_areas_in_place_of_the_low_pass_would_let_lines_through() -> None:
    camera = POSES["nadir"]
    raw = target(camera, FINER * 40 / 2, 90)
    ratio = density_bound(camera).least / 40
    size = (int(320 / ratio), int(240 / ratio))
    averaged = cv2.resize(raw, size, interpolation=cv2.INTER_AREA)
    assert contrast(np.asarray(averaged, np.uint8)) > 0.1


def test_lines_coarser_than_half_the_cap_stay_visible() -> None:
    camera = POSES["nadir"]
    frame = capped(target(camera, 0.25 * 40 / 2, 90), camera)
    assert contrast(frame.pixels) > 0.5


@pytest.mark.parametrize("camera", [pose(alt_m=60), pose(alt_m=60, pitch_deg=-90), pose(alt_m=40, pitch_deg=-75)])
def test_pictures_under_the_cap_are_untouched(camera: CameraPose) -> None:
    pixels = textured(240, 320)
    assert np.isfinite(density_bound(camera).px_per_m).all()
    assert np.array_equal(capped(pixels, camera).pixels, pixels)


def test_zooming_in_gains_nothing() -> None:
    """The same ground, four times as long a lens: the picture is halved, and what is left is as coarse as before."""
    fine = {}
    for focal_px in (1500, 6000):
        frame = capped(textured(480, 640), pose(pitch_deg=-90, alt_m=30, intrinsics=lens(640, 480, focal_px)))
        assert frame.pose is not None
        assert frame.bound is not None
        assert frame.bound.least < 40 * HALVED_FROM
        part = inner(frame.pixels)
        window = np.hanning(part.shape[0])[:, None] * np.hanning(part.shape[1])
        spectrum = np.abs(np.fft.fft2((part - part.mean()) * window)) ** 2
        cycles_px = np.hypot(np.fft.fftfreq(part.shape[0])[:, None], np.fft.fftfreq(part.shape[1]))
        cycles_m = cycles_px * frame.bound.px_per_m.max()
        fine[focal_px] = float(spectrum[cycles_m > FINER * 40 / 2].sum() / np.sum(window**2) / part.size)
    assert max(fine.values()) < 1.2 / 12, "grey levels squared: the rounding to bytes alone is 1/12"


@pytest.mark.parametrize("camera", [pose(alt_m=2), pose(alt_m=1), pose(alt_m=-5), pose(alt_m=7, sigma=CONSUMER_GIMBAL)])
def test_a_camera_that_may_stand_among_the_heads_has_no_bound_and_shows_nothing(camera: CameraPose) -> None:
    frame = capped(textured(240, 320), camera)
    assert frame.unbounded is not None
    assert (frame.unbounded == 255).all()
    released = Gate(mission=None).released(frame, [look_at(frame)])
    assert (released.picture == NEUTRAL).all()


def test_above_the_horizon_no_bound_is_known() -> None:
    frame = capped(textured(240, 320), pose(pitch_deg=0))
    assert frame.unbounded is not None
    assert (frame.unbounded[:120] == 255).all()
    assert (frame.unbounded[-20:] == 0).all()


def test_beyond_the_fold_of_the_lens_model_no_bound_is_known() -> None:
    folding = replace(lens(focal_px=150), distortion=(-0.5, 0.0, 0.0, 0.0, 0.0))
    frame = capped(textured(240, 320), pose(pitch_deg=-90, intrinsics=folding))
    assert frame.unbounded is not None
    assert frame.unbounded[0, 0] == 255
    assert frame.unbounded[120, 160] == 0


@pytest.mark.parametrize("size", [(320, 320), (240, 240), (480, 320)])
def test_a_picture_of_another_shape_than_the_camera_s_is_black_and_has_no_bound(size: tuple[int, int]) -> None:
    assert not same_aspect(pose(), size[1], size[0])
    frame = capped(textured(*size), pose())
    assert (frame.pose, frame.bound, frame.refusal) == (None, None, "camera_file_aspect")
    assert not frame.pixels.any()


def test_a_picture_of_another_size_takes_the_camera_along() -> None:
    frame = capped(textured(120, 160), pose())
    assert frame.pose is not None
    assert frame.pose.intrinsics.width_px == frame.width_px == 160
    assert frame.pose.intrinsics.fx_px == pytest.approx(150)


def test_a_live_frame_without_a_pose_loses_its_pixels() -> None:
    frame = capped(textured(24, 32), REFUSAL)
    assert not frame.pixels.any()
    assert frame.refusal_closes
    assert frame.refusal == "stale_pose"


def test_a_frame_of_a_closed_file_without_a_pose_keeps_them_and_says_that_no_bound_is_known() -> None:
    pixels = textured(24, 32)
    frame = capped(pixels, REFUSAL, without_pose=True)
    assert np.array_equal(frame.pixels, pixels)
    assert (frame.bound, frame.cap_px_per_m, frame.refusal_closes) == (None, None, False)


@pytest.mark.parametrize("part", ["alt_m", "ground_alt_m", "yaw_deg", "pitch_deg", "roll_deg", "lat_deg", "lon_deg"])
@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_pose_that_is_no_number_never_reaches_the_cap(part: str, value: float) -> None:
    with pytest.raises(PoseInvalidError):
        pose(**{part: value})


def test_the_cap_cannot_be_raised_above_the_ceiling() -> None:
    camera = POSES["nadir"]
    raw = textured(240, 320)
    assert np.array_equal(capped(raw, camera, cap_px_per_m=4000).pixels, capped(raw, camera).pixels)
    assert capped(raw, camera, cap_px_per_m=4000).cap_px_per_m == 40


def test_what_would_need_more_smoothing_than_there_is_counts_as_unbounded() -> None:
    plan = lowpass_for(density_bound(pose()), cap_px_per_m=0.13, width_px=320, height_px=240)
    assert plan.unbounded is not None
    assert plan.unbounded[-1].all()
    assert not plan.unbounded[0].any()


def test_ratios_are_rounded_up_to_quarter_octaves() -> None:
    ratio = np.array([0.1, 1.0, 1.01, 2 ** (1 / 4), 2.0, 2.01, 1e9], np.float32)
    assert ratio_steps(ratio).tolist() == [-1, 0, 1, 1, 4, 5, 24]


def test_blocks_at_the_rim_are_cut_to_the_picture() -> None:
    mask = BlockGrid(8, 20, 10).mask(np.array([[False, True, False], [False, False, True]]))
    assert mask.shape == (10, 20)
    assert np.unique(mask[:8, 8:16]) == np.unique(mask[8:, 16:]) == 255
    assert np.count_nonzero(mask) == 8 * 8 + 2 * 4


@pytest.mark.parametrize(
    "frame", [RawFrame(np.full((20, 30), 77, np.uint8), index=3, utc_ns=5), capped(textured(24, 32), pose())]
)
def test_raw_and_capped_frames_cannot_be_printed_copied_or_turned_into_arrays(frame: object) -> None:
    assert "77" not in repr(frame)
    assert "array" not in repr(frame)
    for attempt in (pickle.dumps, copy.copy, copy.deepcopy, np.asarray, lambda it: np.array(it, np.float32)):
        with pytest.raises(TypeError, match="frame"):
            attempt(frame)
    assert not hasattr(frame, "__dict__")


@pytest.mark.parametrize(
    "pixels", [np.zeros((4, 4), np.float32), np.zeros(4, np.uint8), np.zeros((1, 2, 3, 4), np.uint8)]
)
def test_no_frame_holds_anything_but_a_picture(pixels: NDArray[np.uint8]) -> None:
    with pytest.raises(ValueError, match="raw frame is uint8"):
        RawFrame(pixels, index=0, utc_ns=0)
    with pytest.raises(ValueError, match="capped frame is uint8"):
        replace(capped(textured(24, 32), pose()), pixels=pixels)


@pytest.mark.parametrize("colour", [True, False])
def test_the_rehearsal_has_an_empty_picture_and_takes_every_step(colour: bool) -> None:
    frame = rehearsal_frame(lat_deg=48, lon_deg=2, colour=colour)
    assert not frame.pixels.any()
    assert frame.pixels.ndim == (3 if colour else 2)
    assert frame.bound is not None
    assert frame.bound.px_per_m.max() > 1
    assert isinstance(frame.pose and frame.pose.intrinsics, Intrinsics)


def test_the_first_band_fades_into_what_is_not_smoothed() -> None:
    """Cut off by a hard edge, lines that only the second cap forbids would leave a pattern along it."""
    camera = pose(pitch_deg=-90, alt_m=20, intrinsics=lens(640, 480, 470))
    plan = lowpass_for(density_bound(camera), cap_px_per_m=40, width_px=640, height_px=480)
    raw = target(camera, FINER * 20 / 2, 0)
    assert 0 < sum(band.ramp is not None for band in plan.bands) < len(plan.bands)
    assert not all(band.inside is None for band in plan.bands)
    released = Gate(mission=mission()).released(frame := capped(raw, camera), [look_at(frame)])
    assert contrast(frame.pixels) > 0.5, "in the middle nothing is smoothed"
    assert contrast(released.picture) < MOST_LEFT
