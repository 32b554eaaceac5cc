"""Bad input for every person network that ships: what is nobody, upside down, in other colours, far too large.

The bounds are a promise for any network: no picture without people gives more than a stray find, and what a picture
costs is bounded whatever its size. How well people are found is measured elsewhere (docs/model-card.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import cv2
import numpy as np
import pytest

from flightlink.mission import RedactionLevel
from tests.vision.odd_pictures import HEIGHT_PX, STREETS, WIDTH_PX, Street, boxes_of, shown
from tests.vision.scene import REFUSAL, Picture, capped
from vision.boxes import Boxes, iou_matrix
from vision.detectors import DetectorError, PersonDetector
from vision.engine import MAX_PICTURE_SIDE_PX, Engine, Maps
from vision.evaluation import MATCH_IOU
from vision.eyes import Eyes
from vision.finding import BUDGET_PX
from vision.models.card import ModelError, model_cards
from vision.models.store import models_dir, verified_bytes
from vision.networks import ABOVE_ALONE_DEG, COUNT_THRESHOLDS, STEEP_COLOURLESS_FACTOR
from vision.room import eyes_from_models

pytestmark = pytest.mark.model

HEAT: Final = "tower_0/keypoints"
STRAY: Final = 1
"""Finds in a picture of nobody."""
NAMES: Final = [f"{street.ground} {street.depression_deg:.0f}" for street in STREETS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One network that ships, with the score from which it counts."""

    key: str
    detector: PersonDetector
    threshold: float
    colourless_factor: float
    """Times the threshold, for pictures without colour."""

    def found(self, picture: Picture, *, scale: float = 1.0, is_colourless: bool = False) -> Boxes:
        threshold = self.threshold * (self.colourless_factor if is_colourless else 1.0)
        return self.detector.find(picture, threshold=threshold, scale=scale)


@pytest.fixture(scope="module", params=[key for key, card in model_cards().items() if HEAT in card.outputs])
def network(request: pytest.FixtureRequest) -> Network:
    card = model_cards()[request.param]
    try:
        data = verified_bytes(card.key, models_dir())
    except ModelError as error:
        pytest.skip(str(error))
    threshold = COUNT_THRESHOLDS[0] if card.use is None else card.use.count_threshold
    return Network(
        key=card.key,
        detector=PersonDetector(data, threads=1),
        threshold=threshold,
        colourless_factor=1.0 if card.use is None else STEEP_COLOURLESS_FACTOR,
    )


@pytest.mark.parametrize("what", ["nothing", "shadows", "bollards"])
@pytest.mark.parametrize("street", STREETS, ids=NAMES)
def test_empty_ground_shadows_without_bodies_and_bollards_are_nobody(
    network: Network, street: Street, what: Literal["nothing", "shadows", "bollards"], request: pytest.FixtureRequest
) -> None:
    if what == "shadows" and network.key == "above" and street.depression_deg < ABOVE_ALONE_DEG:
        reason = "less steeply it takes a shadow whose body is missing for somebody: 9 and 12 of 14 (model card)"
        request.applymarker(pytest.mark.xfail(strict=True, reason=reason))
    assert len(network.found(shown(street, what))) <= STRAY


@pytest.mark.parametrize("kind", ["black", "white", "noise", "checks", "stripes"])
def test_what_shows_no_scene_is_nobody(network: Network, kind: str) -> None:
    rows, columns = np.indices((HEIGHT_PX, WIDTH_PX))
    noise = np.random.default_rng(1).integers(0, 256, (HEIGHT_PX, WIDTH_PX), np.uint8)
    grey = {
        "black": 0 * rows, "white": 0 * rows + 255, "noise": noise, "checks": (rows // 40 + columns // 40) % 2 * 255,
        "stripes": columns // 12 % 2 * 255,
    }[kind]  # fmt: skip
    picture = np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)
    assert len(network.found(picture, is_colourless=True)) <= STRAY


def people_found(network: Network, picture: Picture, boxes: np.ndarray) -> tuple[int, int]:
    """Return how many people are found, and how many finds are nobody."""
    found = network.found(picture)
    overlaps = iou_matrix(boxes.astype(np.float32), found.xyxy) >= MATCH_IOU
    return int(overlaps.any(axis=1).sum()), int((~overlaps.any(axis=0)).sum())


@pytest.mark.parametrize("street", STREETS, ids=NAMES)
def test_upside_down_nobody_is_made_up(network: Network, street: Street) -> None:
    """A camera hung upside down may lose people; it finds no more than there are, but for boxes about their shadows."""
    picture, boxes = shown(street, "people"), boxes_of(street)
    turned = np.array([WIDTH_PX, HEIGHT_PX] * 2) - boxes[:, [2, 3, 0, 1]]
    found, nobody = people_found(network, np.ascontiguousarray(picture[::-1, ::-1]), turned)
    assert found + nobody <= 1.5 * len(boxes) + STRAY
    assert nobody <= len(boxes) // 2 + STRAY


@pytest.mark.parametrize("street", STREETS, ids=NAMES)
def test_red_and_blue_exchanged_cost_few_people(network: Network, street: Street) -> None:
    picture, boxes = shown(street, "people"), boxes_of(street)
    found, _ = people_found(network, picture, boxes)
    exchanged, nobody = people_found(network, np.ascontiguousarray(picture[..., ::-1]), boxes)
    assert exchanged >= found - 0.2 * len(boxes)
    assert nobody <= STRAY + 0.2 * len(boxes)


def test_one_person_far_too_large_is_no_crowd(network: Network) -> None:
    street = STREETS[0]
    left, top, right, bottom = boxes_of(street)[0].round().astype(int)
    body = shown(street, "people")[top:bottom, left:right]
    large = np.asarray(cv2.resize(body, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_CUBIC), np.uint8)
    assert len(network.found(large)) <= 3


def test_a_hundred_times_as_large_is_refused_with_the_bound(network: Network) -> None:
    huge = np.broadcast_to(np.uint8(90), (100 * HEIGHT_PX, 100 * WIDTH_PX))  # takes no memory, and must not
    with pytest.raises(DetectorError, match=rf"is beyond {MAX_PICTURE_SIDE_PX} px a side"):
        network.found(huge)


def test_a_single_pixel_is_nobody(network: Network) -> None:
    assert len(network.found(np.full((1, 1, 3), 90, np.uint8))) == 0


@pytest.fixture
def eyes() -> Eyes:
    try:
        return eyes_from_models(models_dir(), level=RedactionLevel.STRICT, threads=1)
    except ModelError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("size", [(MAX_PICTURE_SIDE_PX, 4608), (5472, 3648), (4000, 3000), (8192, 40), (40, 8192)])
def test_what_a_photograph_costs_is_bounded(eyes: Eyes, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    shapes: list[tuple[int, ...]] = []

    def run(self: Engine, blob: Maps) -> list[Maps]:
        shapes.append(blob.shape)
        rows, columns = (side // 4 for side in blob.shape[2:])
        return [np.zeros((channels, rows, columns), np.float32) for channels in self._channels.values()]

    monkeypatch.setattr(Engine, "run", run)
    frame = capped(np.zeros((size[1], size[0]), np.uint8), REFUSAL, without_pose=True)
    assert len(eyes.people(frame)) == 0
    assert shapes
    assert all(shape[2] * shape[3] <= 1.1 * BUDGET_PX for shape in shapes)
    assert sum(shape[2] * shape[3] for shape in shapes) <= 8 * BUDGET_PX
