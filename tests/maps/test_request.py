import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pymap3d
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.pose import CameraPose, Intrinsics, PoseSigma
from maps.request import FAR_SHARE, answer_for_pixel, answer_from_line

GOLDEN = [json.loads(line) for line in (Path(__file__).parent / "golden/georeference.jsonl").read_text().splitlines()]
GOOD: dict[str, Any] = GOLDEN[3]["input"]
SIGMA = {"horizontal_m": 0.1, "vertical_m": 0.05, "yaw_deg": 0.1, "pitch_deg": 0.1, "roll_deg": 0.1}


def answer(**changes: Any) -> dict[str, Any]:
    return answer_from_line(json.dumps({**GOOD, **changes}))


@pytest.mark.parametrize("case", GOLDEN, ids=[case["input"]["id"] for case in GOLDEN])
def test_golden_lines(case: dict[str, Any]) -> None:
    got, expected = answer_from_line(json.dumps(case["input"])), case["expect"]
    assert got["id"] == case["input"]["id"]
    if "error" in expected:
        assert got["error"] == expected["error"]
        assert set(got) == {"id", "error", "detail"}
        return
    assert set(got) == {"id", "lat_deg", "lon_deg", "slant_range_m", "ce90_m"}
    east, north, _ = pymap3d.geodetic2enu(
        got["lat_deg"], got["lon_deg"], 0, expected["lat_deg"], expected["lon_deg"], 0
    )
    assert math.hypot(east, north) < 0.01
    assert got["slant_range_m"] == pytest.approx(expected["slant_range_m"], abs=0.01)
    assert 0 < got["ce90_m"] <= 30


@pytest.mark.parametrize("name", sorted(set(GOOD) - {"id", "distortion"}))
def test_each_missing_or_foreign_field_is_named(name: str) -> None:
    without = {key: value for key, value in GOOD.items() if key != name}
    for line in (without, *({**GOOD, name: bad} for bad in ("48", None, True, [1], math.nan, math.inf, 10**400))):
        got = answer_from_line(json.dumps(line))
        assert got["error"] == "invalid"
        assert name in got["detail"]
        assert got["id"] == "obl45_centre"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"fx_px": -1371.0}, "focal"),
        ({"fy_px": 0}, "focal"),
        ({"width_px": 0}, "size"),
        ({"width_px": 10.5}, "width_px"),
        ({"lat_deg": 91}, "position"),
        ({"lon_deg": 181}, "position"),
        ({"pitch_deg": -91}, "pitch"),
        ({"ground_alt_m": 60.0}, "ground_alt_m"),
        ({"u_px": 1925}, "u_px"),
        ({"v_px": -2}, "v_px"),
        ({"distortion": [0, 0, 0]}, "distortion"),
        ({"distortion": "none"}, "distortion"),
        ({"distortion": [0, 0, 0, "x", 0]}, "distortion[3]"),
        ({"sigma": 3}, "sigma"),
        ({"sigma": {**SIGMA, "yaw_deg": -1}}, "yaw_deg"),
        ({"sigma": {"yaw_deg": 1}}, "sigma.horizontal_m"),
        ({"dem": "hill.tif"}, "hill.tif: is no file on this machine"),
        ({"dem": 3}, "dem is 3"),
        ({"dem": "", "ground_alt_m": 0}, "dem is"),
        ({"height_datum": "sea"}, "height_datum is none of shared, home"),
        ({"sigma": {**SIGMA, "focal_share": -1}}, "focal_share"),
    ],
)
def test_what_cannot_be_is_refused_by_name(changes: dict[str, Any], named: str) -> None:
    got = answer(**changes)
    assert got["error"] == "invalid"
    assert named in got["detail"]
    assert "lat_deg" not in got


@pytest.mark.parametrize("line", ["", "{", "[]", "3", "null", '"x"', "[" * 100_000])
def test_a_line_that_is_no_request(line: str) -> None:
    got = answer_from_line(line)
    assert got["id"] is None
    assert got["error"] == "invalid"
    assert got["detail"]


def test_a_given_sigma_changes_the_stated_error() -> None:
    assert answer(sigma=SIGMA)["ce90_m"] < 1 < answer()["ce90_m"]


