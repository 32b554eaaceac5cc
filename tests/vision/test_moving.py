"""Velocities of people: what tells nothing says so, and on a real street they are those of the truth's tracks."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from flightlink.pose import SURVEYED, CameraPose, Intrinsics
from maps.georeference import ground_from_image
from vision.boxes import Boxes
from vision.capped import CappedFrame
from vision.moments import moment_of
from vision.moving import Bytes, Floats, velocities

DATA = Path(__file__).parents[3] / "shared" / "data" / "opencv_videos"
NADIR = CameraPose(
    utc_ns=0, lat_deg=48.0, lon_deg=2.0, alt_m=30.0, ground_alt_m=0.0, yaw_deg=0.0, pitch_deg=-90.0, roll_deg=0.0,
    intrinsics=Intrinsics(width_px=320, height_px=240, fx_px=600, fy_px=600, cx_px=159.5, cy_px=119.5), sigma=SURVEYED,
)  # fmt: skip
"""20 px/m on the ground."""
STEP_NS = 300_000_000
BODY = Boxes(xyxy=np.array([[140, 100, 180, 140]], np.float32), scores=np.ones(1, np.float32))
EARLIER_BY_S, LATER_BY_S = 0.8, 0.4
"""The truth's own velocity is taken over so long about the step."""


def frame_of(picture: Bytes, pose: CameraPose | None, utc_ns: int) -> CappedFrame:
    height, width = picture.shape[:2]
    return CappedFrame(
        pixels=picture, index=0, utc_ns=utc_ns, pose=pose and replace(pose, utc_ns=utc_ns), bound=None,
        cap_px_per_m=40.0, unbounded=None, refusal="", refusal_closes=False, source_width_px=width,
        source_height_px=height,
    )  # fmt: skip


def textured(seed: int = 0) -> Bytes:
    noise = np.random.default_rng(seed).integers(0, 256, (240, 320)).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(noise, (0, 0), 2.0) * 3, np.uint8)


def with_body(ground: Bytes, left: int) -> Bytes:
    picture = ground.copy()
    picture[100:140, left : left + 40] = textured(9)[:40, :40]
    return picture


def told(before: Bytes, now: Bytes, *, later: CameraPose | None = NADIR, step_ns: int = STEP_NS) -> Floats:
    found = velocities(moment_of(frame_of(before, NADIR, 0)), moment_of(frame_of(now, later, step_ns)), BODY)
    return np.array([found.east_m_s[0], found.north_m_s[0]])


def test_a_body_that_moves_over_still_ground_has_its_speed() -> None:
    ground = textured()
    east, north = told(with_body(ground, 134), with_body(ground, 140))
    # 6 px at 30 m less the middle of a body, over 0.3 s
    assert east == pytest.approx(6 / (600 / 29.1) / 0.3, rel=0.1)
    assert north == pytest.approx(0.0, abs=0.05)


def test_a_picture_without_texture_tells_nothing() -> None:
    flat = np.full((240, 320), 90, np.uint8)
    assert np.isnan(told(flat, flat)).all()


@pytest.mark.parametrize(
    ("later", "step_ns"),
    [(None, STEP_NS), (NADIR, 0), (NADIR, -STEP_NS), (NADIR, 2_000_000_000), (replace(NADIR, pitch_deg=30.0), STEP_NS)],
)
def test_frames_that_do_not_go_together_tell_nothing(later: CameraPose | None, step_ns: int) -> None:
    ground = textured()
    assert np.isnan(told(with_body(ground, 134), with_body(ground, 140), later=later, step_ns=step_ns)).all()


def test_a_moving_camera_that_sees_no_still_ground_tells_nothing() -> None:
    flat = np.full((240, 320), 90, np.uint8)
    moved = replace(NADIR, yaw_deg=1.0)
    assert np.isnan(told(with_body(flat, 134), with_body(flat, 140), later=moved)).all()


