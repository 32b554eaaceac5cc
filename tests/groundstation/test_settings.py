from pathlib import Path
from typing import Any

import pytest

from flightlink.errors import FlightlinkError
from flightlink.mission import RedactionLevel
from groundstation.errors import BadInputError
from groundstation.settings import settings_from_file, settings_from_table

FIXED = {"name": "north", "video": "clip.mp4", "file": "north.toml"}
CARRIED = {"name": "one", "video": "rtsp://192.0.2.1/main", "system_id": 1}
LINK = {"url": "udpin://127.0.0.1:14550"}
PATH = Path("station.toml")


def test_fills_defaults_and_makes_paths_absolute(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    file.write_text(
        '[[link]]\nurl = "udpin://127.0.0.1:14550"\n'
        '[[camera]]\nname = "north"\nvideo = "clip.mp4"\nfile = "north.toml"\n'
        '[[camera]]\nname = "one"\nvideo = "rtsp://192.0.2.1/main"\nsystem_id = 1\nlevel = "floor"\n'
    )
    settings = settings_from_file(file)
    assert (settings.station.host, settings.station.port) == ("127.0.0.1", 8080)
    assert settings.camera[0].video == str(tmp_path / "clip.mp4")
    assert settings.camera[0].file == tmp_path / "north.toml"
    assert settings.camera[1].video == "rtsp://192.0.2.1/main"
    assert settings.camera[1].level is RedactionLevel.FLOOR


def test_a_link_says_who_may_speak_and_where_its_key_lies(tmp_path: Path) -> None:
    link = {"url": "udpin://0.0.0.0:14550", "allow": ["10.0.0.0/24"], "key_file": "link.key", "system_ids": [1, 2]}
    settings = settings_from_table({"camera": [FIXED], "link": [link]}, path=tmp_path / "station.toml")
    plan = settings.link[0].plan
    assert (plan.allows("10.0.0.7"), plan.allows("10.0.1.7")) == (True, False)
    assert plan.key_file == tmp_path / "link.key"
    assert plan.system_ids == frozenset({1, 2})
    assert settings.station.state_dir == tmp_path / "state"


def camera(**changes: Any) -> dict[str, Any]:
    return {"camera": [{**FIXED, **changes}]}


@pytest.mark.parametrize(
    ("table", "field", "word"),
    [
        ({}, "camera", "missing"),
        ({"camera": []}, "camera", "at least one"),
        ({"camera": [FIXED, FIXED]}, "camera", "north is there 2 times"),
        ({"camera": [CARRIED]}, "camera", "[[link]]"),
        ({"link": [LINK], "camera": [CARRIED, {**CARRIED, "name": "two"}]}, "camera", "system_id 1 is there 2 times"),
        ({"camera": [FIXED], "link": [{"url": "carrier pigeon"}]}, "link.1.url", "udpin://"),
        ({"camera": [FIXED], "link": [LINK, LINK]}, "link", "each one once"),
        ({"camera": [FIXED], "link": [{"url": "udpin://0.0.0.0:1"}]}, "link.1", 'allow = ["10.0.0.0/24"]'),
        ({"camera": [FIXED], "link": [LINK | {"allow": ["drone"]}]}, "link.1", "no network"),
        ({"camera": [FIXED], "link": [LINK | {"system_ids": [0]}]}, "link.1.system_ids.1", "equal to 1"),
        ({"camera": [FIXED], "link": [LINK | {"allow": "10.0.0.0/8"}]}, "link.1.allow", "a list; write for"),
        ({"link": [LINK | {"system_ids": [2]}], "camera": [CARRIED]}, "camera", "system_id 1 of camera one in the"),
        ({"camera": [FIXED], "record": {"folder": "l", "file_mb": 2000}}, "record", "write for instance [record] as"),
        ({"camera": [FIXED], "link": [{"url": "tcp://h:1", "allow": ["10.0.0.0/8"]}]}, "link.1", "links that listen"),
        ({"camera": [{"name": "north", "video": "clip.mp4"}]}, "camera.1", "system_id"),
        ({"camera": [FIXED], "station": {"port": 70000}}, "station.port", "65535"),
        ({"camera": [FIXED], "station": {"prot": 1}}, "station.prot", "unknown"),
        ({"camera": [FIXED], "redaction": False}, "redaction", "unknown"),
        (camera(name="a b"), "camera.1.name", "letters"),
        (camera(name="../x"), "camera.1.name", "letters"),
        (camera(system_id=255), "camera.1.system_id", "252"),
        (camera(level="none"), "camera.1.level", "'strict' or 'floor'"),
        (camera(video_latency_s=-1), "camera.1.video_latency_s", "0"),
        (camera(video_latency_s=float("nan")), "camera.1.video_latency_s", "finite"),
        (camera(published_px_per_m=41), "camera.1.published_px_per_m", "40"),
        (camera(video=""), "camera.1.video", "at least 1"),
        ({"camera": FIXED}, "camera", "[[camera]]"),
        ({"camera": [FIXED | {"system_id": 1}], "link": [{"url": "udp:14550"}]}, "link.1.url", "udpin://"),
        ({"camera": [FIXED | {"system_id": 1}]}, "camera", "[[link]]"),
        (camera(video="concat://a"), "camera.1.video", "rtsp"),
        (camera(video="https://192.0.2.1/a.m3u8"), "camera.1.video", "rtsp"),
    ],
)
def test_a_fault_is_one_line_with_file_field_and_how_to_mend_it(table: dict[str, Any], field: str, word: str) -> None:
    with pytest.raises(BadInputError) as raised:
        settings_from_table(table, path=PATH)
    (line,) = str(raised.value).splitlines()
    assert line.startswith(f"station.toml: {field}: ")
    assert word in line
    assert len(line) < 250


def test_each_fault_has_its_line() -> None:
    with pytest.raises(BadInputError) as raised:
        settings_from_table(camera(level="none", system_id=0), path=PATH)
    assert len(str(raised.value).splitlines()) == 2


@pytest.mark.parametrize("text", ["[station", "a = ", "\udcff"])
def test_what_is_no_toml_is_told_in_one_line(tmp_path: Path, text: str) -> None:
    file = tmp_path / "station.toml"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(FlightlinkError, match=r"station\.toml") as raised:
        settings_from_file(file)
    assert "\n" not in str(raised.value)


def test_settings_are_frozen() -> None:
    settings = settings_from_table({"camera": [FIXED]}, path=PATH)
    with pytest.raises(ValueError, match="frozen"):
        settings.station.host = "0.0.0.0"  # type: ignore[misc]  # noqa: S104 - the fault