def test_beyond_the_limit_states_its_error() -> None:
    got = answer(pitch_deg=-8.0)
    assert got["error"] == "beyond_limit"
    assert "over the limit of 30 m" in got["detail"]
    assert "lat_deg" in answer(pitch_deg=-8.0, sigma=SIGMA)


def test_a_pixel_beyond_the_fold_gets_no_point() -> None:
    got = answer(distortion=[-0.6, 0, 0, 0, 0], u_px=0, v_px=0)
    assert got["error"] == "invalid"
    assert "distortion" in got["detail"]


@given(st.dictionaries(st.sampled_from([*GOOD, "sigma", "dem"]), st.none() | st.booleans() | st.floats() | st.text()))
def test_every_line_gets_one_honest_answer(changes: dict[str, Any]) -> None:
    got = answer(**changes)
    json.dumps(got)
    if "error" in got:
        assert got["error"] in {"above_horizon", "beyond_limit", "invalid"}
        assert got["detail"]
    else:
        assert all(math.isfinite(got[name]) for name in ("lat_deg", "lon_deg", "slant_range_m", "ce90_m"))


def test_from_far_away_a_point_is_answered_whose_error_is_a_small_share_of_the_range() -> None:
    """3 km away 46 m are 1.5 %; the limit of 30 m is meant for what a crowd is counted at."""
    lens = Intrinsics(width_px=100, height_px=100, fx_px=300, fy_px=300, cx_px=49.5, cy_px=49.5)
    sigma = PoseSigma(horizontal_m=3, vertical_m=3, yaw_deg=0.25, pitch_deg=0.2, roll_deg=0.2)
    high = CameraPose(
        utc_ns=0, lat_deg=48, lon_deg=2, alt_m=1500, ground_alt_m=0, yaw_deg=0, pitch_deg=-30, roll_deg=0,
        intrinsics=lens, sigma=sigma,
    )  # fmt: skip
    assert answer_for_pixel(high, 49.5, 49.5)["error"] == "beyond_limit"
    far = answer_for_pixel(high, 49.5, 49.5, far_share=FAR_SHARE)
    assert far["slant_range_m"] == pytest.approx(3000)
    assert 30 < far["ce90_m"] < FAR_SHARE * 3000
    doubtful = replace(high, sigma=replace(sigma, pitch_deg=1.0))
    assert answer_for_pixel(doubtful, 49.5, 49.5, far_share=FAR_SHARE)["error"] == "beyond_limit"
    near = replace(doubtful, alt_m=150, sigma=replace(sigma, yaw_deg=6.0))
    assert answer_for_pixel(near, 49.5, 49.5, far_share=FAR_SHARE)["error"] == "beyond_limit"
    level = replace(high, pitch_deg=5)
    assert answer_for_pixel(level, 49.5, 49.5, far_share=FAR_SHARE)["error"] == "above_horizon"


@pytest.mark.parametrize("identity", [math.nan, math.inf, [-math.inf], {"of": math.nan}])
def test_an_id_that_json_cannot_hold_is_refused_and_never_written(identity: object) -> None:
    got = answer(id=identity)
    assert (got["id"], got["error"]) == (None, "invalid")
    assert "id" in got["detail"]
    json.dumps(got, allow_nan=False)


def test_a_byte_order_mark_before_the_line_is_no_part_of_it() -> None:
    assert answer_from_line("\ufeff" + json.dumps(GOOD)) == answer()


@pytest.mark.parametrize(
    ("name", "meant"),
    [("distortions", "distortion"), ("DEM", "dem"), ("sigmas", "sigma"), ("Height_Datum", "height_datum")],
)
def test_a_misspelt_optional_field_is_refused_and_never_without_effect(name: str, meant: str) -> None:
    line = {key: value for key, value in GOOD.items() if key != meant} | {name: [0.1, 0, 0, 0, 0]}
    got = answer_from_line(json.dumps(line))
    assert got["error"] == "invalid"
    assert f'"{name}" is no field; {meant} seems to be meant' in got["detail"]


def test_what_looks_like_no_field_of_ours_is_ignored() -> None:
    assert answer(comment="x", expect={}, camera="north", drone_id=3, alt_agl_m=60) == answer()
