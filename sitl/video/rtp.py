"""H.264 over RTP (RFC 3550, RFC 6184) with sender reports and its session description (RFC 8866). Pure.

Of our own, not FFmpeg's: its muxer maps stamp 0 to the instant when its header was written, and nobody can tell it the
capture clock. Here a report names the capture of the very frame that follows, so that a receiver's map to UTC is exact.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sitl.video.nal import PPS, SPS, AccessUnit, nal_type, nal_units

CLOCK_HZ: Final = 90_000
PAYLOAD_TYPE: Final = 96
MAX_PAYLOAD_BYTES: Final = 1388
"""With RTP's, UDP's and IP's heads it fits an Ethernet frame."""
NTP_UNIX_S: Final = 2_208_988_800
"""From 1900, where NTP's count begins, to 1970."""
FU_A: Final = 28
SENDER_REPORT: Final = 200
SOURCE_DESCRIPTION: Final = 202
CNAME: Final = 1
TRACK: Final = "trackID=0"


@dataclass(frozen=True, slots=True, kw_only=True)
class RtpUnit:
    """One picture, packed."""

    is_keyframe: bool
    packets: tuple[bytes, ...]
    report: bytes
    """RTCP that maps this picture's stamp to UTC; empty where none is due. Goes ahead of the packets."""


def payloads_of(nal: bytes) -> Iterator[bytes]:
    """Yield one NAL unit as payloads: as it is, or cut into fragments of type FU-A (RFC 6184, 5.8)."""
    if len(nal) <= MAX_PAYLOAD_BYTES:
        yield nal
        return
    indicator, kind = nal[0] & 0xE0 | FU_A, nal[0] & 0x1F
    step = MAX_PAYLOAD_BYTES - 2
    for begin in range(1, len(nal), step):
        part = nal[begin : begin + step]
        starts, ends = begin == 1, begin + step >= len(nal)
        yield bytes([indicator, kind | starts << 7 | ends << 6]) + part


def ntp_from(utc_ns: int) -> int:
    """Return UTC as NTP's 64 bits: seconds since 1900, and 2^-32 of a second."""
    seconds, rest_ns = divmod(utc_ns, 1_000_000_000)
    return (seconds + NTP_UNIX_S) % 2**32 << 32 | (rest_ns << 32) // 1_000_000_000


def sender_report(*, ssrc: int, utc_ns: int, stamp: int, packets: int, octets: int) -> bytes:
    """Return RTCP: a sender report that says what UTC a stamp is, and the source's name (RFC 3550, 6.4.1 and 6.5)."""
    counts = (stamp % 2**32, packets % 2**32, octets % 2**32)
    report = struct.pack("!BBHIQIII", 0x80, SENDER_REPORT, 6, ssrc, ntp_from(utc_ns), *counts)
    name = b"camera"
    chunk = struct.pack("!IBB", ssrc, CNAME, len(name)) + name
    chunk += b"\0" * (4 - len(chunk) % 4)
    return report + struct.pack("!BBH", 0x81, SOURCE_DESCRIPTION, len(chunk) // 4) + chunk


class RtpPacker:
    """Packs pictures in the order of capture; each keyframe is announced by a sender report.

    Args:
        epoch_utc_ns: UTC of stamp 0.
        ssrc: the source's number, 32 bits.
        sequence: of the first packet, 16 bits.
    """

    def __init__(self, *, epoch_utc_ns: int, ssrc: int, sequence: int) -> None:
        self._epoch_utc_ns = epoch_utc_ns
        self._ssrc = ssrc
        self._sequence = sequence
        self._packets = 0
        self._octets = 0

    def packed(self, unit: AccessUnit) -> RtpUnit:
        """Return one picture's packets; the last one bears the marker."""
        report = self._report(unit.stamp) if unit.is_keyframe else b""
        payloads = [payload for nal in nal_units(unit.data) for payload in payloads_of(nal)]
        last = len(payloads) - 1
        packets = [self._packet(part, unit.stamp, marks=at == last) for at, part in enumerate(payloads)]
        return RtpUnit(is_keyframe=unit.is_keyframe, packets=tuple(packets), report=report)

    def _packet(self, payload: bytes, stamp: int, *, marks: bool) -> bytes:
        kind = PAYLOAD_TYPE | marks << 7
        head = struct.pack("!BBHII", 0x80, kind, self._sequence, stamp % 2**32, self._ssrc)
        self._sequence = (self._sequence + 1) % 2**16
        self._packets += 1
        self._octets += len(payload)
        return head + payload

    def _report(self, stamp: int) -> bytes:
        utc_ns = self._epoch_utc_ns + stamp * 1_000_000_000 // CLOCK_HZ
        return sender_report(ssrc=self._ssrc, utc_ns=utc_ns, stamp=stamp, packets=self._packets, octets=self._octets)


def session_description(parameter_sets: bytes, *, name: str, host: str, port: int, fps: float) -> str:
    """Return the SDP of a stream whose SPS and PPS are given as Annex B; port 0 leaves it to RTSP."""
    units = nal_units(parameter_sets)
    sps, pps = (next(unit for unit in units if nal_type(unit) == kind) for kind in (SPS, PPS))
    sprop = ",".join(base64.b64encode(unit).decode() for unit in (sps, pps))
    lines = [
        "v=0",
        f"o=- 1 1 IN IP4 {host}",
        f"s={name}",
        f"c=IN IP4 {host}",
        "t=0 0",
        f"m=video {port} RTP/AVP {PAYLOAD_TYPE}",
        f"a=rtpmap:{PAYLOAD_TYPE} H264/{CLOCK_HZ}",
        f"a=fmtp:{PAYLOAD_TYPE} packetization-mode=1;profile-level-id={sps[1:4].hex()};sprop-parameter-sets={sprop}",
        f"a=framerate:{fps:g}",
        f"a=control:{TRACK}",
    ]
    return "".join(line + "\r\n" for line in lines)
