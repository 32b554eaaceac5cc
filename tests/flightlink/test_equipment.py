"""What a vehicle tells of its cameras, streams and gimbals, and how little of it is believed."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymavlink.dialects.v20 import all as dialect

from flightlink.mavlink.messages import MessageDecoder
from flightlink.vehicle.equipment.cameras import SCHEMES, VideoKind
from flightlink.vehicle.equipment.equipment import NOTHING_TOLD, Equipment, equipment_after, fields_of_view_disagree
from tests.flightlink.packets import NAN, FakeVehicle


def told(*messages: Any, component_id: int = 100, before: Equipment = NOTHING_TOLD) -> Equipment:
    vehicle, decoder = FakeVehicle(component_id=component_id), MessageDecoder()
    for message in messages:
        decoded = decoder.decode(vehicle.packed(message))
        assert decoded is not None
        before = equipment_after(before, decoded, component_id, 5)
    return before


def information(**fields: Any) -> Any:
    message = dialect.MAVLink_camera_information_message(
        0, list(b"Maker".ljust(32, b"\0")), list(b"One\0rest".ljust(32, b"\xff")), 0, 8.0, 6.4, 4.8, 1920, 1440, 0, 256,
        0, b"", 2, 1,
    )  # fmt: skip
    for name, value in fields.items():
        setattr(message, name, value)
    return message


def stream(uri: bytes, *, kind: int = 0, number: int = 1, count: int = 1, **fields: Any) -> Any:
    message = dialect.MAVLink_video_stream_information_message(
        number, count, kind, 1, 30.0, 1920, 1080, 0, 0, 78, b"main", uri, 1
    )
    for name, value in fields.items():
        setattr(message, name, value)
    return message


def test_a_camera_is_what_it_fills_in() -> None:
    (camera,) = told(information()).cameras
    assert (camera.vendor, camera.model, camera.device_id, camera.gimbal_device_id) == ("Maker", "One", 1, 2)
    assert camera.intrinsics is not None
    assert camera.intrinsics.fx_px == pytest.approx(2400)


def test_an_empty_information_is_a_camera_of_which_nothing_is_known() -> None:
    nothing = {"focal_length": 0.0, "sensor_size_h": NAN, "resolution_h": 0, "resolution_v": 0}
    empty = {"vendor_name": [0] * 32, "model_name": [0] * 32, "flags": 0, "gimbal_device_id": 0}
    (camera,) = told(information(**nothing, **empty)).cameras
    assert (camera.vendor, camera.model, camera.width_px, camera.intrinsics) == (None, None, None, None)
    assert not camera.has_video_stream


def test_several_cameras_and_streams_are_kept_apart_and_renewed() -> None:
    one = told(information(), stream(b"rtsp://10.0.0.1/a"), stream(b"rtsp://10.0.0.1/b", number=2))
    both = told(information(), stream(b"rtsp://10.0.0.2/a"), component_id=101, before=one)
    again = told(stream(b"rtsp://10.0.0.1/c"), before=both)
    assert [camera.component_id for camera in again.cameras] == [100, 101]
    assert [one.url[7:] for one in again.video_streams] == ["10.0.0.1/c", "10.0.0.1/b", "10.0.0.2/a"]
    assert again.video_streams[0].hfov_deg == 78


def test_a_stream_that_is_gone_leaves_the_list() -> None:
    there = told(stream(b"rtsp://10.0.0.1/a"), stream(b"rtsp://10.0.0.1/b", number=2))
    assert told(stream(b"", number=1), before=there).video_streams[0].stream_id == 2
    assert told(stream(b"", number=0, count=0), before=there).video_streams == ()


@pytest.mark.parametrize(
    ("kind", "uri", "is_good"),
    [
        (0, b"rtsp://127.0.0.1:8554/video1", True), (1, b"5600", True), (3, b"udp://239.1.1.1:5004", True),
        (2, b"tcp://10.0.0.1:5000", True), (0, b"", False), (0, b"5600", False), (1, b"0", False), (1, b"70000", False),
        (0, b"file:///etc/passwd", False), (0, b"rtsp:///no-host", False), (0, b"rtsp://h:99999/x", False),
        (0, b"rtsp://h/a b", False), (0, b"rtsp://h/\xff", False), (0, b"rtsp://h/\x1b[2J", False),
        (2, b"concat:/etc/passwd", False), (3, b"rtsp://10.0.0.1/a", False), (4, b"http://10.0.0.1/whep", False),
        (255, b"rtsp://10.0.0.1/a", False), (0, b"rtsp://[bad/x", False),
    ],
)  # fmt: skip
def test_only_addresses_of_their_kind_are_streams(kind: int, uri: bytes, *, is_good: bool) -> None:
    assert bool(told(stream(uri, kind=kind)).video_streams) is is_good


@given(st.binary(max_size=160), st.integers(0, 255))
def test_no_uri_raises_or_leads_elsewhere(uri: bytes, kind: int) -> None:
    for found in told(stream(uri, kind=kind, framerate=math.inf, hfov=65535)).video_streams:
        scheme = found.url.partition("://")[0]
        assert scheme in SCHEMES[found.kind] or (found.kind is not VideoKind.RTSP and found.url.isdecimal())
        assert (found.fps, found.hfov_deg) == (None, None)


def test_a_gimbal_tells_its_limits() -> None:
    limits = dialect.MAVLink_gimbal_manager_information_message(0, 0, 3, 0, 0, -math.pi / 2, 0.5, NAN, math.inf)
    (gimbal,) = told(limits, component_id=1).gimbals
    assert gimbal.device_id == 3
    assert gimbal.pitch_min_deg == pytest.approx(-90)
    assert (gimbal.yaw_min_deg, gimbal.yaw_max_deg) == (None, None)


def test_a_flood_of_numbers_is_bounded() -> None:
    everything = told(*(stream(b"rtsp://10.0.0.1/a", number=number) for number in range(256)))
    assert len(everything.video_streams) == 16


def test_fields_of_view_that_cannot_both_be_right() -> None:
    assert fields_of_view_disagree([32.0, 78.0])
    assert not fields_of_view_disagree([76.0, 78.0])
    assert not fields_of_view_disagree([])
