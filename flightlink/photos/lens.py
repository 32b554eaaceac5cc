"""The lens of a photo's camera: the best of what its metadata tell, with the error of the focal length.

In this order: DJI's `DewarpData` and calibrated focal length in pixels, the pixel size with the focal length, the
equivalent focal length on 35 mm film. That last one is told by the diagonal (CIPA DCG-001), so the shape of the sensor
behind a cropped picture counts; it is rounded to whole millimetres.
"""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from flightlink.errors import PhotoError
from flightlink.photos.tags import PhotoTags
from flightlink.pose import NO_DISTORTION, Intrinsics

FILM_DIAGONAL_MM: Final = math.hypot(36.0, 24.0)
CALIBRATED_SHARE: Final = 0.005
PIXEL_SIZE_SHARE: Final = 0.02
FILM_SHARE: Final = 0.03
"""Rounding (0.5 of 20 mm is 2.5 %) and lenses that are not quite what is written on them."""
UNKNOWN_SENSOR_SHARE: Final = 0.04
ZOOMED_SHARE: Final = 0.12
"""Two ways that differ by more tell of two zooms or two picture sizes."""
UNTOLD_WIDTHS: Final = 1.2
"""Without film and size in EXIF a longer lens (under 45 degrees wide) is taken for that of a picture since shrunk."""
_WIDE_PX, _HIGH_PX = 0xA002, 0xA003
_FOCAL_MM, _FOCAL_35_MM, _ZOOM = 0x920A, 0xA405, 0xA404
_PLANE_X, _PLANE_UNIT = 0xA20E, 0xA210
_MM_PER_UNIT: Final = {2: 25.4, 3: 10.0, 4: 1.0, 5: 0.001}
_CENTRE_TOLERANCE: Final = 0.05
"""A calibrated centre further from the middle than this share of the width belongs to another picture size."""
_SENSOR_ASPECTS: Final = {
    3840: 4 / 3, 4000: 4 / 3, 4032: 4 / 3, 4056: 4 / 3, 4864: 4 / 3, 5280: 4 / 3, 8000: 4 / 3, 8064: 4 / 3,
    5472: 3 / 2, 8192: 3 / 2,
}  # fmt: skip
"""Width of a picture -> shape of the whole sensor it is cut from, for wide pictures that are cropped in height."""
_CROPPED: Final = 1.6
"""Sensors are 4:3 or 3:2; a wider picture is cropped."""


class Lens(NamedTuple):
    """Intrinsics of the stored picture, and how well its focal length is known."""

    intrinsics: Intrinsics
    focal_share: float
    source: str
    """For the answer's notes."""


def lens_of_photo(tags: PhotoTags) -> Lens:
    """Return the lens that a photo tells.

    Raises:
        PhotoError: with cause `no_intrinsics`.
    """
    film = _film(tags)
    for way in (_dewarp, _calibrated, _pixel_size):
        lens = way(tags)
        if lens is not None and _agrees(tags, lens, film):
            return lens
    if film is not None:
        return film
    raise PhotoError(
        f"{tags.name}: says nothing of its lens (no focal length that fits a sensor); give --camera CAM.toml",
        cause="no_intrinsics",
    )


def _agrees(tags: PhotoTags, lens: Lens, film: Lens | None) -> bool:
    """Say whether a lens is that of this picture: a calibration is of one zoom and size, film tells those in use."""
    if film is not None:
        return abs(lens.intrinsics.fx_px / film.intrinsics.fx_px - 1) <= ZOOMED_SHARE
    told = {tags.exif_number(_WIDE_PX), tags.exif_number(_HIGH_PX)} - {None}
    if told:
        return told == {tags.width_px, tags.height_px}
    return lens.intrinsics.fx_px <= UNTOLD_WIDTHS * max(tags.width_px, tags.height_px)


