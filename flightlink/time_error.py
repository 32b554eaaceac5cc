"""What a doubtful time of a frame costs: the pose's error grows by all that the camera moves within it. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from flightlink.attitude import angle_between_deg, quaternion_from_attitude, wrapped_deg
from flightlink.geodesy import distance_m
from flightlink.pose import BEYOND, CameraPose

STEEP_DEG: Final = 80.0


def with_time_error(pose: CameraPose, other: CameraPose, error_ms: float) -> CameraPose:
    """Return the pose with its sigma grown by speed and angular rate times the error of its time.

    Args:
        pose: at the frame's instant.
        other: of the same camera at an instant nearby, which tells how it moves.
        error_ms: one standard deviation of the frame's time. A bias, so it is added and not squared.
    """
    apart_ms = abs(pose.utc_ns - other.utc_ns) / 1e6
    if apart_ms == 0 or error_ms == 0:
        return pose
    share = error_ms / apart_ms
    along_m = distance_m(pose.lat_deg, pose.lon_deg, other.lat_deg, other.lon_deg) * share
    yaw_deg, pitch_deg, roll_deg = (turned_deg * share for turned_deg in _turned_deg(pose, other))
    sigma = pose.sigma
    return replace(
        pose,
        sigma=replace(
            sigma,
            horizontal_m=min(BEYOND, sigma.horizontal_m + along_m),
            vertical_m=min(BEYOND, sigma.vertical_m + abs(pose.alt_agl_m - other.alt_agl_m) * share),
            yaw_deg=min(BEYOND, sigma.yaw_deg + yaw_deg),
            pitch_deg=min(BEYOND, sigma.pitch_deg + pitch_deg),
            roll_deg=min(BEYOND, sigma.roll_deg + roll_deg),
        ),
    )


def _turned_deg(one: CameraPose, other: CameraPose) -> tuple[float, float, float]:
    """Return by how much yaw, pitch and roll differ; near nadir, where yaw and roll are one axis, all of it."""
    if max(abs(one.pitch_deg), abs(other.pitch_deg)) < STEEP_DEG:
        yaw_deg, roll_deg = wrapped_deg(one.yaw_deg - other.yaw_deg), wrapped_deg(one.roll_deg - other.roll_deg)
        return abs(yaw_deg), abs(one.pitch_deg - other.pitch_deg), abs(roll_deg)
    here, there = (
        quaternion_from_attitude(yaw_deg=pose.yaw_deg, pitch_deg=pose.pitch_deg, roll_deg=pose.roll_deg)
        for pose in (one, other)
    )
    whole_deg = angle_between_deg(here, there)
    return whole_deg, whole_deg, whole_deg
