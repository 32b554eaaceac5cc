"""`georeference --image`: one photo, photos beside it that contradict its yaw, heights, pixels outside, bad files."""

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flightlink.pose import CameraPose
from groundstation.__main__ import main
from groundstation.instants import text_from_utc_ns
from maps.camera import image_from_enu
from maps.overlap.views import camera_place_m, turned_half
from tests.flightlink.klv_bytes import UTC_US, items, packet
from tests.flightlink.photo_files import DJI_FIELDS, written_photo, xmp
from tests.vision.beaches import HEIGHT_PX, LENS, OVER, WIDTH_PX, beach, flight, photo_of


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
    capsys.readouterr()
    assert main(["georeference", *words]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert main(["georeference", *words]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    return told.err.splitlines()[-1]


def survey(folder: Path, told: list[CameraPose], true: list[CameraPose]) -> list[Path]:
    """Write the photos of true cameras with the metadata that tell others."""
    ground, paths = beach(), []
    for number, (as_told, camera) in enumerate(zip(told, true, strict=True)):
        fields = DJI_FIELDS | {
            "GimbalYawDegree": f"{as_told.yaw_deg:.2f}", "GimbalPitchDegree": "-89.90", "RelativeAltitude": "40.0",
            "CalibratedFocalLength": f"{LENS.fx_px}", "CalibratedOpticalCenterX": f"{WIDTH_PX / 2}",
            "CalibratedOpticalCenterY": f"{HEIGHT_PX / 2}",
        }  # fmt: skip
        paths.append(
            written_photo(
                folder / f"DJI_{number:04}.JPG", xmp(fields), picture=photo_of(ground, camera),
                place=(as_told.lat_deg, as_told.lon_deg), taken=f"2026:07:14 18:00:{7 * number:02}",
            )
        )  # fmt: skip
    return paths


def test_a_flipped_yaw_is_found_by_the_photos_beside_and_corrected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    true = flight([(0, 0, 44), (9, 9, 45), (-2, 18, 48)])
    paths = survey(tmp_path, [turned_half(true[0], flipped=True), *true[1:]], true)
    mark = (-10.0, 6.0)
    for path, camera in zip(paths[:2], true[:2], strict=True):
        answer = asked(capsys, "--image", str(path), "--pixel", pixel_of(camera, mark))[0]
        assert apart_m(answer, mark) < 1.0
        assert answer["ce90_m"] < 14
        assert any("yaw_flipped" in note for note in answer["notes"]) is (camera is true[0])


def test_alone_a_photo_near_nadir_states_an_error_that_covers_a_flip(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    true = flight([(0, 0, 44)])
    path = survey(tmp_path, [turned_half(true[0], flipped=True)], true)[0]
    mark = (-6.0, 5.0)
    answer = asked(capsys, "--image", str(path), "--pixel", pixel_of(true[0], mark))[0]
    assert 10 < apart_m(answer, mark) < answer["ce90_m"]
    assert any("unverified" in note for note in answer["notes"])


def test_photos_named_beside_count_whatever_their_folder_and_time(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    true = flight([(0, 0, 44), (9, 9, 45)])
    first, second = survey(tmp_path, true, true)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    second = second.rename(elsewhere / "B.JPG")
    words = ("--image", str(first), "--pixel", "10,10", "--beside", str(second))
    assert any("yaw agrees" in note for note in asked(capsys, *words)[0]["notes"])


def test_an_oblique_photo_is_believed_alone_and_answers_each_pixel(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written_photo(tmp_path / "A.JPG", xmp(DJI_FIELDS), more={0x9011: "+02:00"})
    answers = asked(capsys, "--image", str(path), "--pixel", "40,30", "--pixel", "40,59")
    assert [answer["id"] for answer in answers] == ["A.JPG"] * 2
    assert answers[0]["slant_range_m"] > answers[1]["slant_range_m"] > 40
    assert 3 < answers[0]["ce90_m"] < 20
    assert answers[0]["utc"] == "2026-07-14T16:00:00.000Z"


def test_what_cannot_be_answered_ends_with_2_and_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(written_photo(tmp_path / "A.JPG", xmp(DJI_FIELDS)))
    assert "outside the picture of 80 x 60 px" in refused(capsys, "--image", path, "--pixel", "81,10")
    assert "outside" in refused(capsys, "--image", path, "--pixel", "nan,10")
    assert "--pixel" in refused(capsys, "--image", path)
    assert "--telemetry" in refused(capsys, "--image", path, "--pixel", "1,1", "--at", "2026-07-14T18:00:00Z")
    assert "is not there" in refused(capsys, "--image", path, "--pixel", "1,1", "--beside", str(tmp_path / "none.jpg"))
    assert "add --dem" in refused(capsys, "--image", path, "--pixel", "1,1", "--home", "48.85,2.35")
    bare = str(written_photo(tmp_path / "B.JPG", None))
    assert "no_height" in refused(capsys, "--image", bare, "--pixel", "1,1")


def test_a_model_that_cannot_be_read_is_told_before_photos_are_compared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(written_photo(tmp_path / "A.JPG", xmp(DJI_FIELDS)))
    monkeypatch.setattr("groundstation.telemetry.photo._judged", lambda *_: pytest.fail("the photos were compared"))
    told = refused(capsys, "--image", path, "--pixel", "1,1", "--dem", str(tmp_path / "missing.tif"))
    assert "no file on this machine" in told


def test_a_height_model_raises_the_ground(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(written_photo(tmp_path / "A.JPG", xmp(DJI_FIELDS)))
    tile = tmp_path / "N48E002.hgt"
    tile.write_bytes(b"\x00\x64" * 1201 * 1201)  # 100 m everywhere
    flat = asked(capsys, "--image", path, "--pixel", "40,30")
    on_model = asked(capsys, "--image", path, "--pixel", "40,30", "--dem", str(tile))
    assert on_model[0]["ground_alt_m"] == 100.0
    assert on_model[0]["slant_range_m"] == pytest.approx(flat[0]["slant_range_m"], abs=0.01)
    homed = asked(capsys, "--image", path, "--pixel", "40,30", "--dem", str(tile), "--home", "48.85,2.35")
    assert homed[0]["lat_deg"] == pytest.approx(flat[0]["lat_deg"], abs=1e-6)


def pixel_of(camera: CameraPose, mark: tuple[float, float]) -> str:
    """Return the pixel at which a camera truly sees a mark, metres east and north of `OVER`."""
    east, north = mark - camera_place_m(camera, OVER)
    u, v, _ = image_from_enu(replace(camera, intrinsics=LENS), np.array([[east, north, -camera.alt_agl_m]]))
    return f"{u[0]},{v[0]}"


def apart_m(answer: dict[str, Any], mark: tuple[float, float]) -> float:
    found = replace(OVER, lat_deg=answer["lat_deg"], lon_deg=answer["lon_deg"])
    east, north = camera_place_m(found, OVER) - mark
    return float(math.hypot(east, north))


def test_subtitles_are_asked_by_their_own_clock_or_in_utc(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the wall clock that they tell, which has no zone, or by the time at which their video began."""
    camera = tmp_path / "cam.toml"
    camera.write_text("width_px=1920\nheight_px=1080\nfx_px=1500\nfy_px=1500\ncx_px=959.5\ncy_px=539.5\n")
    text = (
        "[latitude: 48.857001] [longitude: 2.352001] [rel_alt: 40.0 abs_alt: 9.0] [gb_yaw: 5 gb_pitch: -45 gb_roll: 0]"
    )
    cue = "1\n00:00:00,000 --> 00:00:01,000\n{}" + text + "\n"
    clip = tmp_path / "clip.SRT"
    clip.write_text(cue.format("2026-07-14 18:00:00.000\n"))
    words = ("--telemetry", str(clip), "--camera", str(camera), "--pixel", "960,540")
    local = asked(capsys, *words, "--at", "2026-07-14T18:00:00Z")[0]
    assert any("no zone" in note for note in local["notes"])
    numbered = asked(capsys, *words, "--at", "2026-07-14T18:00:00Z", "--system-id", "7")[0]
    assert [note for note in numbered["notes"] if note not in local["notes"]] == [
        "--system-id is not used: the recording tells no vehicles apart"
    ]
    starts = ("--video-starts", "2026-07-14T16:00:00Z")
    assert "2026-07-14T16:00:00.000Z" in refused(capsys, *words, "--at", "2026-07-14T18:00:00Z", *starts)
    in_utc = asked(capsys, *words, "--at", "2026-07-14T16:00:00Z", *starts)[0]
    assert in_utc["lat_deg"] == local["lat_deg"]
    assert "outside the picture" in refused(capsys, *words[:-1], "2000,540", "--at", "2026-07-14T18:00:00Z")
    clip.write_text(cue.format(""))
    assert "--video-starts" in refused(capsys, *words, "--at", "2026-07-14T18:00:00Z")


def test_a_start_of_the_video_that_is_not_used_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "flight.klv"
    path.write_bytes(packet(items()))
    at, starts = text_from_utc_ns(UTC_US * 1000), "2026-07-14T16:00:00Z"
    words = ("--telemetry", str(path), "--at", at, "--pixel", "960,540")
    plain, told = asked(capsys, *words)[0], asked(capsys, *words, "--video-starts", starts)[0]
    assert [note for note in told["notes"] if note not in plain["notes"]] == [
        "--video-starts is not used: the recording counts in UTC itself"
    ]


def test_a_height_above_the_sea_needs_a_height_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inner = "<m:CameraOrientationNED m:Yaw='10' m:Pitch='-40' m:Roll='0'/>"
    told = xmp({"AbsoluteAltitude": "150.0"}, address="https://www.skydio.com/drone-skydio/1.0/", inner=inner)
    path = str(written_photo(tmp_path / "S.JPG", told, maker="Skydio"))
    assert "--dem" in refused(capsys, "--image", path, "--pixel", "40,30")
    tile = tmp_path / "N48E002.hgt"
    tile.write_bytes(b"\x00\x64" * 1201 * 1201)  # 100 m everywhere
    answer = asked(capsys, "--image", path, "--pixel", "39.5,29.5", "--dem", str(tile))[0]
    assert answer["slant_range_m"] == pytest.approx(50 / math.sin(math.radians(40)), rel=0.01)
