"""One encoded picture as one fragment of an MP4 stream, complete at once (ISO/IEC 14496-12, 14496-15).

FFmpeg closes a fragment when the next picture comes, for only then does it know how long the one before lasts.
"""

from __future__ import annotations

import struct
from typing import Final

_HEAD: Final = struct.Struct(">I4s")
_NUMBER: Final = struct.Struct(">I")
_SEQUENCE: Final = struct.Struct(">II")
_TRACK: Final = struct.Struct(">II")
_TIME: Final = struct.Struct(">IQ")
_SAMPLE: Final = struct.Struct(">IIiIII")
_BASE_IS_MOOF: Final = 0x020000
_TIME_IN_64_BITS: Final = 0x01000000
_SAMPLE_TELLS: Final = 0x000701
"""Where its bytes begin; how long it lasts, how many bytes it has, and its flags."""
_RUN: Final = b"trun"  # codespell:ignore trun
_MOOF_BYTES: Final = 6 * _HEAD.size + _SEQUENCE.size + _TRACK.size + _TIME.size + _SAMPLE.size
_STANDS_ALONE: Final = 0x02000000
_NEEDS_OTHERS: Final = 0x01010000
_START: Final = b"\0\0\1"
_SLICES: Final = (1, 5)
"""Units of H.264 that hold a picture; its parameters are in the stream's head."""


def fragment(number: int, *, pts: int, lasts: int, keyframe: bool, access_unit: bytes) -> bytes:
    """Return the boxes `moof` and `mdat` of one picture.

    Args:
        number: of the fragment, from 1.
        pts: when it is shown, in the track's own units.
        lasts: how long, in the same.
        keyframe: it needs no other.
        access_unit: H.264 as a byte stream (Annex B of ITU-T H.264).
    """
    body = picture_units(access_unit)
    flags = _STANDS_ALONE if keyframe else _NEEDS_OTHERS
    track = _box(
        b"traf",
        _box(b"tfhd", _TRACK.pack(_BASE_IS_MOOF, 1)),
        _box(b"tfdt", _TIME.pack(_TIME_IN_64_BITS, pts)),
        _box(_RUN, _SAMPLE.pack(_SAMPLE_TELLS, 1, _MOOF_BYTES + _HEAD.size, lasts, len(body), flags)),
    )
    return _box(b"moof", _box(b"mfhd", _SEQUENCE.pack(0, number)), track) + _box(b"mdat", body)


def picture_units(access_unit: bytes) -> bytes:
    """Return the slices of a picture, each behind its length; what the encoder says of itself stays here."""
    units = (unit.rstrip(b"\0") for unit in access_unit.split(_START)[1:])
    return b"".join(_NUMBER.pack(len(unit)) + unit for unit in units if unit and unit[0] & 31 in _SLICES)


def _box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return _HEAD.pack(_HEAD.size + len(content), kind) + content
