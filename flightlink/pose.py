"""`CameraPose` and its parts: one camera at one instant, with sigmas. Plain values, no arrays, no engines.

Angles: yaw clockwise from true north, pitch negative below the horizon (-90 is nadir), roll clockwise looking
along the optical axis. Pixel centres lie at integer coordinates. Distortion is in OpenCV order (k1, k2, p1, p2, k3).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final

from flightlink.errors import PoseInvalidError

BEYOND: Final = 1e7
"""No length in metres or pixels and no angle of a camera is so large: beyond lie numbers that overflow on their way."""
LEAST_FOCAL_PX: Final = 1e-3
NO_DISTORTION: Final = (0.0, 0.0, 0.0, 0.0, 0.0)
NOT_ALIGNED: Final = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intrinsics:
    """A pinhole camera with Brown-Conrady distortion."""

    width_px: int
    """Width of the picture for which the other figures hold."""
    height_px: int
    fx_px: float
    fy_px: float
    cx_px: float
    cy_px: float
    distortion: tuple[float, float, float, float, float] = NO_DISTORTION
    """k1, k2, p1, p2, k3; the model maps ideal to observed points."""

    def __post_init__(self) -> None:
        """Refuse what no camera can be."""
        if self.width_px < 1 or self.height_px < 1:
            raise PoseInvalidError(f"picture size {self.width_px} x {self.height_px} px, both must be at least 1")
        numbers = (self.fx_px, self.fy_px, self.cx_px, self.cy_px, *self.distortion)
        if not all(math.isfinite(number) for number in numbers):
            raise PoseInvalidError("intrinsics hold a number that is not finite")
        if min(self.fx_px, self.fy_px) < LEAST_FOCAL_PX:
            raise PoseInvalidError(f"focal length {self.fx_px}, {self.fy_px} px, both must be above 0")
        if max(abs(number) for number in numbers) > BEYOND:
            raise PoseInvalidError("intrinsics hold a number that no camera has")

    def scaled_to(self, *, width_px: int, height_px: int) -> Intrinsics:
        """Return the same camera for a picture resized to another size (pixel centres at integers)."""
        ratio_x, ratio_y = width_px / self.width_px, height_px / self.height_px
        return Intrinsics(
            width_px=width_px,
            height_px=height_px,
            fx_px=self.fx_px * ratio_x,
            fy_px=self.fy_px * ratio_y,
            cx_px=(self.cx_px + 0.5) * ratio_x - 0.5,
            cy_px=(self.cy_px + 0.5) * ratio_y - 0.5,
            distortion=self.distortion,
        )


class HeightDatum(StrEnum):
    """From where the heights of a pose are counted."""

    SHARED = "shared"
    """Camera and ground share one datum, and nothing says which: good for a plane, not for a height model."""
    HOME = "home"
    """Above the home position, where the vehicle was armed."""
    AMSL = "amsl"
    """Above mean sea level; nothing says by which geoid (EGM96 and EGM2008 lie within a metre nearly everywhere)."""
    EGM96 = "egm96"
    EGM2008 = "egm2008"
    ELLIPSOID = "ellipsoid"
    """Above the WGS 84 ellipsoid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseSigma:
    """One standard deviation of each part of a pose."""

    horizontal_m: float
    """Of the position, along each horizontal axis."""
    vertical_m: float
    """Of the height over the ground plane."""
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    focal_share: float = 0.0
    """Of the focal length, as a share of it: 0.01 where it comes from a data sheet, 0 where it was calibrated."""

    def __post_init__(self) -> None:
        """Refuse negative or undefined sigmas: an error must be stated, never absent."""
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 <= value <= BEYOND:
                raise PoseInvalidError(f"sigma {field.name} is {value}, it must be 0 or more")


SURVEYED: Final = PoseSigma(horizontal_m=0.1, vertical_m=0.05, yaw_deg=0.1, pitch_deg=0.1, roll_deg=0.1)
"""A camera surveyed in place, fixed to a building or mast."""

CONSUMER_GIMBAL: Final = PoseSigma(horizontal_m=1.5, vertical_m=3.0, yaw_deg=3.0, pitch_deg=0.5, roll_deg=0.5)
"""A consumer drone that reports its gimbal (georeferencing reference, 1.4)."""

