"""Real people on a real street: the truth's feet go the whole way from pixels to the map of the recording."""

import json
import os
import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from flightlink.pose import SURVEYED, CameraPose, Intrinsics
from maps.cells import CellState
from maps.counting import counts_from_points
from maps.crs import MissionCrs, mission_epsg
from maps.fusion import FusedMap
from maps.georeference import ground_from_image
from maps.observation import leaves_observed
from maps.summary import Recording

SHARED = Path(os.environ.get("GROUNDSTATION_SHARED", Path(__file__).parents[3] / "shared"))
FOLDER = SHARED / "data" / "opencv_videos"
FRAME_NS = 10**8

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not (FOLDER / "vtest.jsonl").exists(), reason=f"no recording in {FOLDER}"),
]


def camera() -> CameraPose:
    told = tomllib.loads((FOLDER / "vtest_camera.toml").read_text())
    lens = {name: told[name] for name in ("width_px", "height_px", "fx_px", "fy_px", "cx_px", "cy_px")}
    place = {
        name: told[name] for name in ("lat_deg", "lon_deg", "alt_m", "ground_alt_m", "yaw_deg", "pitch_deg", "roll_deg")
    }
    intrinsics = Intrinsics(**lens, distortion=tuple(told["distortion"]))
    return CameraPose(utc_ns=0, **place, intrinsics=intrinsics, sigma=SURVEYED)


def test_feet_become_cells_and_a_map() -> None:
    pose = camera()
    crs = MissionCrs(mission_epsg(pose.lon_deg, pose.lat_deg))
    crs_from_enu = crs.crs_from_enu(pose)
    leaves = leaves_observed(pose, crs, min_px_per_m=12)
    fused, recording = FusedMap(), Recording(crs.epsg)
    truths, counted, smoothed, twenties = [], [], [], []
    for step, line in enumerate((FOLDER / "vtest.jsonl").read_text().splitlines()):
        x, y, width, height = np.array([box[:4] for box in json.loads(line)["boxes"]], dtype=float).T
        feet = ground_from_image(pose, x + width / 2, y + height)
        east, north = crs_from_enu(feet.east_m, feet.north_m)
        counts = counts_from_points("pets", step * FRAME_NS, leaves, east, north)
        fused.take(counts)
        now = fused.cells_at(step * FRAME_NS)
        recording.take(now, step * FRAME_NS)
        truths.append(len(x))
        counted.append(sum(cell.people for cell in counts.cells))
        smoothed.append(sum(cell.people for cell in now))
        twenties.append(Counter({(int(e // 20), int(n // 20)): 1 for e, n in zip(east, north, strict=True)}))
    truth = np.array(truths)
    assert np.abs(np.array(counted) - truth).sum() / truth.sum() < 0.005
    assert np.abs(np.array(smoothed) - truth).sum() / truth.sum() < 0.08
    told = recording.published()
    assert told.people == pytest.approx(truth.mean(), rel=0.02)
    assert told.covers_s == pytest.approx(79.4)
    walked = set().union(*twenties)
    figures = {(cell.cell.east_index, cell.cell.north_index): cell for cell in told.cells if cell.cell.size_m == 20}
    assert walked <= set(figures)
    assert all(cell.people is None or cell.people == 0 or cell.people >= 5 for cell in told.cells)
    assert {cell.state for place, cell in figures.items() if place in walked} <= {
        CellState.SUPPRESSED,
        CellState.OBSERVED,
    }
    assert sum(cell.people or 0 for cell in told.cells) >= 5, "the busy cell is told"
