"""Camera files: intrinsics of one camera, and for a camera that stands still its pose.

Unknown fields are ignored, misspelt ones refused.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from flightlink.alignment import Alignment, aligned
from flightlink.alignment_file import alignment_from_table
from flightlink.attitude import Attitude
from flightlink.errors import CameraFileError, PoseInvalidError
from flightlink.pose import NO_DISTORTION, SURVEYED, CameraPose, Intrinsics, PoseSigma
from flightlink.toml_fields import TableReader, table_from_file

POSE_FIELDS: Final = ("lat_deg", "lon_deg", "alt_m", "ground_alt_m", "yaw_deg", "pitch_deg", "roll_deg")
FIELDS: Final = (
    *POSE_FIELDS, "width_px", "height_px", "fx_px", "fy_px", "cx_px", "cy_px", "distortion", "video_latency_s", "sigma",
    "mount", "alignment", "gimbal",
)  # fmt: skip
_MEND_POSE: Final = f"a fixed pose needs all of {', '.join(POSE_FIELDS)}; give them all, or none with telemetry"
_MEND_PX: Final = "expected a number of pixels, for instance 1185.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraFile:
    """What one camera file says."""

    intrinsics: Intrinsics
    video_latency_s: float | None
    """Capture lies this much before arrival; None where it was never calibrated."""
    fixed_pose: CameraPose | None
    """Pose of a camera that stands still (`utc_ns` 0), as the file says it; None for a flying one."""
    sigma: PoseSigma | None
    """Errors stated by the file; None leaves them to the source of the pose."""
    mount: Attitude | None = None
    """Attitude of a camera fixed to the airframe, relative to the body; None for a gimbal."""
    gimbal: int | None = None
    """Device or component id of the gimbal that carries the camera; needed only where a vehicle has several."""
    alignment: Alignment | None = None
    """By how much the attitude is off, wherever it comes from; None where it was never aligned."""

    def aligned_by(self, alignment: Alignment | None) -> CameraFile:
        """Return the camera with another alignment than its file holds; None leaves that one."""
        return self if alignment is None else replace(self, alignment=alignment)

    @property
    def standing_pose(self) -> CameraPose | None:
        """Pose of a camera that stands still, put right by its alignment."""
        return None if self.fixed_pose is None else aligned(self.fixed_pose, self.alignment)


def load_camera(path: Path) -> CameraFile:
    """Return the camera of a TOML file.

    Raises:
        CameraFileError: one line with file, field, what was expected and how to mend it.
    """
    reader = TableReader(where=str(path), table=table_from_file(path, CameraFileError), error=CameraFileError)
    try:
        return camera_from_table(reader)
    except PoseInvalidError as cause:
        raise CameraFileError(f"{path}: {cause}; correct the figure") from cause


def camera_from_table(reader: TableReader) -> CameraFile:
    """Return the camera of one table.

    Raises:
        CameraFileError: a field is missing, misspelt or of the wrong kind.
        PoseInvalidError: a figure is impossible.
    """
    reader.refuse_misspelt(FIELDS)
    intrinsics, sigma = _intrinsics(reader), _sigma(reader)
    return CameraFile(
        intrinsics=intrinsics,
        video_latency_s=_latency_s(reader),
        fixed_pose=_fixed_pose(reader, intrinsics, sigma or SURVEYED),
        sigma=sigma,
        mount=_mount(reader),
        gimbal=_gimbal(reader),
        alignment=alignment_from_table(reader),
    )


def _intrinsics(reader: TableReader) -> Intrinsics:
    return Intrinsics(
        width_px=reader.whole("width_px", "expected the width of the picture, for instance 1920"),
        height_px=reader.whole("height_px", "expected the height of the picture, for instance 1080"),
        fx_px=reader.number("fx_px", _MEND_PX),
        fy_px=reader.number("fy_px", _MEND_PX),
        cx_px=reader.number("cx_px", _MEND_PX),
        cy_px=reader.number("cy_px", _MEND_PX),
        distortion=_distortion(reader),
    )


def _distortion(reader: TableReader) -> tuple[float, float, float, float, float]:
    mend = "expected five numbers k1, k2, p1, p2, k3 (OpenCV order), [0, 0, 0, 0, 0] for none"
    if "distortion" not in reader.table:
        return NO_DISTORTION
    found = reader.table["distortion"]
    if not isinstance(found, list) or len(found) != 5:
        raise reader.fault("distortion", f"is {found!r}", mend)
    table = {f"distortion[{index}]": part for index, part in enumerate(found)}
    parts = TableReader(where=reader.where, table=table, error=reader.error)
    k1, k2, p1, p2, k3 = (parts.number(name, mend) for name in table)
    return k1, k2, p1, p2, k3


def _latency_s(reader: TableReader) -> float | None:
    if "video_latency_s" not in reader.table:
        return None
    mend = "expected seconds from capture to arrival, for instance 0.15"
    latency_s = reader.number("video_latency_s", mend)
    if not 0 <= latency_s <= 60:
        raise reader.fault("video_latency_s", f"is {latency_s:g}, outside 0 to 60", mend)
    return latency_s


def _fixed_pose(reader: TableReader, intrinsics: Intrinsics, sigma: PoseSigma) -> CameraPose | None:
    if not any(name in reader.table for name in POSE_FIELDS):
        return None
    values: dict[str, Any] = {name: reader.number(name, _MEND_POSE) for name in POSE_FIELDS}
    pose = CameraPose(utc_ns=0, intrinsics=intrinsics, sigma=sigma, **values)
    if pose.alt_agl_m <= 0:
        mend = f"it must be above ground_alt_m ({pose.ground_alt_m:g}), both in one datum"
        raise reader.fault("alt_m", f"is {pose.alt_m:g}", mend)
    return pose


def _sigma(reader: TableReader) -> PoseSigma | None:
    table = reader.subtable("sigma")
    if table is None:
        return None
    names = ("horizontal_m", "vertical_m", "yaw_deg", "pitch_deg", "roll_deg")
    mend = f"[sigma] needs one standard deviation for each of {', '.join(names)}"
    return PoseSigma(**{name: table.number(name, mend) for name in names})


def _mount(reader: TableReader) -> Attitude | None:
    table = reader.subtable("mount")
    if table is None:
        return None
    names = ("yaw_deg", "pitch_deg", "roll_deg")
    mend = f"[mount] needs {', '.join(names)} of the camera relative to the airframe"
    mount = Attitude(**{name: table.number(name, mend) for name in names})
    if abs(mount.pitch_deg) > 90:
        raise table.fault("pitch_deg", f"is {mount.pitch_deg:g}", "it must lie within -90 (down) and 90")
    return mount


def _gimbal(reader: TableReader) -> int | None:
    if "gimbal" not in reader.table:
        return None
    mend = "expected the gimbal's device id (1 to 6) or component id (154, 171 to 175)"
    number = reader.whole("gimbal", mend)
    if number > 255:
        raise reader.fault("gimbal", f"is {number}", mend)
    return number
