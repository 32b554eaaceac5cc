"""What the camera says at one instant, from a camera of its own or through the autopilot (MAVLink camera v2). Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from flightlink.attitude import quaternion_from_attitude
from sitl.vehicle.gimbal_messages import GIMBAL_ID
from sitl.vehicle.report import UNKNOWN, Report

CAMERA_COMPONENT: Final = mavlink.MAV_COMP_ID_CAMERA
SENSOR_WIDTH_MM: Final = 6.3
"""Of a 1/2.3 inch sensor."""
CAMERA_FLAGS: Final = mavlink.CAMERA_CAP_FLAGS_HAS_VIDEO_STREAM | mavlink.CAMERA_CAP_FLAGS_CAPTURE_VIDEO
CAMERA_FIRMWARE: Final = 1
STREAM_BITRATE: Final = 5_000_000
STREAM_TYPES: Final[Mapping[str, int]] = {
    "rtsp": mavlink.VIDEO_STREAM_TYPE_RTSP,
    "rtp": mavlink.VIDEO_STREAM_TYPE_RTPUDP,
    "tcp": mavlink.VIDEO_STREAM_TYPE_TCP_MPEG,
    "udp": mavlink.VIDEO_STREAM_TYPE_MPEG_TS,
}
"""By the scheme of the stream's address."""


def camera_heartbeat(_: Report) -> Any:
    """Return the presence of a camera; it flies nothing."""
    kind, pilot = mavlink.MAV_TYPE_CAMERA, mavlink.MAV_AUTOPILOT_INVALID
    return mavlink.MAVLink_heartbeat_message(kind, pilot, 0, 0, mavlink.MAV_STATE_ACTIVE, 3)


def camera_information(report: Report) -> Any:
    """Return the camera: with its names, lens and resolution, or with nothing filled in, as most say."""
    if not report.profile.fills_information:
        return mavlink.MAVLink_camera_information_message(
            report.boot_ms, [0] * 32, [0] * 32, 0, 0.0, 0.0, 0.0, 0, 0, 0, CAMERA_FLAGS, 0, b""
        )
    k = report.camera.intrinsics
    lens = (SENSOR_WIDTH_MM * k.fx_px / k.width_px, SENSOR_WIDTH_MM, SENSOR_WIDTH_MM * k.height_px / k.width_px)
    names = (_letters("Groundstation"), _letters("Simulated camera"))
    return mavlink.MAVLink_camera_information_message(
        report.boot_ms, *names, CAMERA_FIRMWARE, *lens, k.width_px, k.height_px, 0, CAMERA_FLAGS, 0, b"", GIMBAL_ID
    )


def _letters(text: str) -> list[int]:
    return list(text.encode().ljust(32, b"\0"))


def camera_settings(report: Report) -> Any:
    """Return mode and zoom level, NaN where the camera does not tell; it has one lens, fully out."""
    zoom = 0.0 if report.profile.tells_zoom else math.nan
    return mavlink.MAVLink_camera_settings_message(report.boot_ms, mavlink.CAMERA_MODE_VIDEO, zoom, math.nan)


def camera_capture_status(report: Report) -> Any:
    """Return that video is taken; nothing is said of memory."""
    return mavlink.MAVLink_camera_capture_status_message(report.boot_ms, 0, 1, 0.0, report.boot_ms, math.nan)


def camera_fov_status(report: Report) -> Any:
    """Return field of view and attitude in the earth frame; the image point only where the profile knows it."""
    f, per_m = report.flight, 1 if report.profile.fov_alt_in_m else 1000
    alt = round(report.alt_amsl_mm / 1000 * per_m)
    place = (*report.lat_lon_e7, alt) if report.has_fix else (UNKNOWN, UNKNOWN, UNKNOWN)
    q = quaternion_from_attitude(yaw_deg=f.camera_yaw_deg, pitch_deg=f.camera_pitch_deg, roll_deg=f.camera_roll_deg)
    fov = (report.camera.hfov_deg, report.camera.vfov_deg)
    return mavlink.MAVLink_camera_fov_status_message(
        report.boot_ms, *place, *_image_point(report, per_m), list(q), *fov
    )


