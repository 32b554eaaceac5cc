"""Telemetry logs: whole, cut, damaged, foreign, of two vehicles; and the poses of a flight."""

import struct
from pathlib import Path

import pytest

from flightlink.camera_file import CameraFile
from flightlink.errors import TelemetryError
from flightlink.mavlink.tlog import read_tlog
from flightlink.recorded.flight import FlightPoses
from flightlink.recorded.tlog_poses import poses_from_tlog
from tests.flightlink.packets import FakeVehicle

START_US = 1_700_000_000_000_000


def recorded(vehicle: FakeVehicle, *, seconds: float = 4, from_s: float = 0) -> list[tuple[int, bytes]]:
    records = []
    for boot_ms in range(round(from_s * 1000), round((from_s + seconds) * 1000), 100):
        frames = [*vehicle.moment(boot_ms), *([vehicle.heartbeat()] if boot_ms % 1000 == 0 else [])]
        records += [(START_US + boot_ms * 1000 + index, raw) for index, raw in enumerate(frames)]
    return records


def log_bytes(records: list[tuple[int, bytes]]) -> bytes:
    return b"".join(struct.pack(">Q", stamp) + raw for stamp, raw in records)


def written(folder: Path, data: bytes) -> Path:
    path = folder / "flight.tlog"
    path.write_bytes(data)
    return path


def test_a_whole_log_gives_every_message_with_its_stamp(tmp_path: Path) -> None:
    records = recorded(FakeVehicle())
    reader = read_tlog(written(tmp_path, log_bytes(records)))
    assert [(record.utc_us, record.frame.raw) for record in reader] == records
    assert not reader.truncated
    assert next(iter(reader)).message.get_type() == "ATTITUDE"


@pytest.mark.parametrize("cut", [1, 7, 8, 9, 20, 30])
def test_a_log_cut_in_the_middle_of_a_message_gives_all_before_it(tmp_path: Path, cut: int) -> None:
    records = recorded(FakeVehicle())
    reader = read_tlog(written(tmp_path, log_bytes(records)[:-cut]))
    assert [(record.utc_us, record.frame.raw) for record in reader] == records[:-1]
    assert reader.truncated


def test_a_damaged_place_costs_only_itself(tmp_path: Path) -> None:
    records = recorded(FakeVehicle())
    before, after = records[:40], records[40:]
    data = log_bytes(before) + b"\x00\xfd\xff\x00 damaged " * 9 + log_bytes(after)
    reader = read_tlog(written(tmp_path, data))
    assert [record.frame.raw for record in reader] == [raw for _, raw in records]
    assert reader.truncated
    assert reader.bad_bytes == 13 * 9


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"RIFF\x00\x00\x00\x00AVI " * 5000, bytes(100_000), b"lat,lon\n48.1,2.3\n" * 100]
)
def test_a_foreign_file_is_one_line(tmp_path: Path, data: bytes, camera: CameraFile) -> None:
    path = written(tmp_path, data)
    with pytest.raises(TelemetryError, match=r"is no MAVLink telemetry log; expected a \.tlog") as caught:
        poses_from_tlog(path, camera)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_one_line(tmp_path: Path, camera: CameraFile) -> None:
    with pytest.raises(TelemetryError, match="cannot be read"):
        poses_from_tlog(tmp_path / "nowhere.tlog", camera)
    with pytest.raises(TelemetryError, match="cannot be read"):
        poses_from_tlog(tmp_path, camera)


def flight_of(folder: Path, data: bytes, camera: CameraFile | None, system_id: int | None = None) -> FlightPoses:
    return poses_from_tlog(written(folder, data), camera, system_id)


def test_a_flight_becomes_poses_and_counted_refusals(tmp_path: Path, camera: CameraFile) -> None:
    flight = flight_of(tmp_path, log_bytes(recorded(FakeVehicle(), seconds=10)), camera)
    assert flight.system_id == 1
    assert (flight.first_utc_ns, flight.truncated) == (START_US * 1000, False)
    times = [pose.utc_ns for pose in flight.poses]
    assert times == sorted(set(times))
    assert len(times) >= 190
    assert all(pose.alt_agl_m == 50 for pose in flight.poses)
    assert sum(flight.refusals.values()) + len(times) == pytest.approx(200, abs=2)


def test_a_cut_flight_says_so(tmp_path: Path, camera: CameraFile) -> None:
    flight = flight_of(tmp_path, log_bytes(recorded(FakeVehicle(), seconds=10))[:-11], camera)
    assert flight.truncated
    assert len(flight.poses) >= 180


def test_two_vehicles_in_one_log_must_be_told_apart(tmp_path: Path, camera: CameraFile) -> None:
    low, high = FakeVehicle(system_id=3, alt_home_m=20), FakeVehicle(system_id=8, alt_home_m=90)
    station = FakeVehicle(system_id=255, component_id=190)
    records = sorted(recorded(low) + recorded(high) + [(START_US, station.heartbeat(autopilot=8, kind=6))])
    data = log_bytes(records)
    with pytest.raises(TelemetryError, match=r"system ids 3, 8; say which .*--system-id"):
        flight_of(tmp_path, data, camera)
    with pytest.raises(TelemetryError, match="no vehicle with system id 5, only 3, 8"):
        flight_of(tmp_path, data, camera, 5)
    assert {pose.alt_agl_m for pose in flight_of(tmp_path, data, camera, 3).poses} == {20}
    assert {pose.alt_agl_m for pose in flight_of(tmp_path, data, camera, 8).poses} == {90}


def test_a_log_without_a_vehicle_is_one_line(tmp_path: Path, camera: CameraFile) -> None:
    station = FakeVehicle(system_id=255, component_id=190)
    data = log_bytes([(START_US, station.heartbeat(autopilot=8, kind=6))])
    with pytest.raises(TelemetryError, match="no heartbeat of a vehicle"):
        flight_of(tmp_path, data, camera)


def test_a_gap_in_the_log_has_no_poses_but_refusals(tmp_path: Path, camera: CameraFile) -> None:
    vehicle = FakeVehicle()
    records = recorded(vehicle, seconds=5) + recorded(vehicle, seconds=5, from_s=15)
    flight = flight_of(tmp_path, log_bytes(records), camera)
    gap = [pose for pose in flight.poses if 5.3 < (pose.utc_ns - flight.first_utc_ns) / 1e9 < 14.7]
    assert gap == []
    assert flight.refusals["stale_pose"] >= 180
