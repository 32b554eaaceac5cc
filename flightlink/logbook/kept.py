"""Which frames may be written down: telemetry of vehicles, but no secret, no picture, no file and no single person."""

from __future__ import annotations

from typing import Final

from pymavlink.dialects.v20 import all as dialect

from flightlink.mavlink.framing import Frame
from flightlink.mavlink.messages import CAMERA_INFORMATION

KEY: Final = "keys and pass words"
ADDRESS: Final = "addresses, with the passwords in them"
ANYTHING: Final = "files or bytes of any kind"
PICTURE: Final = "pictures"
PERSON: Final = "somebody who is followed"
PILOT: Final = "who the pilot is and where"

LEFT_OUT: Final[dict[str, str]] = {
    **dict.fromkeys(("CHANGE_OPERATOR_CONTROL", "AUTH_KEY", "SETUP_SIGNING", "WIFI_CONFIG_AP", "AIRLINK_AUTH"), KEY),
    **dict.fromkeys(("SECURE_COMMAND", "SECURE_COMMAND_REPLY"), KEY),
    **dict.fromkeys(("PARAM_EXT_SET", "PARAM_EXT_VALUE", "PARAM_EXT_ACK"), KEY),
    **dict.fromkeys(("VIDEO_STREAM_INFORMATION", "HERELINK_VIDEO_STREAM_INFORMATION", "RESOURCE_REQUEST"), ADDRESS),
    **dict.fromkeys(("FILE_TRANSFER_PROTOCOL", "LOG_DATA", "REMOTE_LOG_DATA_BLOCK", "V2_EXTENSION"), ANYTHING),
    **dict.fromkeys(("LOGGING_DATA", "LOGGING_DATA_ACKED", "SERIAL_CONTROL", "TUNNEL", "MEMORY_VECT"), ANYTHING),
    **dict.fromkeys(("DATA16", "DATA32", "DATA64", "DATA96", "CAN_FRAME", "CANFD_FRAME"), ANYTHING),
    **dict.fromkeys(("DEVICE_OP_READ_REPLY", "DEVICE_OP_WRITE", "NAMED_VALUE_STRING"), ANYTHING),
    **dict.fromkeys(("FRSKY_PASSTHROUGH_ARRAY", "PARAM_VALUE_ARRAY"), ANYTHING),
    **dict.fromkeys(("DATA_TRANSMISSION_HANDSHAKE", "ENCAPSULATED_DATA"), PICTURE),
    "CAMERA_IMAGE_CAPTURED": ADDRESS,
    **dict.fromkeys(("CAMERA_TRACKING_IMAGE_STATUS", "CAMERA_TRACKING_GEO_STATUS", "FOLLOW_TARGET"), PERSON),
    **dict.fromkeys(("OPEN_DRONE_ID_BASIC_ID", "OPEN_DRONE_ID_LOCATION", "OPEN_DRONE_ID_AUTHENTICATION"), PILOT),
    **dict.fromkeys(("OPEN_DRONE_ID_SELF_ID", "OPEN_DRONE_ID_SYSTEM", "OPEN_DRONE_ID_SYSTEM_UPDATE"), PILOT),
    **dict.fromkeys(("OPEN_DRONE_ID_OPERATOR_ID", "OPEN_DRONE_ID_MESSAGE_PACK"), PILOT),
}
"""Name of a message -> what it may hold; a test looks through the dialect for more."""

_NUMBERS: Final = frozenset(number for number, kind in dialect.mavlink_map.items() if kind.msgname in LEFT_OUT)


def may_be_kept(frame: Frame) -> bool:
    """Say whether a frame may be written down."""
    if frame.message_id == CAMERA_INFORMATION:
        return b"@" not in frame.raw.partition(b"://")[2]  # its address of a definition may name a user
    return frame.message_id not in _NUMBERS
