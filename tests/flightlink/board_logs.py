"""Logs of autopilots made for the tests: ULog and DataFlash, message by message."""

import struct
from collections.abc import Sequence

_ULOG_TYPES = {
    "uint64_t": "Q",
    "float": "f",
    "double": "d",
    "uint8_t": "B",
    "int32_t": "i",
    "uint32_t": "I",
    "bool": "?",
}


class UlogWriter:
    def __init__(self) -> None:
        self.data = b"ULog\x01\x12\x35\x01" + struct.pack("<Q", 1_000_000)
        self._message("B", bytes(40))
        self._layouts: dict[str, tuple[int, str]] = {}

    def topic(self, name: str, *fields: str) -> None:
        columns = ["uint64_t timestamp", *fields]
        self._message("F", f"{name}:{';'.join(columns)};".encode())
        layout = "<"
        for column in columns:
            kind = column.split()[0]
            base, _, count = kind.partition("[")
            layout += (count.rstrip("]") or "") + _ULOG_TYPES[base]
        self._layouts[name] = len(self._layouts), layout

    def begin(self) -> None:
        for name, (number, _) in self._layouts.items():
            self._message("A", struct.pack("<BH", 0, number) + name.encode())

    def row(self, name: str, boot_us: int, *values: float) -> None:
        number, layout = self._layouts[name]
        self._message("D", struct.pack("<H", number) + struct.pack(layout, boot_us, *values))

    def _message(self, kind: str, body: bytes) -> None:
        self.data += struct.pack("<HB", len(body), ord(kind)) + body


class DataFlashWriter:
    def __init__(self) -> None:
        self.data = b""
        self._layouts: dict[str, tuple[int, str]] = {}
        self._describe(0x80, "FMT", "BBnNZ", "Type,Length,Name,Format,Columns")

    def message(self, name: str, letters: str, columns: str) -> None:
        self._layouts[name] = 1 + len(self._layouts), letters
        self._describe(1 + len(self._layouts) - 1, name, letters, columns)

    def row(self, name: str, *values: float) -> None:
        number, letters = self._layouts[name]
        scaled = [
            round(value * 100) if letter in "cCeE" else round(value * 1e7) if letter == "L" else value
            for letter, value in zip(letters, values, strict=True)
        ]
        self.data += b"\xa3\x95" + bytes([number]) + struct.pack(_struct(letters), *scaled)

    def _describe(self, number: int, name: str, letters: str, columns: str) -> None:
        length = 3 + struct.calcsize(_struct(letters))
        body = struct.pack("<BB4s16s64s", number, length, name.encode(), letters.encode(), columns.encode())
        self.data += b"\xa3\x95\x80" + body


def _struct(letters: Sequence[str]) -> str:
    plain = {"L": "i", "c": "h", "C": "H", "e": "i", "E": "I", "n": "4s", "N": "16s", "Z": "64s", "a": "64s", "M": "B"}
    return "<" + "".join(plain.get(letter, letter) for letter in letters)
