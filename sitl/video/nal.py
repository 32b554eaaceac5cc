"""H.264 in Annex B: bytes of one picture into NAL units and back (ITU-T H.264, 7.3.1 and annex B). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

START_CODE: Final = b"\0\0\0\1"
SLICE: Final = 1
IDR_SLICE: Final = 5
SEI: Final = 6
SPS: Final = 7
PPS: Final = 8

_START: Final = re.compile(rb"\x00\x00\x01")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessUnit:
    """One encoded picture."""

    data: bytes
    """Annex B; a keyframe brings its parameter sets along."""
    stamp: int
    """Capture, in ticks of 90 kHz since the world began."""
    is_keyframe: bool


def nal_type(nal: bytes) -> int:
    """Return the type of a NAL unit by its first byte."""
    return nal[0] & 0x1F


def is_slice(nal: bytes) -> bool:
    """Say whether a NAL unit carries a part of the picture itself."""
    return SLICE <= nal_type(nal) <= IDR_SLICE


def nal_units(annex_b: bytes) -> list[bytes]:
    """Return the NAL units of a byte stream, without start codes and without the zeros around them."""
    found = [match.end() for match in _START.finditer(annex_b)]
    ends = [start - 3 for start in found] + [len(annex_b)]
    units = (annex_b[start:end].rstrip(b"\0") for start, end in zip(found, ends[1:], strict=True))
    return [unit for unit in units if unit]


def annex_b_from(units: list[bytes]) -> bytes:
    """Return NAL units as a byte stream, each behind a start code of four bytes."""
    return b"".join(START_CODE + unit for unit in units)


def escaped(payload: bytes) -> bytes:
    """Return a payload in which no start code can be found: a 3 behind each two zeros that need it (7.4.1)."""
    out = bytearray()
    zeros = 0
    for byte in payload:
        if zeros == 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)


def with_sei(annex_b: bytes, sei: bytes) -> bytes:
    """Return a picture with one more NAL unit: just before its first slice, behind parameter sets and other SEI."""
    units = nal_units(annex_b)
    at = next((index for index, unit in enumerate(units) if is_slice(unit)), len(units))
    return annex_b_from([*units[:at], sei, *units[at:]])
