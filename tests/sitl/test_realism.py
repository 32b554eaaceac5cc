"""Rendered people must look like people to the network that finds real ones: recall beside a real street's."""

import dataclasses
import math
import os
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from sitl.crowd.crowd import People
from sitl.measure.recorded import write_video
from sitl.picture.render import Renderer
from sitl.picture.sprite_set import SpriteSet
from sitl.training.exact import finer_shot, seen_people
from sitl.world.shot import Shot
from sitl.world.world import World
from vision.detectors import PersonDetector
from vision.evaluation import matched_truth
from vision.models.card import ModelError
from vision.models.store import models_dir, verified_bytes
from vision.truth import truth_from_file

pytestmark = pytest.mark.model

Floats = NDArray[np.float64]
Picture = NDArray[np.uint8]
SHARED = Path(os.environ.get("GROUNDSTATION_SHARED", Path(__file__).parents[3] / "shared"))
STREET = SHARED / "data" / "opencv_videos" / "vtest.avi"
THRESHOLD = 0.24
HEIGHTS_PX = (42.0, 78.0)
STREET_RECALL = 0.96
"""At THRESHOLD, of people in HEIGHTS_PX whom nobody overlaps, in the real recording that not everybody has."""
WITHIN = 0.10


@pytest.fixture(scope="module")
def person() -> PersonDetector:
    try:
        return PersonDetector(verified_bytes("person", models_dir()), threads=1)
    except ModelError as error:
        pytest.skip(str(error))


def shot_at(world: World, depression_deg: float, person_px: float) -> Shot:
    """A camera south of home that shows a person of 1.7 m there so many pixels tall."""
    k, down = world.camera.intrinsics, math.radians(depression_deg)
    along = np.array([0, math.cos(down), -math.sin(down)])
    away_m = k.fx_px * 1.7 * math.cos(down) / person_px
    right = np.array([1.0, 0, 0])
    axes = np.stack([right, np.cross(along, right), along])
    return Shot(place_m=np.array([0, 0, 0.9]) - away_m * along, axes=axes, intrinsics=k)


def loose_crowd(rng: np.random.Generator) -> People:
    """People 3 m apart, two in three of them walking, every which way."""
    east_m, north_m = (part.ravel() + rng.uniform(-0.7, 0.7, 64) for part in np.mgrid[-12:12:3, -12:12:3].astype(float))
    walks = rng.random(64) < 0.67
    return People(
        ids=np.arange(64),
        east_m=east_m,
        north_m=north_m,
        heading_deg=rng.uniform(0, 360, 64),
        walked_m=rng.uniform(0, 10, 64),
        speed_m_s=np.where(walks, 1.3, 0.0),
        walks=walks,
        looks=rng.integers(0, 1 << 30, 64),
    )


def sent(picture: Picture, folder: Path) -> Picture:
    """What is left of a picture after the vehicle's encoder: the second frame of a still scene."""
    write_video(folder / "still.mp4", 10.0, iter([picture, picture]))
    with av.open(str(folder / "still.mp4")) as container:
        return np.asarray([frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)][-1], np.uint8)


def chosen(boxes: Floats, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Who stands alone, whole in the picture, with a height in HEIGHTS_PX; boxes (n, 4) left, top, right, bottom."""
    over = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:]) - np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    touched = np.asarray((over > 0).all(axis=2))
    np.fill_diagonal(touched, val=False)
    whole = (boxes[:, :2] > 1).all(axis=1) & (boxes[:, 2] < shape[1] - 1) & (boxes[:, 3] < shape[0] - 1)
    height = boxes[:, 3] - boxes[:, 1]
    return np.asarray(~touched.any(axis=1) & whole & (height > HEIGHTS_PX[0]) & (height < HEIGHTS_PX[1]))


def rendered_hits(world: World, sprites: SpriteSet, person: PersonDetector, folder: Path) -> NDArray[np.bool_]:
    bare = dataclasses.replace(world, props=(), marks=())
    renderer, rng = Renderer(bare, sprites), np.random.default_rng(11)
    hits = []
    for depression_deg, person_px in ((20, 60), (30, 50), (37, 55), (37, 70), (45, 50), (45, 65)):
        shot, people = shot_at(world, depression_deg, person_px), loose_crowd(rng)
        picture = sent(renderer.frame(shot, people, 0), folder)
        finer = finer_shot(shot)
        seen = seen_people(renderer, finer, renderer.placed(finer, people), sprites)
        boxes = np.array([one.full_box for one in seen])
        boxes[:, 2:] += boxes[:, :2]
        found = matched_truth(boxes, person.find(picture, threshold=THRESHOLD))
        hits.append(found[chosen(boxes, picture.shape)])
    return np.concatenate(hits)


def test_rendered_people_are_found_as_real_ones(
    world: World, sprites: SpriteSet, person: PersonDetector, tmp_path: Path
) -> None:
    hits = rendered_hits(world, sprites, person, tmp_path)
    assert len(hits) > 120
    assert hits.mean() >= STREET_RECALL - WITHIN


@pytest.mark.data
def test_real_people_are_found_as_often_as_said(person: PersonDetector) -> None:
    if not STREET.is_file():
        pytest.skip(f"{STREET} is not here; set GROUNDSTATION_SHARED to the folder that holds data/")
    truth, hits = truth_from_file(STREET.with_suffix(".jsonl")), []
    with av.open(str(STREET)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % 40 == 0:
                whole = frame.to_ndarray(format="bgr24")
                picture = np.asarray(cv2.resize(whole, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA), np.uint8)
                boxes = truth[number].xyxy * 0.7
                found = person.find(picture, threshold=THRESHOLD)
                hits.append(matched_truth(boxes, found)[chosen(boxes, picture.shape)])
    met = np.concatenate(hits)
    assert len(met) > 60
    assert met.mean() == pytest.approx(STREET_RECALL, abs=0.04)