def test_what_is_faster_than_a_runner_is_nobodys_walk() -> None:
    ground = textured()
    assert np.isnan(told(with_body(ground, 80), with_body(ground, 140))).all()


def test_nobody_is_no_error_and_another_size_tells_nothing() -> None:
    ground = textured()
    nobody = Boxes(xyxy=np.zeros((0, 4), np.float32), scores=np.zeros(0, np.float32))
    moments = [moment_of(frame_of(ground, NADIR, utc_ns)) for utc_ns in (0, STEP_NS)]
    assert len(velocities(moments[0], moments[1], nobody).east_m_s) == 0
    assert np.isnan(told(ground[:120], ground)).all()


@pytest.mark.data
@pytest.mark.skipif(not (DATA / "vtest.jsonl").exists(), reason=f"no recording in {DATA}")
def test_on_a_real_street_velocities_are_those_of_the_truth() -> None:
    told_camera = tomllib.loads((DATA / "vtest_camera.toml").read_text())
    lens = {name: told_camera[name] for name in ("width_px", "height_px", "fx_px", "fy_px", "cx_px", "cy_px")}
    place = {name: told_camera[name] for name in ("lat_deg", "lon_deg", "alt_m", "ground_alt_m")}
    angles = {name: told_camera[name] for name in ("yaw_deg", "pitch_deg", "roll_deg")}
    intrinsics = Intrinsics(**lens, distortion=tuple(told_camera["distortion"]))
    pose = CameraPose(utc_ns=0, **place, **angles, intrinsics=intrinsics, sigma=SURVEYED)
    lines = [json.loads(line) for line in (DATA / "vtest.jsonl").read_text().splitlines()]
    tracks = {row["frame"]: dict(zip(row["tracks"], row["boxes"], strict=True)) for row in lines}
    pictures = pictures_of(DATA / "vtest.avi", 400)
    ours, theirs, people = [], [], 0
    for number in range(20, 380, 20):
        corners = np.array([[x, y, x + w, y + h] for x, y, w, h, *_ in tracks[number].values()], np.float32)
        boxes = Boxes(xyxy=corners.reshape(-1, 4), scores=np.ones(len(corners), np.float32))
        before, now = (moment_of(frame_of(pictures[n], pose, n * 100_000_000)) for n in (number - 3, number))
        found = velocities(before, now, boxes)
        people += len(boxes)
        for index, track in enumerate(tracks[number]):
            truth = walked(tracks, track, number, pose)
            if truth is not None and found.known[index]:
                ours.append([found.east_m_s[index], found.north_m_s[index]])
                theirs.append(truth)
    mine, true = np.array(ours), np.array(theirs)
    assert len(mine) > 0.6 * people
    assert np.abs((mine - true).mean(axis=0)).max() < 0.15
    assert (mine * true).sum() / (true**2).sum() == pytest.approx(1.0, abs=0.15)


def pictures_of(path: Path, count: int) -> list[Bytes]:
    capture = cv2.VideoCapture(str(path))
    return [np.asarray(capture.read()[1], np.uint8) for _ in range(count)]


def walked(
    tracks: dict[int, dict[int, list[float]]], track: int, number: int, pose: CameraPose
) -> tuple[float, float] | None:
    """Return what a person of the truth walks about a frame, m/s east and north, by where the feet are."""
    ends = [tracks.get(number + step, {}).get(track) for step in (round(-10 * EARLIER_BY_S), round(10 * LATER_BY_S))]
    if ends[0] is None or ends[1] is None:
        return None
    feet = np.array([[x + w / 2, y + h] for x, y, w, h, *_ in (ends[0], ends[1])], np.float64)
    at = ground_from_image(pose, feet[:, 0].copy(), feet[:, 1].copy())
    span_s = EARLIER_BY_S + LATER_BY_S
    return float(np.diff(at.east_m)[0] / span_s), float(np.diff(at.north_m)[0] / span_s)
