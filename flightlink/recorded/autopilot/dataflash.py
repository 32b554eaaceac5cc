"""DataFlash: the binary logs of ArduPilot, decoded. Each message is two marks, a number, and fields that FMT described.

Letters of the fields as in ArduPilot's AP_Logger (LogStructure.h). Damage costs the messages that it hits alone.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

HEAD: Final = b"\xa3\x95"
_FMT: Final = 0x80
_FMT_BODY: Final = struct.Struct("<BB4s16s64s")
_LETTERS: Final = {
    "a": "64s", "b": "b", "B": "B", "h": "h", "H": "H", "i": "i", "I": "I", "f": "f", "d": "d", "n": "4s", "N": "16s",
    "Z": "64s", "c": "h", "C": "H", "e": "i", "E": "I", "L": "i", "M": "B", "q": "q", "Q": "Q", "g": "e",
}  # fmt: skip
_SCALES: Final = {"c": 0.01, "C": 0.01, "e": 0.01, "E": 0.01, "L": 1e-7}
Fields = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class _Format:
    """How one kind of message is laid out."""

    name: str
    body: struct.Struct
    columns: tuple[str, ...]
    letters: str


class DataFlash:
    """The messages of one log, in order.

    Args:
        data: the whole file.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.bad_bytes = 0
        """Bytes that belong to no whole message; known after an iteration. Padding at the end is none."""

    def messages(self, wanted: frozenset[str]) -> Iterator[tuple[str, Fields]]:
        """Yield name and numbers of every wanted message; text fields are left out."""
        data, at, good = self._data, 0, 0
        formats: dict[int, _Format] = {}
        while (at := data.find(HEAD, at)) >= 0 and at + 3 <= len(data):
            length = self._length(formats, data[at + 2])
            if length is None or at + length > len(data) or not self._ends_well(at + length):
                at += 1
                continue
            body = data[at + 3 : at + length]
            if data[at + 2] == _FMT:
                _learn(formats, body)
            elif formats[data[at + 2]].name in wanted:
                yield formats[data[at + 2]].name, _fields(formats[data[at + 2]], body)
            at, good = at + length, good + length
        self.bad_bytes = max(0, len(data.rstrip(b"\x00\xff")) - good)

    def _length(self, formats: Mapping[int, _Format], number: int) -> int | None:
        if number == _FMT:
            return 3 + _FMT_BODY.size
        known = formats.get(number)
        return None if known is None else 3 + known.body.size

    def _ends_well(self, end: int) -> bool:
        """Say whether another message or padding follows: marks may stand inside a damaged one by chance."""
        follows = self._data[end : end + 2]
        return len(follows) < 2 or follows == HEAD or follows in (b"\x00\x00", b"\xff\xff")


def _learn(formats: dict[int, _Format], body: bytes) -> None:
    """Take one FMT message; one whose length contradicts its letters describes nothing."""
    number, length, name, letters, columns = _FMT_BODY.unpack(body)
    text = letters.rstrip(b"\0").decode("ascii", errors="replace")
    if any(letter not in _LETTERS for letter in text):
        return
    layout = struct.Struct("<" + "".join(_LETTERS[letter] for letter in text))
    names = tuple(columns.rstrip(b"\0").decode("ascii", errors="replace").split(","))
    if layout.size + 3 == length and len(names) == len(text) and number != _FMT:
        formats[number] = _Format(name.rstrip(b"\0").decode("ascii", errors="replace"), layout, names, text)


def _fields(layout: _Format, body: bytes) -> dict[str, float]:
    values = layout.body.unpack(body)
    return {
        name: value * _SCALES[letter] if letter in _SCALES else value
        for name, letter, value in zip(layout.columns, layout.letters, values, strict=True)
        if not isinstance(value, bytes)
    }