def _dewarp(tags: PhotoTags) -> Lens | None:
    """Read `date;fx,fy,cx,cy,k1,k2,p1,p2,k3`, centres counted from the middle; a dewarped picture has no distortion."""
    numbers = _numbers(tags.xmp.get("dji:DewarpData", "").rpartition(";")[2])
    if len(numbers) != 9 or not _is_focal(numbers[0], tags) or not _is_focal(numbers[1], tags):
        return None
    fx, fy, right, down, k1, k2, p1, p2, k3 = numbers
    if abs(right) > _CENTRE_TOLERANCE * tags.width_px or abs(down) > _CENTRE_TOLERANCE * tags.height_px:
        return None
    is_dewarped = tags.xmp_number("dji:DewarpFlag") == 1
    intrinsics = Intrinsics(
        width_px=tags.width_px, height_px=tags.height_px, fx_px=fx, fy_px=fy,
        cx_px=(tags.width_px - 1) / 2 + right, cy_px=(tags.height_px - 1) / 2 + down,
        distortion=NO_DISTORTION if is_dewarped else (k1, k2, p1, p2, k3),
    )  # fmt: skip
    return Lens(intrinsics, CALIBRATED_SHARE, "lens as the maker calibrated it")


def _calibrated(tags: PhotoTags) -> Lens | None:
    fx = tags.xmp_number("dji:CalibratedFocalLength", "skydio:CalibratedFocalLength/X")
    fy = tags.xmp_number("dji:CalibratedFocalLength", "skydio:CalibratedFocalLength/Y")
    cx = tags.xmp_number("dji:CalibratedOpticalCenterX", "skydio:CalibratedOpticalCenter/X")
    cy = tags.xmp_number("dji:CalibratedOpticalCenterY", "skydio:CalibratedOpticalCenter/Y")
    if fx is None or fy is None or cx is None or cy is None or not _is_focal(fx, tags) or not _is_focal(fy, tags):
        return None
    off_x, off_y = abs(cx / tags.width_px - 0.5), abs(cy / tags.height_px - 0.5)
    if max(off_x, off_y) > _CENTRE_TOLERANCE:
        return None
    intrinsics = Intrinsics(
        width_px=tags.width_px, height_px=tags.height_px, fx_px=fx, fy_px=fy, cx_px=cx - 0.5, cy_px=cy - 0.5
    )
    return Lens(intrinsics, 2 * CALIBRATED_SHARE, "focal length as the maker calibrated it, distortion unknown")


def _pixel_size(tags: PhotoTags) -> Lens | None:
    """Use the focal length and EXIF's pixels per unit on the sensor."""
    focal_mm, per_unit = tags.exif_number(_FOCAL_MM), tags.exif_number(_PLANE_X)
    unit_mm = _MM_PER_UNIT.get(int(tags.exif_number(_PLANE_UNIT) or 0))
    if focal_mm is None or per_unit is None or unit_mm is None:
        return None
    focal_px = focal_mm * per_unit / unit_mm
    return _centred(tags, focal_px, PIXEL_SIZE_SHARE, "focal length from the pixel size")


def _film(tags: PhotoTags) -> Lens | None:
    film_mm = tags.exif_number(_FOCAL_35_MM)
    if film_mm is None or film_mm <= 0:
        return None
    long_px, short_px = max(tags.width_px, tags.height_px), min(tags.width_px, tags.height_px)
    aspect, share = long_px / short_px, FILM_SHARE
    if aspect > _CROPPED:
        share = FILM_SHARE if long_px in _SENSOR_ASPECTS else UNKNOWN_SENSOR_SHARE
        aspect = _SENSOR_ASPECTS.get(long_px, 1.414)
    focal_px = film_mm / FILM_DIAGONAL_MM * math.hypot(long_px, long_px / aspect)
    return _centred(tags, focal_px, share, f"focal length from {film_mm:g} mm on 35 mm film")


def _centred(tags: PhotoTags, focal_px: float, share: float, source: str) -> Lens | None:
    zoom = tags.exif_number(_ZOOM)
    if zoom is not None and zoom > 1.001:  # a digital zoom crops the picture; makers differ in what they then write
        source, share = f"{source}, digital zoom {zoom:g}", max(share, 0.1)
    if not _is_focal(focal_px, tags):
        return None
    intrinsics = Intrinsics(
        width_px=tags.width_px, height_px=tags.height_px, fx_px=focal_px, fy_px=focal_px,
        cx_px=(tags.width_px - 1) / 2, cy_px=(tags.height_px - 1) / 2,
    )  # fmt: skip
    return Lens(intrinsics, share, source)


def _is_focal(focal_px: float, tags: PhotoTags) -> bool:
    """Say whether a focal length can be a camera's: a field of view of 1 to 135 degrees."""
    return 0.2 * tags.width_px < focal_px < 60 * tags.width_px


def _numbers(text: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        return []
    return numbers if all(math.isfinite(number) for number in numbers) else []
