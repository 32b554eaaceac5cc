"""Walks the boxes of an MP4 and the segments of a JPEG, and names all that is not needed to show a picture."""

from __future__ import annotations

import struct
from collections.abc import Iterator

CONTAINERS = {
    b"moov": 0, b"trak": 0, b"mdia": 0, b"minf": 0, b"dinf": 0, b"stbl": 0, b"mvex": 0, b"moof": 0, b"traf": 0,
    b"mfra": 0, b"udta": 0, b"stsd": 8, b"avc1": 78, b"dref": 8, b"meta": 4,
}  # fmt: skip
"""Box -> bytes before its parts."""
PATHS = {
    "fmp4_init": {
        "ftyp", "moov", "moov/mvhd", "moov/trak", "moov/trak/tkhd", "moov/trak/mdia", "moov/trak/mdia/mdhd",
        "moov/trak/mdia/hdlr", "moov/trak/mdia/minf", "moov/trak/mdia/minf/vmhd", "moov/trak/mdia/minf/dinf",
        "moov/trak/mdia/minf/dinf/dref", "moov/trak/mdia/minf/dinf/dref/url ", "moov/trak/mdia/minf/stbl",
        "moov/trak/mdia/minf/stbl/stsd", "moov/trak/mdia/minf/stbl/stsd/avc1",
        "moov/trak/mdia/minf/stbl/stsd/avc1/avcC", "moov/trak/mdia/minf/stbl/stsd/avc1/colr",
        "moov/trak/mdia/minf/stbl/stsd/avc1/pasp", "moov/trak/mdia/minf/stbl/stsd/avc1/btrt",
        "moov/trak/mdia/minf/stbl/stts", "moov/trak/mdia/minf/stbl/stsc", "moov/trak/mdia/minf/stbl/stsz",
        "moov/trak/mdia/minf/stbl/stco", "moov/mvex", "moov/mvex/trex",
        "moov/udta", "moov/udta/meta", "moov/udta/meta/hdlr", "moov/udta/meta/ilst",
    },
    "fmp4_fragment": {
        "moof", "moof/mfhd", "moof/traf", "moof/traf/tfhd", "moof/traf/tfdt", "mdat",
        "moof/traf/trun",  # codespell:ignore trun
        "mfra", "mfra/tfra", "mfra/mfro",
    },
}  # fmt: skip
FIXED = {
    "moov/trak/mdia/hdlr": struct.pack(">II4s12x", 0, 0, b"vide") + b"VideoHandler\0",
    "moov/trak/mdia/minf/dinf/dref/url ": struct.pack(">I", 1),
    "moov/udta/meta/hdlr": struct.pack(">II4s4s9x", 0, 0, b"mdir", b"appl"),
    "moov/udta/meta/ilst": b"",
}
"""Boxes of one content only: the track's name is nobody's, and the list of names is empty."""
TIMES = {"moov/mvhd", "moov/trak/tkhd", "moov/trak/mdia/mdhd"}
"""Begin with a version and flags, then the times of making and changing."""
PICTURE_UNITS = {1, 5, 7, 8}
"""H.264: slices of pictures and their parameters."""
SEI = 6
X264 = bytes.fromhex("dc45e9bde6d948b7962cd820d923eeef")
"""What x264 signs its settings with."""


def boxes(data: bytes, path: str = "") -> Iterator[tuple[str, bytes]]:
    """Yield path and content of every box; the boxes fill the data to its last byte."""
    place = 0
    while place < len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        assert 8 <= size <= len(data) - place, (path, kind, size)
        here = f"{path}/{kind.decode('latin-1')}".lstrip("/")
        content = data[place + 8 : place + size]
        yield here, content
        if kind in CONTAINERS:
            yield from boxes(content[CONTAINERS[kind] :], here)
        place += size


def mp4_faults(data: bytes, media: str) -> Iterator[str]:
    """Yield each box, unit or time in a part of a fragmented MP4 that is not needed to show its pictures."""
    found = list(boxes(data))
    for path, content in found:
        if path not in PATHS[media]:
            yield f"a box {path} of {len(content)} bytes"
        elif path in FIXED and content != FIXED[path]:
            yield f"the box {path} holds {content!r}"
        elif path in TIMES and any(content[4:12]):
            yield f"the box {path} tells a time"
        elif path.endswith("avc1") and any(content[42:74]):
            yield f"the picture's coder has the name {content[42:74]!r}"
        elif path == "mdat":
            yield from unit_faults(content)
    if media == "fmp4_fragment" and [path for path, _ in found if "/" not in path][:2] != ["moof", "mdat"]:
        yield "a fragment is not one head and one body"


def unit_faults(data: bytes) -> Iterator[str]:
    """Yield each unit of H.264 that is no part of a picture; the units fill the data to its last byte."""
    place = 0
    while place < len(data):
        (size,) = struct.unpack_from(">I", data, place)
        unit = data[place + 4 : place + 4 + size]
        assert 0 < len(unit) == size, (place, size)
        place += 4 + size
        kind = unit[0] & 31
        if kind == SEI:
            yield from sei_faults(unit[1:])
        elif kind not in PICTURE_UNITS:
            yield f"a unit of H.264 of kind {kind}"


def sei_faults(data: bytes) -> Iterator[str]:
    """Yield what a side message of H.264 says beyond the coder's settings."""
    said, place = 0, 1
    while data[place] == 255:
        said, place = said + 255, place + 1
    said, place = said + data[place], place + 1
    text = data[place + 16 : place + said].rstrip(b"\0").decode("ascii", "replace")
    if (
        data[0] != 5
        or data[place : place + 16] != X264
        or not text.startswith("x264 - core ")
        or not text.isprintable()
    ):
        yield f"a side message of H.264 of kind {data[0]}: {text[:60]!r}"
    if data[place + said :] != b"\x80":
        yield "a side message of H.264 has something after it"


def jpeg_faults(data: bytes) -> Iterator[str]:
    """Yield each segment of a JPEG that is not needed to show it, and whatever stands after its end."""
    if not data.startswith(b"\xff\xd8"):
        yield "no JPEG"
        return
    place, kind = 2, 0
    while kind != 0xDA:
        mark, kind, size = struct.unpack_from(">BBH", data, place)
        assert mark == 0xFF, place
        if kind == 0xE0 and data[place + 4 : place + 9] != b"JFIF\0":
            yield "a first segment that is not JFIF's"
        elif kind == 0xE0 and size != 16:
            yield "a thumbnail in JFIF's segment"
        elif kind not in {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}:
            yield f"a segment of kind {kind:02X}: {data[place + 4 : place + 20]!r}"
        place += 2 + size
    end = data.find(b"\xff\xd9", place)
    if end != len(data) - 2:
        yield f"{len(data) - 2 - end} bytes after the picture's end"
