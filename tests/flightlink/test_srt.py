"""DJI subtitles: coordinate order, datum, gimbal angles and clocks of every dialect; and what gives no place."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.attitude import Attitude
from flightlink.camera_file import CameraFile
from flightlink.errors import TelemetryError
from flightlink.pose import PoseRefusal
from flightlink.recorded.flight import FlightClock, FlightPoses
from flightlink.recorded.kinds import poses_from_file
from flightlink.recorded.srt.cues import cues_from_text
from flightlink.recorded.srt.dialects import SrtSample, sample_from_text

BRACKETS = "[latitude: 48.857000] [longitude: 2.352000] [rel_alt: 40.000 abs_alt: -12.000]"
GIMBAL = "[gb_yaw: -170.0 gb_pitch: -45.0 gb_roll: 1.0]"
LISTED = "F/5.6, SS 400, ISO 100, EV 0, GPS (-58.851745, -34.237922, 15), {}D 698.70m, H 85.80m, H.S 0.00m/s"
PRY = "F.PRY (2.7°, -7.0°, 110.1°), G.PRY (-24.4°, 0.5°, 110.4°)"


def clip(*texts: str, every_ms: int = 100, wall: str = "2026-07-14 18:00:{:06.3f}\n") -> str:
    return "\n".join(
        f"{number + 1}\n00:00:{number * every_ms // 1000:02},{number * every_ms % 1000:03} --> 00:00:59,000\n"
        f"{wall.format(number * every_ms / 1000)}{text}\n"
        for number, text in enumerate(texts)
    )


def read(folder: Path, text: str | bytes, camera: CameraFile | None) -> FlightPoses:
    path = folder / "anything.bin"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return poses_from_file(path, camera)


@pytest.mark.parametrize(
    ("text", "place", "height"),
    [
        (BRACKETS, (48.857, 2.352), 40.0),
        (BRACKETS.replace("longitude", "longtitude").replace(":", " :"), (48.857, 2.352), 40.0),
        ("HOME(149.0251,-20.2532) 2017.08.05 1:11:51\nGPS(149.0251,-20.2533,16) BAROMETER:2", (-20.2533, 149.0251), 2),
        ("HOME(149.0251,-20.2532) 2017.8.5 1:11:51\nGPS(149.0251,-20.2533,16) Hb:1.9 Hs:2", (-20.2533, 149.0251), 1.9),
        ("GPS(36.6146,-6.1120,0.0M) BAROMETER:0.3M", (36.6146, -6.112), 0.3),
        (LISTED.format(""), (-34.237922, -58.851745), 85.8),
        (LISTED.format("HOME (-58.847509, -34.232707, -57.98m), "), (-34.237922, -58.851745), 85.8),
    ],
)  # fmt: skip
def test_each_dialect_has_its_order_and_its_height(text: str, place: tuple[float, float], height: float) -> None:
    sample = sample_from_text(text)
    assert isinstance(sample, SrtSample)
    assert (sample.lat_deg, sample.lon_deg, sample.alt_home_m) == (*place, height)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("[iso : 100]", "no_position"),
        (BRACKETS.replace("48.857000", "0.000000").replace("2.352000", "0.000000"), "no_position"),
        (BRACKETS.replace("48.857", "98.857"), "no_position"),
        ("HOME(-1.2218,42.4668) 2018.08.19 08:00:50\nGPS(N/A,N/A,3) BAROMETER:0.0", "no_position"),
        ("[latitude: 41.42] [longitude: 2.23] [altitude: 117.000000]", "unknown_height_datum"),
        ("[latitude: 41.42] [longitude: 2.23]", "no_height"),
        ("GPS(39.906217,116.391305,69.800) BAROMETER(91.2) HOME(39.906206,116.391400)", "unknown_height_datum"),
        ("GPS(39.906217,116.391305,69.800) H 20m", "unknown_coordinate_order"),
        ("GPS(39.9,16.3,69) BAROMETER:20", "unknown_coordinate_order"),
        ("HOME(39.9,16.3) GPS(39.9,16.3,69.8M) BAROMETER:20", "unknown_coordinate_order"),
    ],
)
def test_what_gives_no_place_names_its_cause(text: str, cause: str) -> None:
    refusal = sample_from_text(text)
    assert isinstance(refusal, PoseRefusal)
    assert refusal.cause == cause


def test_gimbal_angles_in_both_orders() -> None:
    for text, expected in (
        (f"{BRACKETS} {GIMBAL}", Attitude(yaw_deg=190.0, pitch_deg=-45.0, roll_deg=1.0)),
        (f"{LISTED.format('')}, {PRY}", Attitude(yaw_deg=110.4, pitch_deg=-24.4, roll_deg=0.5)),
        (BRACKETS, None),
        (f"{LISTED.format('')}, F.PRY (2.7°, -7.0°, 110.1°)", None),
    ):
        sample = sample_from_text(text)
        assert isinstance(sample, SrtSample)
        assert sample.gimbal == expected


def test_a_clip_with_gimbal_gives_poses_on_its_own_clock(tmp_path: Path, camera: CameraFile) -> None:
    flight = read(tmp_path, clip(*[f"{BRACKETS} {GIMBAL}"] * 5), camera)
    assert (len(flight.poses), flight.clock, flight.truncated) == (5, FlightClock.LOCAL, False)
    assert flight.poses[0].utc_ns == flight.video_starts_utc_ns == 1_784_052_000_000_000_000
    assert (flight.poses[0].alt_m, flight.poses[0].height_datum) == (40.0, "home")
    moved = flight.with_video_started(5_000_000_000)
    assert [pose.utc_ns for pose in moved.poses] == [5_000_000_000 + n * 100_000_000 for n in range(5)]
    assert moved.clock is FlightClock.UTC


def test_without_a_gimbal_only_a_stated_mount_gives_poses_and_yaw_stays_unknown(
    tmp_path: Path, camera: CameraFile
) -> None:
    text = clip(*[BRACKETS] * 3)
    bare = replace(camera, mount=None)
    assert read(tmp_path, text, bare).refusals == {"no_attitude": 3}
    stated = replace(camera, mount=Attitude(yaw_deg=0, pitch_deg=-90, roll_deg=0))
    flight = read(tmp_path, text, stated)
    assert {pose.pitch_deg for pose in flight.poses} == {-90}
    assert {pose.sigma.yaw_deg for pose in flight.poses} == {70.0}
    assert any("yaw unknown" in note for note in flight.notes)
    assert read(tmp_path, clip(f"{BRACKETS} {GIMBAL}"), None).refusals == {"no_intrinsics": 1}


def test_coarse_digits_cost_certainty(tmp_path: Path, camera: CameraFile) -> None:
    coarse = BRACKETS.replace("48.857000", "48.8570").replace("2.352000", "2.3520")
    fine, rough = (read(tmp_path, clip(f"{text} {GIMBAL}"), camera).poses[0] for text in (BRACKETS, coarse))
    assert rough.sigma.horizontal_m > fine.sigma.horizontal_m + 0.5


def test_clocks_jump_are_absent_or_come_in_other_formats(tmp_path: Path, camera: CameraFile) -> None:
    text = f"{BRACKETS} {GIMBAL}"
    assert read(tmp_path, clip(text, text, wall=""), camera).clock is FlightClock.VIDEO
    joined = clip(text) + "\n" + clip(text, wall="2026-07-14 19:00:00.000\n")
    assert read(tmp_path, joined, camera).clock is FlightClock.VIDEO
    for stamp in ("2026-07-14 18:00:00,500,250\n", "2026.7.14 18:00:00\n"):
        assert read(tmp_path, clip(text, wall=stamp), camera).clock is FlightClock.LOCAL
    assert read(tmp_path, clip(text, wall="1970-01-01 00:00:00.000\n"), camera).clock is FlightClock.VIDEO
    wall_ns = next(cues_from_text(clip(text, wall="2026-07-14 18:00:00,500,250\n"))).wall_ns
    assert wall_ns == 1_784_052_000_500_250_000


def test_marks_line_ends_and_missing_arrows_do_no_harm(tmp_path: Path, camera: CameraFile) -> None:
    text = clip(*[f"{BRACKETS} {GIMBAL}"] * 2)
    plain = read(tmp_path, text, camera)
    assert read(tmp_path, b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode(), camera) == plain
    arrowless = f"1\n2026.07.14 18:00:00,393,525\n[longtitude : 2.352] {BRACKETS} {GIMBAL}\n"
    assert read(tmp_path, arrowless, camera).clock is FlightClock.LOCAL
    cut = read(tmp_path, clip(*[BRACKETS] * 3)[: -len(BRACKETS)], camera)
    assert cut.truncated


def test_foreign_subtitles_and_no_subtitles_are_refused(tmp_path: Path, camera: CameraFile) -> None:
    with pytest.raises(TelemetryError, match="no subtitle of a DJI camera"):
        read(tmp_path, clip("Bonjour.", wall=""), camera)
    for text in ("", "1\n", "no subtitle at all"):
        with pytest.raises(TelemetryError, match="DJI subtitles"):
            read(tmp_path, text, camera)


@given(at=st.integers(0, 400), junk=st.text(max_size=12))
def test_damage_never_moves_a_place_to_another_country(at: int, junk: str) -> None:
    whole = clip(*[f"{LISTED.format('')}, {PRY}"] * 3)
    for cue in cues_from_text(whole[:at] + junk + whole[at + len(junk) :]):
        sample = sample_from_text(cue.text)
        if isinstance(sample, SrtSample):
            assert -90 <= sample.lat_deg <= 90
            assert abs(sample.alt_home_m) < 10_000


@pytest.mark.data
def test_every_recorded_file_gives_poses_or_one_clear_cause(shared_data: Path, camera: CameraFile) -> None:
    files = sorted(path for path in (shared_data / "dji_srt").rglob("*") if path.suffix.lower() == ".srt")
    assert len(files) == 27
    empty = [path for path in files if path.name.startswith("broken_empty")]
    for path in empty:
        with pytest.raises(TelemetryError):
            poses_from_file(path, camera)
    with_poses = {}
    for path in files:
        if path not in empty:
            flight = poses_from_file(path, camera)
            with_poses[f"{path.parent.name}/{path.name}"] = len(flight.poses)
            assert flight.poses or flight.refusals
    assert {name for name, count in with_poses.items() if count} == {
        "Avata360/clip.SRT", "juanirache/mix_p4rtk_mavic2pro.srt", "juanirache/p4_rtk.SRT",
    }  # fmt: skip


def test_a_gimbal_some_tenths_beyond_nadir_looks_back_under_the_vehicle() -> None:
    sample = sample_from_text(BRACKETS + "[gb_yaw: 30.0 gb_pitch: -90.1 gb_roll: 0.0]")
    assert isinstance(sample, SrtSample)
    assert sample.gimbal is not None
    assert sample.gimbal.pitch_deg == pytest.approx(-89.9)
    assert (sample.gimbal.yaw_deg, abs(sample.gimbal.roll_deg)) == (210.0, 180.0)
    far = sample_from_text(BRACKETS + "[gb_yaw: 30.0 gb_pitch: -130.0 gb_roll: 0.0]")
    assert isinstance(far, SrtSample)
    assert far.gimbal is None
