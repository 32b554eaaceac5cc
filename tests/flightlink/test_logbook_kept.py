"""What never gets into the logbook: secrets, pictures, files, and where a single person is."""

import re
from typing import Any

import pytest
from pymavlink.dialects.v20 import all as dialect

from flightlink.logbook.kept import LEFT_OUT, may_be_kept
from flightlink.mavlink.framing import Framer
from flightlink.mavlink.messages import READ
from tests.flightlink.packets import FakeVehicle

_TELLING = re.compile(r"pass(word|key|phrase)|secret|^key$|token|login|ssid|uri$|_url|operator_|^uas_id$")
_REVIEWED = {
    "GPS_STATUS": "satellites",
    "GPS_INJECT_DATA": "corrections of satellites",
    "GPS_RTCM_DATA": "corrections of satellites",
    "AUTOPILOT_VERSION": "the autopilot's number",
    "LED_CONTROL": "lights",
    "STATUSTEXT": "the autopilot's words",
    "PLAY_TUNE": "sounds",
    "CAMERA_INFORMATION": "optics; an address with a user in it is left out",
    "STORAGE_INFORMATION": "name of a card",
    "GIMBAL_DEVICE_INFORMATION": "names of a gimbal",
    "AIS_VESSEL": "name of a ship",
    "UAVCAN_NODE_INFO": "name of a part",
    "UTM_GLOBAL_POSITION": "number of an aircraft, as it broadcasts it",
    "SMART_BATTERY_INFO": "name of a battery",
    "AVAILABLE_MODES": "name of a mode",
    "DEVICE_OP_READ": "name of a bus",
    "OPEN_DRONE_ID_ARM_STATUS": "why it may not be armed",
    "ARRAY_TEST_6": "a test",
    "ARRAY_TEST_7": "a test",
    "CUBEPILOT_RAW_RC": "sticks, as in RC_CHANNELS",
}


def _may_hold_anything(kind: Any) -> bool:
    lengths = {name: kind.array_lengths[kind.ordered_fieldnames.index(name)] for name in kind.fieldnames}
    types = dict(zip(kind.fieldnames, kind.fieldtypes, strict=True))
    return any(
        _TELLING.search(name)
        or (types[name] in ("uint8_t", "int8_t") and lengths[name] >= 16)
        or (types[name] == "char" and lengths[name] >= 20)
        for name in kind.fieldnames
    )


def test_every_message_that_may_hold_bytes_or_words_of_others_was_looked_at() -> None:
    wide = {kind.msgname for kind in dialect.mavlink_map.values() if _may_hold_anything(kind)}
    assert wide <= {*LEFT_OUT, *_REVIEWED}
    assert not {*LEFT_OUT} & {*_REVIEWED}
    assert {*LEFT_OUT, *_REVIEWED} <= {kind.msgname for kind in dialect.mavlink_map.values()}


def test_all_that_a_pose_is_made_of_is_kept() -> None:
    streams = dialect.MAVLINK_MSG_ID_VIDEO_STREAM_INFORMATION
    left_out = {number for number, kind in dialect.mavlink_map.items() if kind.msgname in LEFT_OUT}
    assert not (READ - {streams}) & left_out


@pytest.mark.parametrize(
    ("address", "kept"), [(b"", True), (b"http://10.0.0.2/d.xml", True), (b"http://me:pass@10.0.0.2/d.xml", False)]
)
def test_an_address_that_names_a_user_is_not_kept(address: bytes, kept: bool) -> None:
    message = dialect.MAVLink_camera_information_message(
        0, [0] * 32, [0] * 32, 0, 1.0, 1.0, 1.0, 1, 1, 0, 0, 0, address
    )
    (frame,) = Framer().feed_datagram(FakeVehicle().packed(message))
    assert may_be_kept(frame) is kept


def test_the_key_of_the_signatures_is_not_kept() -> None:
    message = dialect.MAVLink_setup_signing_message(1, 1, list(range(32)), 5)
    (frame,) = Framer().feed_datagram(FakeVehicle().packed(message))
    assert not may_be_kept(frame)
