"""Whole, sound ST 0601 packets out of any bytes: universal key, BER lengths, checksum (ST 0601, tag 1; ST 0107). Pure.

What is cut or damaged is skipped and counted, and reading goes on at the next key: a packet is whole or it is nothing.
"""

from __future__ import annotations

from typing import Final, NamedTuple

UAS_LOCAL_SET: Final = bytes.fromhex("060e2b34020b01010e01030101000000")
"""SMPTE universal key of the UAS datalink local set."""
MOST_BYTES: Final = 8192
"""Of one packet; ordinary ones have some hundred."""
MOST_WAITING_BYTES: Final = 4 * MOST_BYTES
"""Kept of an unfinished packet; policy: the oldest bytes are dropped and count as damage."""

_CHECKSUM: Final = 1
_CHECKSUM_BYTES: Final = 2

Items = dict[int, bytes]
"""Tag -> value as it stands in the packet."""


class _Length(NamedTuple):
    """A BER length, and where the value begins."""

    size: int
    begins: int


class PacketReader:
    """Takes bytes as they come and gives the items of each sound packet, checksum verified."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self.sound = 0
        self.damaged = 0
        """Packets that were cut or damaged, as far as their key could be found."""

    def feed(self, data: bytes, *, ends: bool = False) -> list[Items]:
        """Return the packets that are whole now; `ends` says that nothing follows."""
        self._waiting += data
        found: list[Items] = []
        at = self._waiting.find(UAS_LOCAL_SET)
        while at >= 0:
            after = self._taken(at, found, ends=ends)
            if after is None:
                break
            at = self._waiting.find(UAS_LOCAL_SET, after)
        self._forget(at)
        self.sound += len(found)
        return found

    def _taken(self, at: int, found: list[Items], *, ends: bool) -> int | None:
        """Take the packet whose key is at a place; return where to search on, None to wait for more bytes."""
        length = _length_at(self._waiting, at + len(UAS_LOCAL_SET))
        is_sane = length is None or length.size <= MOST_BYTES
        end = None if length is None else length.begins + length.size
        following = self._waiting.find(UAS_LOCAL_SET, at + len(UAS_LOCAL_SET), end)
        if is_sane and following < 0 and (end is None or end > len(self._waiting)) and not ends:
            return None
        items = None
        if is_sane and following < 0 and length is not None and end is not None and end <= len(self._waiting):
            items = _items(bytes(self._waiting[at:end]), length.begins - at)
        if items is None or end is None:
            self.damaged += 1
            return at + len(UAS_LOCAL_SET)
        found.append(items)
        return end

    def _forget(self, at: int) -> None:
        """Drop what was read; keep an unfinished packet, or what may be the beginning of a key."""
        kept = len(self._waiting) - at if at >= 0 else len(UAS_LOCAL_SET) - 1
        if kept > MOST_WAITING_BYTES:
            self.damaged += 1
            kept = len(UAS_LOCAL_SET) - 1
        del self._waiting[: max(0, len(self._waiting) - kept)]


def packets_from_bytes(data: bytes) -> tuple[list[Items], int]:
    """Return all sound packets of some bytes, and how many were damaged."""
    reader = PacketReader()
    return reader.feed(data, ends=True), reader.damaged


def checksum(data: bytes) -> int:
    """Return the sum of all 16-bit words, an odd last byte as a high one, modulo 65536 (ST 0601, tag 1)."""
    return (sum(data[0::2]) * 256 + sum(data[1::2])) % 65536


def _length_at(data: bytes | bytearray, at: int) -> _Length | None:
    """Return the BER length at a place, short or long form; None where bytes are missing."""
    if at >= len(data):
        return None
    if data[at] < 0x80:
        return _Length(data[at], at + 1)
    begins = at + 1 + (data[at] & 0x7F)
    return _Length(int.from_bytes(data[at + 1 : begins], "big"), begins) if begins <= len(data) else None


def _tag_at(data: bytes, at: int) -> _Length | None:
    """Return a tag (BER-OID: seven bits a byte, the high one says that another follows) and what is after it."""
    tag = 0
    for place in range(at, min(at + 3, len(data))):
        tag = tag << 7 | data[place] & 0x7F
        if data[place] < 0x80:
            return _Length(tag, place + 1)
    return None


def _items(packet: bytes, begins: int) -> Items | None:
    """Return the items of a whole packet; None where they do not fill it, one is there twice, or its sum is wrong."""
    items: Items = {}
    at = begins
    while at < len(packet):
        tag = _tag_at(packet, at)
        length = None if tag is None else _length_at(packet, tag.begins)
        if tag is None or length is None or length.begins + length.size > len(packet) or tag.size in items:
            return None
        at = length.begins + length.size
        items[tag.size] = packet[length.begins : at]
    is_last = bool(items) and next(reversed(items)) == _CHECKSUM and len(items[_CHECKSUM]) == _CHECKSUM_BYTES
    told = int.from_bytes(packet[-_CHECKSUM_BYTES:], "big")
    return items if is_last and told == checksum(packet[:-_CHECKSUM_BYTES]) else None