UNSTATED: Final = PoseSigma(horizontal_m=5.5, vertical_m=3.0, yaw_deg=2.5, pitch_deg=0.5, roll_deg=0.5)
"""A consumer drone's recorded pose of which nobody states an error: what field trials found (decision 0058)."""

BODY_ATTITUDE: Final = PoseSigma(horizontal_m=2.5, vertical_m=5.0, yaw_deg=5.0, pitch_deg=2.0, roll_deg=2.0)
"""A camera fixed to the airframe, seen through the body's attitude alone (georeferencing reference, 1.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPose:
    """Position, attitude and intrinsics of one camera at one instant, with sigmas."""

    utc_ns: int
    """Instant for which the pose holds, UTC."""
    lat_deg: float
    lon_deg: float
    alt_m: float
    """Height of the camera; same datum as `ground_alt_m`, whichever that is."""
    ground_alt_m: float
    """Height of the ground plane below the camera."""
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    intrinsics: Intrinsics
    sigma: PoseSigma
    age_ms: float = 0.0
    """How far the oldest sample behind this pose lies from `utc_ns`; 0 for a camera fixed in place."""
    height_datum: HeightDatum = HeightDatum.SHARED
    """Of `alt_m` and `ground_alt_m`."""
    home_lat_deg: float | None = None
    """Place of the home position; with `HeightDatum.HOME` it ties heights to a height model without any geoid."""
    home_lon_deg: float | None = None
    alt_amsl_m: float | None = None
    """The camera's height above mean sea level, where its source tells one beside `alt_m`."""
    geoid_m: float | None = None
    """Height of the geoid above the ellipsoid there, as the source of the pose states it; None where it does not."""
    aligned_deg: tuple[float, float, float] = NOT_ALIGNED
    """Yaw, pitch and roll that an alignment took off the reported attitude; gate 1's cap asks the reported one too."""

    def __post_init__(self) -> None:
        """Refuse a pose that holds anything undefined or impossible."""
        angles = (self.yaw_deg, self.pitch_deg, self.roll_deg, *self.aligned_deg)
        numbers = (self.alt_m, self.ground_alt_m, self.age_ms, *angles)
        if not all(math.isfinite(number) for number in (self.lat_deg, self.lon_deg, *numbers)):
            raise PoseInvalidError("the pose holds a number that is not finite")
        if max(abs(number) for number in numbers) > BEYOND:
            raise PoseInvalidError("the pose holds a number that no camera has")
        if abs(self.lat_deg) > 90 or abs(self.lon_deg) > 180:
            raise PoseInvalidError(f"position {self.lat_deg}, {self.lon_deg} is not on Earth")
        if abs(self.pitch_deg) > 90:
            raise PoseInvalidError(f"pitch {self.pitch_deg} deg, it must lie within -90 and 90")
        self._refuse_bad_references()

    def _refuse_bad_references(self) -> None:
        """Refuse half a home position, and heights beside the pose that are undefined."""
        if (self.home_lat_deg is None) is not (self.home_lon_deg is None):
            raise PoseInvalidError("the home position has a latitude or a longitude only, it needs both")
        given = (self.home_lat_deg, self.home_lon_deg, self.alt_amsl_m, self.geoid_m)
        if not all(abs(number) <= BEYOND for number in given if number is not None):
            raise PoseInvalidError("the pose holds a home position or a height that is none")

    @property
    def height_reference(self) -> str:
        """What heights are counted from, in words: poses may be mixed only where this is the same."""
        return f"{self.height_datum} {self.home_lat_deg} {self.home_lon_deg}"

    @property
    def alt_agl_m(self) -> float:
        """Height of the camera over the ground plane."""
        return self.alt_m - self.ground_alt_m


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseRefusal:
    """Why there is no pose at an instant: a value, because refusing is ordinary and must be shown."""

    cause: str
    """One of the constant words `no_position`, `no_attitude`, `stale_pose`, `unknown_yaw_frame`, ..."""
    detail: str
    """The same for a reader: figures and what to do."""
