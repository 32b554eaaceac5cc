"""Logs of autopilots: place, attitude, gimbal and UTC out of ULog and DataFlash; damaged, cut, appended, older ones."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.attitude import Attitude, quaternion_from_attitude
from flightlink.camera_file import CameraFile
from flightlink.errors import TelemetryError
from flightlink.geodesy import distance_m
from flightlink.pose import CameraPose, Intrinsics
from flightlink.recorded.flight import FlightPoses
from flightlink.recorded.kinds import poses_from_file
from tests.flightlink.board_logs import DataFlashWriter, UlogWriter

LAT, LON = 48.857, 2.352
UTC_S = 1_784_044_800  # 2026-07-14 16:00:00
GPS_WEEK, GPS_MS = divmod((UTC_S + 18 - 315_964_800) * 1000, 604_800_000)
DOWN = Attitude(yaw_deg=10, pitch_deg=-45, roll_deg=0)
LENS = Intrinsics(width_px=1920, height_px=1080, fx_px=1500, fy_px=1500, cx_px=959.5, cy_px=539.5)
STAMPS_US = range(5_000_000, 7_000_001, 100_000)


def read(folder: Path, data: bytes, camera: CameraFile) -> FlightPoses:
    path = folder / "flight"
    path.write_bytes(data)
    return poses_from_file(path, camera)


def dataflash(*, mount: bool = True, relative: str = "RelHomeAlt", fix: int = 3) -> bytes:
    log = DataFlashWriter()
    log.message("ATT", "QccccCCCCB", "TimeUS,DesRoll,Roll,DesPitch,Pitch,DesYaw,Yaw,ErrRP,ErrYaw,AEKF")
    log.message("POS", "QLLfff", f"TimeUS,Lat,Lng,Alt,{relative},RelOriginAlt")
    log.message("GPS", "QBBIHL", "TimeUS,I,Status,GMS,GWk,Lat")
    log.message("MNT", "QBfffffffff", "TimeUS,I,DRoll,Roll,DPitch,Pitch,DYawB,YawB,DYawE,YawE,Dist")
    log.message("ORGN", "QBLLe", "TimeUS,Type,Lat,Lng,Alt")
    log.message("MSG", "QZ", "TimeUS,Message")
    log.row("ORGN", STAMPS_US[0], 1, LAT, LON, 35.0)
    for boot_us in STAMPS_US:
        second = (boot_us - STAMPS_US[0]) / 1e6
        log.row("ATT", boot_us, 0, 5, 0, 2, 90, 90 + 10 * second, 0, 0, 3)
        log.row("POS", boot_us, LAT + second * 1e-5, LON, 75.0, 40.0, 40.1)
        log.row("GPS", boot_us, 0, fix, GPS_MS + boot_us // 1000, GPS_WEEK, LAT)
        if mount:
            log.row("MNT", boot_us, 0, 0, 0, 0, -60, math.nan, 30, math.nan, math.nan, math.nan)
    return log.data


def ulog(*, newer: bool = True, local: bool = False, gimbal: bool = True) -> bytes:
    log = UlogWriter()
    log.topic("vehicle_attitude", "float[4] q")
    log.topic(
        "home_position", "double lat", "double lon", "float alt", *(["bool valid_alt", "bool valid_hpos"] * newer)
    )
    log.topic("vehicle_global_position", "double lat", "double lon", "float alt", "float eph")
    log.topic(
        "vehicle_local_position", "double ref_lat", "double ref_lon", "float x", "float y", "float z",
        "bool xy_valid", "bool z_valid", "bool xy_global",
    )  # fmt: skip
    log.topic("vehicle_gps_position", "uint64_t time_utc_usec", "uint8_t fix_type")
    log.topic("gimbal_device_attitude_status", "float[4] q", "uint32_t failure_flags", "uint32_t device_flags")
    log.begin()
    if not local:
        log.row("home_position", STAMPS_US[0], LAT, LON, 35.0, *([True, True] * newer))
    for boot_us in STAMPS_US:
        second = (boot_us - STAMPS_US[0]) / 1e6
        body = quaternion_from_attitude(yaw_deg=90 + 10 * second, pitch_deg=2, roll_deg=5)
        log.row("vehicle_attitude", boot_us, *body)
        if local:
            north_m = second * 1e-5 * 111_320
            log.row("vehicle_local_position", boot_us, LAT, LON, north_m, 0, -40.0, True, True, True)
        else:
            log.row("vehicle_global_position", boot_us, LAT + second * 1e-5, LON, 75.0, 0.8)
        log.row("vehicle_gps_position", boot_us, UTC_S * 10**6 + boot_us, 3)
        if gimbal:
            camera = quaternion_from_attitude(yaw_deg=30, pitch_deg=-60, roll_deg=0)
            log.row("gimbal_device_attitude_status", boot_us, *camera, 0, 32)
    return log.data


DATAFLASH, ULOG = dataflash(), ulog()


def assert_flown(pose: CameraPose, *, second: float) -> None:
    assert pose.utc_ns == pytest.approx((UTC_S + 5 + second) * 1e9, abs=1e6)
    assert distance_m(pose.lat_deg, pose.lon_deg, LAT + second * 1e-5, LON) < 0.02
    assert pose.alt_m == pytest.approx(40.0, abs=0.01)
    assert pose.height_datum == "home"


@pytest.mark.parametrize("data", [dataflash(), ulog(), ulog(newer=False), ulog(local=True)])
def test_a_gimbals_own_word_gives_poses_in_utc(tmp_path: Path, camera: CameraFile, data: bytes) -> None:
    flight = read(tmp_path, data, camera)
    assert (len(flight.poses), flight.refusals, flight.truncated) == (41, {}, False)
    pose = flight.poses[20]
    assert_flown(pose, second=1.0)
    assert (pose.yaw_deg, pose.pitch_deg, pose.roll_deg) == pytest.approx((130, -60, 0), abs=0.02)


@pytest.mark.parametrize("data", [dataflash(mount=False), ulog(gimbal=False)])
def test_a_camera_fixed_to_the_airframe_needs_its_mount(tmp_path: Path, camera: CameraFile, data: bytes) -> None:
    assert read(tmp_path, data, camera).refusals == {"no_gimbal": 41}
    pose = read(tmp_path, data, replace(camera, mount=DOWN)).poses[0]
    assert_flown(pose, second=0.0)
    assert pose.pitch_deg == pytest.approx(-43.0, abs=1.5)  # 45 down from a nose that is 2 up and leans 5
    assert pose.sigma.pitch_deg == 2.0


def test_without_place_height_or_time_nothing_is_placed(tmp_path: Path, camera: CameraFile) -> None:
    assert read(tmp_path, dataflash(relative="Other"), camera).refusals == {"no_position": 41}
    for data in (dataflash(fix=1), ulog()[:400]):
        with pytest.raises(TelemetryError, match=r"satellite time|neither|damaged"):
            read(tmp_path, data, camera)
    with pytest.raises(TelemetryError, match="damaged"):
        read(tmp_path, ulog()[:10], camera)
    no_home = ulog().replace(b"home_position", b"bome_position")
    assert read(tmp_path, no_home, camera).refusals == {"no_height": 41}


def test_a_broken_second_costs_itself_alone(tmp_path: Path, camera: CameraFile) -> None:
    data = dataflash()
    middle = len(data) // 2
    damaged = read(tmp_path, data[:middle] + b"\xa3\x95\x02junk" * 9 + data[middle + 60 :], camera)
    assert damaged.truncated
    assert len(damaged.poses) == 41
    cut = read(tmp_path, data[:middle], camera)
    assert 10 < len(cut.poses) < 30
    assert not read(tmp_path, data + b"\xff" * 200, camera).truncated


@given(at=st.integers(0, 2600), junk=st.binary(max_size=12))
def test_damage_never_moves_a_vehicle(tmp_path_factory: pytest.TempPathFactory, at: int, junk: bytes) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    camera = CameraFile(intrinsics=LENS, video_latency_s=None, fixed_pose=None, sigma=None)
    for data in (DATAFLASH, ULOG):
        try:
            flight = read(folder, data[:at] + junk + data[at + len(junk) :], camera)
        except TelemetryError:
            continue
        assert all(abs(pose.lat_deg) <= 90 for pose in flight.poses)


@pytest.mark.data
def test_recorded_px4_logs_give_poses_or_one_clear_cause(shared_data: Path, camera: CameraFile) -> None:
    folder, fixed = shared_data / "pyulog", replace(camera, mount=DOWN)
    events = poses_from_file(folder / "sample_px4_events.ulg", fixed)
    assert len(events.poses) > 400
    assert 47.39 < events.poses[0].lat_deg < 47.40
    assert abs(events.poses[0].alt_m) < 2  # it stood where it took off
    for name in ("sample_log_small.ulg", "sample_logging_tagged_and_default_params.ulg"):
        assert set(poses_from_file(folder / name, fixed).refusals) == {"no_position"}
    for name in ("sample.ulg", "sample_appended_multiple.ulg"):
        with pytest.raises(TelemetryError, match="satellite time"):
            poses_from_file(folder / name, fixed)
