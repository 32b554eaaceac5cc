"""Field photos with a true yaw flip: it is found, and points matched in two photos come to one place."""

import itertools
import json
import math
import os
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from groundstation.__main__ import main

pytestmark = pytest.mark.data
TAKEN = ("0023", "0024", "0025")
"""Two lines of the flight; 0024 to 0027 tell a yaw half a turn off."""
WIDTH_PX = 4000
FLIPPED = ("0024", "0025")


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    beside = Path(__file__).resolve().parents[2].parent / "shared"
    folder = Path(os.environ.get("GROUNDSTATION_SHARED", beside)) / "data" / "odm_brighton_beach" / "images"
    if not folder.is_dir():
        pytest.skip("the field photos are not here; set GROUNDSTATION_SHARED to the folder that holds data/")
    copies = tmp_path_factory.mktemp("photos")
    return {name: Path(shutil.copy(folder / f"DJI_{name}.JPG", copies)) for name in TAKEN}


def matched(first: Path, second: Path) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Return pixels that show one place, by the test's own means: ratio test and homography, no pose."""
    finder, found = cv2.SIFT.create(3000), []
    for path in (first, second):
        picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert picture is not None
        points, looks = finder.detectAndCompute(cv2.resize(picture, (1200, 675), interpolation=cv2.INTER_AREA), None)
        found.append((np.array([point.pt for point in points]), looks))
    (one, of_one), (other, of_other) = found
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(of_one, of_other, k=2)
    good = [best for best, rival in pairs if best.distance < 0.75 * rival.distance]
    places = one[[match.queryIdx for match in good]], other[[match.trainIdx for match in good]]
    _, inside = cv2.findHomography(*places, cv2.RANSAC, 3)
    kept = np.flatnonzero(inside.ravel())[:: max(1, int(inside.sum()) // 8)]
    assert inside.sum() >= 12
    return [(_whole(places[0][k]), _whole(places[1][k])) for k in kept]


def _whole(point: NDArray[np.float64]) -> tuple[float, float]:
    """Return a pixel of the photo of 4000 x 2250 for one of 1200 x 675."""
    return float((point[0] + 0.5) * WIDTH_PX / 1200 - 0.5), float((point[1] + 0.5) * WIDTH_PX / 1200 - 0.5)


def test_two_photos_agree_on_one_place_and_the_flip_is_found(
    photos: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    pairs = list(itertools.combinations(TAKEN, 2))
    matches = {pair: matched(photos[pair[0]], photos[pair[1]]) for pair in pairs}
    pixels: dict[str, list[tuple[float, float]]] = {name: [] for name in TAKEN}
    for (one, other), ends in matches.items():
        pixels[one] += [end[0] for end in ends]
        pixels[other] += [end[1] for end in ends]
    answers = {name: iter(answered(photos[name], pixels[name], capsys)) for name in TAKEN}
    apart = {
        (one, other): [apart_m(next(answers[one]), next(answers[other]), (one, other)) for _ in ends]
        for (one, other), ends in matches.items()
    }
    medians = {pair: float(np.median(values)) for pair, values in apart.items()}
    assert np.median(list(medians.values())) < 1.0, medians
    assert max(medians.values()) < 1.6, medians


def answered(
    photo: Path, pixels: list[tuple[float, float]], capsys: pytest.CaptureFixture[str]
) -> list[dict[str, Any]]:
    words = [word for u, v in pixels for word in ("--pixel", f"{u},{v}")]
    capsys.readouterr()
    assert main(["georeference", "--image", str(photo), *words]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def apart_m(one: dict[str, Any], other: dict[str, Any], names: tuple[str, str]) -> float:
    for answer, name in zip((one, other), names, strict=True):
        assert any("yaw_flipped" in note for note in answer["notes"]) is (name in FLIPPED)
        assert answer["ce90_m"] < 20
    east_m = (one["lon_deg"] - other["lon_deg"]) * 111_320 * math.cos(math.radians(one["lat_deg"]))
    return math.hypot(east_m, (one["lat_deg"] - other["lat_deg"]) * 111_320)
