"""Whether a JPEG is all there: decoders fill in what is missing with grey, and say nothing.

ITU-T T.81, annex B: segments of a marker and a length up to the scan, whose data holds no marker but restarts, until
the end of the image. Pictures inside segments (a camera's preview) are skipped with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, Final

START, END, SCAN = 0xD8, 0xD9, 0xDA
WITHOUT_LENGTH: Final = frozenset((0x01, START, *range(0xD0, 0xD8)))
PIECE_BYTES: Final = 1 << 16


def breaks_off(file: BinaryIO) -> bool:
    """Say whether a file begins as a JPEG and ends before its picture does; the file is left at its beginning."""
    try:
        return file.read(2) == bytes((0xFF, START)) and not _reaches_its_end(file)
    finally:
        file.seek(0)


def _reaches_its_end(file: BinaryIO) -> bool:
    marker = _next_marker(file)
    while marker is not None and marker != END:
        if marker not in WITHOUT_LENGTH:
            length = file.read(2)
            if len(length) < 2:
                return False
            file.seek(max(0, int.from_bytes(length, "big") - 2), 1)
        marker = _next_marker(file)
    return marker == END


def _next_marker(file: BinaryIO) -> int | None:
    """Return the next marker's number, with the file behind it; None where there is none. Scans are passed over."""
    was_ff = False
    while piece := file.read(PIECE_BYTES):
        for place in _after_ff(piece, was_ff=was_ff):
            if piece[place] not in (0x00, 0xFF, *range(0xD0, 0xD8)):
                file.seek(place + 1 - len(piece), 1)
                return piece[place]
        was_ff = piece[-1] == 0xFF
    return None


def _after_ff(piece: bytes, *, was_ff: bool) -> Iterator[int]:
    """Yield the places of a piece that stand behind a byte of 255."""
    if was_ff:
        yield 0
    place = piece.find(0xFF)
    while 0 <= place < len(piece) - 1:
        yield place + 1
        place = piece.find(0xFF, place + 1)
