"""Which bytes of a file may be a picture. Pure; on doubt they are."""

from __future__ import annotations

import re
from typing import Final

SIGNATURES: Final = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF8",
    b"ftyp",
    b"moof",
    b"moov",
    b"\x00\x00\x01\x67",
    b"\x00\x00\x01\x65",
    b"\x00\x00\x01\x42\x01",
    b"\x1a\x45\xdf\xa3",
)
"""JPEG, PNG, GIF, MP4 boxes, H.264 parameter sets and key pictures, HEVC, Matroska."""
LONGEST_CODE: Final = 1024
_CODED: Final = re.compile(rb"[A-Za-z0-9+/=_-]{%d,}" % LONGEST_CODE)
"""Base64 and hexadecimal digits in one run."""
_PLAIN_PICTURE: Final = re.compile(rb"P[1-6]\s+\d+\s+\d+\s")
_NUMBERS: Final = re.compile(rb"(?:\d{1,3}[\s,;\[\]]+){512,}")
"""Pixels written out as numbers."""


def image_bytes(data: bytes) -> int:
    """Return how many bytes of a file may be a picture: none of plain text, all of anything else.

    Text with a long run of code, or with a picture's pixels written out, is no plain text.
    """
    if not data or (_is_text(data) and not any(found.search(data) for found in (_CODED, _PLAIN_PICTURE, _NUMBERS))):
        return 0
    return len(data)


def is_signed(data: bytes) -> bool:
    """Say whether a known picture or video format is in some bytes."""
    return any(signature in data for signature in SIGNATURES) or (b"RIFF" in data and b"WEBP" in data)


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return not any(letter < " " and letter not in "\t\n\r\f\x1b" for letter in text)