def _image_point(report: Report, per_m: int) -> tuple[int, int, int]:
    """Return where the optical axis meets the ground at home's height."""
    f = report.flight
    if not (report.profile.image_point and report.has_fix) or f.camera_pitch_deg >= 0:
        return UNKNOWN, UNKNOWN, UNKNOWN
    ahead_m = f.up_m / math.tan(math.radians(-f.camera_pitch_deg))
    yaw = math.radians(f.camera_yaw_deg)
    place = report.lat_lon_e7_of(f.east_m + ahead_m * math.sin(yaw), f.north_m + ahead_m * math.cos(yaw), 0.0)
    return *place, round(report.home.alt_amsl_m * per_m)


def video_stream_information(report: Report, stream_id: int = 0) -> list[Any]:
    """Return the streams that are asked for, 0 for all; one with an empty address where there is none."""
    count = report.profile.video_streams
    if count == 0:
        return [mavlink.MAVLink_video_stream_information_message(0, 0, 0, 0, 0.0, 0, 0, 0, 0, 0, b"", b"")]
    return [_information(report, number, count) for number in _asked_for(stream_id, count)]


def _asked_for(stream_id: int, count: int) -> range:
    if stream_id == 0:
        return range(1, count + 1)
    return range(stream_id, stream_id + (1 <= stream_id <= count))


def _information(report: Report, number: int, count: int) -> Any:
    uris = report.video_uris or ("",)
    uri = uris[min(number, len(uris)) - 1]
    kind = STREAM_TYPES.get(urlsplit(uri).scheme, mavlink.VIDEO_STREAM_TYPE_RTSP)
    return mavlink.MAVLink_video_stream_information_message(
        number, count, kind, *_stream(report), f"video{number}".encode(), uri.encode()[:159], 1
    )


def _stream(report: Report) -> tuple[int, float, int, int, int, int, int]:
    """Return flags, frames/s, width, height, bits/s, rotation and field of view."""
    k = report.camera.intrinsics
    hfov_deg = report.profile.stream_hfov_deg or round(report.camera.hfov_deg)
    running = mavlink.VIDEO_STREAM_STATUS_FLAGS_RUNNING
    return running, report.camera.fps, k.width_px, k.height_px, STREAM_BITRATE, 0, hfov_deg


def video_stream_status(report: Report, stream_id: int = 0) -> list[Any]:
    """Return the state of the streams that are asked for, 0 for all."""
    numbers = _asked_for(stream_id, report.profile.video_streams)
    return [mavlink.MAVLink_video_stream_status_message(number, *_stream(report)) for number in numbers]


def _first(makes: Callable[[Report, int], list[Any]]) -> Callable[[Report], Any]:
    return lambda report: makes(report, 0)[0]


STREAM_MESSAGES: Final[Mapping[int, Callable[[Report, int], list[Any]]]] = {
    mavlink.MAVLINK_MSG_ID_VIDEO_STREAM_INFORMATION: video_stream_information,
    mavlink.MAVLINK_MSG_ID_VIDEO_STREAM_STATUS: video_stream_status,
}
"""Messages of which a request may bring none, one or several."""
CAMERA_MESSAGES: Final[Mapping[int, Callable[[Report], Any]]] = {
    mavlink.MAVLINK_MSG_ID_CAMERA_INFORMATION: camera_information,
    mavlink.MAVLINK_MSG_ID_CAMERA_SETTINGS: camera_settings,
    mavlink.MAVLINK_MSG_ID_CAMERA_CAPTURE_STATUS: camera_capture_status,
    mavlink.MAVLINK_MSG_ID_CAMERA_FOV_STATUS: camera_fov_status,
    mavlink.MAVLINK_MSG_ID_VIDEO_STREAM_INFORMATION: _first(video_stream_information),
}
"""Message id -> its maker, of any camera."""
CAMERA_COMPONENT_MESSAGES: Final[Mapping[int, Callable[[Report], Any]]] = {
    **CAMERA_MESSAGES,
    mavlink.MAVLINK_MSG_ID_VIDEO_STREAM_STATUS: _first(video_stream_status),
}
"""Of a camera that is a component of its own; an autopilot that speaks for a camera refuses the stream's status."""
