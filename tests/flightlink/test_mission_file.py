"""Mission files: area, times and figures, and one clear line for what cannot be."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from flightlink.errors import MissionError
from flightlink.mission import RedactionLevel
from flightlink.mission_file import load_mission, mission_from_table

SQUARE = [[2.0, 48.0], [2.01, 48.0], [2.01, 48.01], [2.0, 48.01]]
POLYGON = {"type": "Polygon", "coordinates": [[*SQUARE, SQUARE[0]]]}
FEATURE = {"type": "Feature", "properties": {}, "geometry": POLYGON}
TABLE: dict[str, Any] = {
    "area": SQUARE,
    "starts_utc": datetime(2026, 7, 14, 18, tzinfo=UTC),
    "ends_utc": "2026-07-15T00:30:00+02:00",
    "min_agl_m": 10,
    "max_agl_m": 120.0,
    "purpose": "crowd safety",
}


def test_a_table_becomes_a_mission() -> None:
    mission = mission_from_table(TABLE, Path())
    assert mission.area == ((2.0, 48.0), (2.01, 48.0), (2.01, 48.01), (2.0, 48.01))
    assert mission.starts_utc_ns == 1784052000 * 10**9
    assert mission.ends_utc_ns - mission.starts_utc_ns == int(4.5 * 3600) * 10**9
    assert (mission.level, mission.published_px_per_m, mission.raised_m) == (RedactionLevel.STRICT, 20, 0)
    assert mission.refusal_at(mission.ends_utc_ns) == "mission_ended"


def test_a_file_becomes_a_mission(tmp_path: Path) -> None:
    path = tmp_path / "mission.toml"
    path.write_text(
        "[mission]\narea = [[2.0, 48.0], [2.01, 48.0], [2.01, 48.01], [2.0, 48.0]]\n"
        "starts_utc = 2026-07-14T18:00:00Z\nends_utc = 2026-07-14T20:00:00Z\n"
        "min_agl_m = 5\nmax_agl_m = 60\npublished_px_per_m = 12.5\nlevel = 'floor'\npurpose = 'p'\nraised_m = 6\n"
    )
    mission = load_mission(path)
    assert len(mission.area) == 3
    assert (mission.level, mission.published_px_per_m, mission.raised_m) == (RedactionLevel.FLOOR, 12.5, 6)


@pytest.mark.parametrize("document", [POLYGON, FEATURE, {"type": "FeatureCollection", "features": [FEATURE]}])
def test_the_area_may_be_in_geojson_beside_the_mission(tmp_path: Path, document: dict[str, Any]) -> None:
    (tmp_path / "area.geojson").write_text(json.dumps(document))
    table = {key: value for key, value in TABLE.items() if key != "area"} | {"area_file": "area.geojson"}
    assert len(mission_from_table(table, tmp_path).area) == 4


HOLE = {"type": "Polygon", "coordinates": [SQUARE, [[2.002, 48.002], [2.004, 48.002], [2.004, 48.004]]]}
MANY = {"type": "MultiPolygon", "coordinates": [[SQUARE]]}
NO_AREA: list[Any] = [
    HOLE,
    MANY,
    {"type": "FeatureCollection", "features": [FEATURE, FEATURE]},
    {"type": "FeatureCollection", "features": []},
    {"type": "Feature", "geometry": None},
    {"type": "Point", "coordinates": [2, 48]},
    [],
    7,
]


@pytest.mark.parametrize("document", NO_AREA)
def test_geojson_with_anything_but_one_plain_polygon_is_refused(tmp_path: Path, document: Any) -> None:
    (tmp_path / "area.geojson").write_text(json.dumps(document))
    table = {key: value for key, value in TABLE.items() if key != "area"} | {"area_file": "area.geojson"}
    with pytest.raises(MissionError, match=r"area\.geojson") as caught:
        mission_from_table(table, tmp_path)
    assert "\n" not in str(caught.value)


WRONG: dict[str, dict[str, Any]] = {
    "area holds 'a'": {"area": ["a", "b", "c"]},
    "area holds None": {"area": "everywhere"},
    "not on Earth": {"area": [[2, 48], [200, 48], [3, 49]]},
    "corners are": {"area": [[2, 48], [2, 95], [3, 49]]},
    "has 2 corners": {"area": [[2, 48], [3, 48], [2, 48]]},
    "no simple polygon": {"area": [[0, 0], [1, 1], [1, 0], [0, 1]]},
    "180 degrees": {"area": [[179.9, 0], [-179.9, 0], [-179.9, 0.1], [179.9, 0.1]]},
    "no simple": {"area": [[0, 0], [1, 1], [2, 2]]},
    "given twice": {"area_file": "x.geojson"},
    "starts_utc .* without an offset": {"starts_utc": datetime(2026, 7, 14, 18)},  # noqa: DTZ001 - the fault under test
    "ends_utc .* without an offset": {"ends_utc": "2026-07-14T18:00:00"},
    "starts_utc is 'soon'": {"starts_utc": "soon"},
    "starts_utc is 7": {"starts_utc": 7},
    "ends_utc is not after": {"ends_utc": "2026-07-14T17:00:00Z"},
    "altitude band": {"min_agl_m": 130},
    "min_agl_m is 'low'": {"min_agl_m": "low"},
    "published_px_per_m is 41": {"published_px_per_m": 41},
    "raised_m is -1": {"raised_m": -1},
    "raised_m is 'roof'": {"raised_m": "roof"},
    "level is 'none'": {"level": "none"},
    r"level is \['floor'\]": {"level": ["floor"]},
    "purpose is empty": {"purpose": " "},
    "raisd_m is not known; raised_m seems to be meant": {"raisd_m": 5},
    "published_px is not known; published_px_per_m seems to be meant": {"published_px": 2},
}


@pytest.mark.parametrize(("message", "change"), WRONG.items(), ids=WRONG.keys())
def test_what_is_wrong_gets_one_line(message: str, change: dict[str, Any]) -> None:
    with pytest.raises(MissionError, match=message) as caught:
        mission_from_table(TABLE | change, Path())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", TABLE)
def test_a_missing_field_is_named(name: str) -> None:
    with pytest.raises(MissionError, match=f"{name} is missing"):
        mission_from_table({key: value for key, value in TABLE.items() if key != name}, Path())


def test_files_that_are_no_missions(tmp_path: Path) -> None:
    with pytest.raises(MissionError, match="cannot be read"):
        load_mission(tmp_path / "nowhere.toml")
    empty = tmp_path / "empty.toml"
    empty.write_text("")
    with pytest.raises(MissionError, match=r"\[mission\] is missing"):
        load_mission(empty)
    table = {key: value for key, value in TABLE.items() if key != "area"} | {"area_file": "nowhere.geojson"}
    with pytest.raises(MissionError, match="cannot be read"):
        mission_from_table(table, tmp_path)
    (tmp_path / "area.geojson").write_text("{")
    with pytest.raises(MissionError, match="not JSON"):
        mission_from_table(table | {"area_file": "area.geojson"}, tmp_path)


def test_times_in_any_zone_are_one_instant() -> None:
    paris = datetime(2026, 7, 14, 20, tzinfo=timezone(timedelta(hours=2)))
    assert mission_from_table(TABLE | {"starts_utc": paris}, Path()).starts_utc_ns == 1784052000 * 10**9
