"""A vehicle's habits out of its `[vehicle.profile]` table in a world file; whatever is left out is as usual."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Final, TypeVar

from flightlink.toml_fields import TableReader
from sitl.world.profile import CameraMaker, GimbalYaw, Profile

Word = TypeVar("Word", bound=StrEnum)

_BOUNDS: Final[dict[str, tuple[float, float]]] = {
    "slew_deg_s": (1, 720),
    "battery_lasts_s": (10, 86_400),
    "drift_ppm": (-1000, 1000),
    "booted_before_s": (0, 86_400),
    "gps_behind_s": (-60, 60),
}
_COUNTS: Final[dict[str, int]] = {"video_streams": 8, "stream_hfov_deg": 179}
_YES_NO: Final = ("fills_information", "tells_zoom", "image_point", "fov_alt_in_m")
_IDS: Final = ("silent", "refused")
_WORDS: Final[dict[str, type[StrEnum]]] = {"gimbal_yaw": GimbalYaw, "camera": CameraMaker}
_KNOWN: Final = (*_WORDS, *_BOUNDS, *_COUNTS, *_YES_NO, *_IDS)


def profile_from(vehicle: TableReader) -> Profile:
    """Return the profile of one `[[vehicle]]` table, the usual one where it has none.

    Raises:
        FlightlinkError: of the reader's type, in one line.
    """
    reader = vehicle.subtable("profile")
    if reader is None:
        return Profile()
    values: dict[str, Any] = {}
    for name in reader.table:
        values[name] = _value(reader, name)
    return Profile(**values)


def _value(reader: TableReader, name: str) -> Any:
    if name in _WORDS:
        return _word(reader, name, _WORDS[name])
    if name in _BOUNDS:
        return _bounded(reader, name, *_BOUNDS[name])
    if name in _COUNTS:
        return int(_bounded(reader, name, 0, _COUNTS[name]))
    if name in _YES_NO:
        return _yes_no(reader, name)
    if name in _IDS:
        return _message_ids(reader, name)
    raise reader.fault(name, "is no part of a profile", f"it has {', '.join(_KNOWN)}")


def _word(reader: TableReader, name: str, kinds: type[Word]) -> Word:
    known = ", ".join(kinds)
    found = reader.text(name, f"expected one of {known}")
    if found not in set(kinds):
        raise reader.fault(name, f"is {found!r}", f"expected one of {known}")
    return kinds(found)


def _bounded(reader: TableReader, name: str, low: float, high: float) -> float:
    mend = f"expected a number from {low:g} to {high:g}"
    found = reader.number(name, mend)
    if not low <= found <= high:
        raise reader.fault(name, f"is {found:g}, outside {low:g} to {high:g}", mend)
    return found


def _yes_no(reader: TableReader, name: str) -> bool:
    found = reader.value(name, "expected true or false")
    if not isinstance(found, bool):
        raise reader.fault(name, f"is {found!r}", "expected true or false")
    return found


def _message_ids(reader: TableReader, name: str) -> frozenset[int]:
    found = reader.value(name, "expected MAVLink message ids")
    if not isinstance(found, list) or not all(isinstance(part, int) and not isinstance(part, bool) for part in found):
        raise reader.fault(name, f"is {found!r}", "expected MAVLink message ids, for instance [283, 158]")
    return frozenset(found)
