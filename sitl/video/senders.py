"""The simulated camera's video on its way out: MPEG-TS over UDP, RTP, or RTSP; with telemetry in it or none."""

from __future__ import annotations

import contextlib
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction
from types import TracebackType
from typing import Any, Final, Protocol, Self

import av

from sitl.vehicle.believed import Believed
from sitl.video.encoder import TIME_BASE, StreamShape, parameter_sets
from sitl.video.klv import packet_from
from sitl.video.nal import AccessUnit, with_sei
from sitl.video.rtp import RtpPacker, session_description
from sitl.video.rtsp_server import LOOPBACK, RtspServer, rtsp_server
from sitl.video.sei import sei_from
from sitl.world.errors import WorldError
from sitl.world.video_plan import VideoAddress, VideoPlan, refuse_unfit

PACKET_BYTES: Final = 1316
"""Seven MPEG-TS packets: the usual datagram."""


class Sender(Protocol):
    """Sends access units on the instant."""

    def send(self, unit: AccessUnit, believed: Believed | None) -> None:
        """Send one picture, with what the vehicle believes of its pose if the transport has a place for it."""


class TsSender:
    """MPEG-TS over UDP or into a file, with a KLV stream beside the video or none. Use it as a context.

    Args:
        target: FFmpeg address or file, for instance `udp://127.0.0.1:5600`.
        shape: of the pictures.
        with_klv: says what the vehicle believes in an asynchronous KLV stream (MISB ST 1402).
    """

    def __init__(self, target: str, shape: StreamShape, *, with_klv: bool = False) -> None:
        address = f"{target}?pkt_size={PACKET_BYTES}" if target.startswith("udp:") else target
        options = {"flush_packets": "1", "omit_video_pes_length": "0", "pat_period": "0.4"}
        options["max_interleave_delta"] = "1"  # in microseconds, else it waits 10 s for a stream that is silent
        self._output = av.open(address, "w", format="mpegts", options=options)
        rate = Fraction(shape.fps).limit_denominator(1000)
        self._video = self._output.add_mux_stream("h264", rate, width=shape.width_px, height=shape.height_px)
        self._video.time_base = TIME_BASE
        self._klv = self._output.add_data_stream("klv") if with_klv else None
        if self._klv is not None:
            self._klv.time_base = TIME_BASE

    def send(self, unit: AccessUnit, believed: Believed | None) -> None:
        """Send one picture, behind its telemetry; without telemetry it leaves when the next one comes."""
        if self._klv is not None and believed is not None:
            self._mux(self._klv, packet_from(believed), unit.stamp)
        self._mux(self._video, unit.data, unit.stamp, is_keyframe=unit.is_keyframe)

    def _mux(self, stream: Any, data: bytes, stamp: int, *, is_keyframe: bool = True) -> None:
        packet: av.Packet[Any] = av.Packet(data)
        packet.stream, packet.time_base = stream, TIME_BASE
        packet.pts = packet.dts = stamp
        packet.is_keyframe = is_keyframe
        self._output.mux(packet)

    def __enter__(self) -> Self:
        """Return the sender itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self._output.close()


class RtpSender:
    """RTP to a port and RTCP to the next one (RFC 3550). Use it as a context."""

    def __init__(self, packer: RtpPacker, *, host: str, port: int) -> None:
        self._packer = packer
        self._to_rtp, self._to_rtcp = (host, port), (host, port + 1)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)

    def send(self, unit: AccessUnit, believed: Believed | None) -> None:  # noqa: ARG002  # RTP has no place for it
        """Send one picture's datagrams."""
        packed = self._packer.packed(unit)
        with contextlib.suppress(BlockingIOError):  # the rest of the picture is lost, as UDP loses them
            if packed.report:
                self._socket.sendto(packed.report, self._to_rtcp)
            for packet in packed.packets:
                self._socket.sendto(packet, self._to_rtp)

    def __enter__(self) -> Self:
        """Return the sender itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the socket."""
        self._socket.close()


class RtspSender:
    """Hands pictures to an RTSP server's clients."""

    def __init__(self, packer: RtpPacker, server: RtspServer) -> None:
        self._packer = packer
        self._server = server

    def send(self, unit: AccessUnit, believed: Believed | None) -> None:  # noqa: ARG002  # RTP has no place for it
        """Queue one picture for all who play."""
        self._server.publish(self._packer.packed(unit))


class SeiSender:
    """Puts what the vehicle believes into the video itself, for any transport."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender

    def send(self, unit: AccessUnit, believed: Believed | None) -> None:
        """Send one picture with its telemetry inside."""
        if believed is not None:
            data = with_sei(unit.data, sei_from(believed, pts90k=unit.stamp))
            unit = AccessUnit(data=data, stamp=unit.stamp, is_keyframe=unit.is_keyframe)
        self._sender.send(unit, None)


@asynccontextmanager
async def open_sender(
    plan: VideoPlan,
    address: VideoAddress,
    *,
    shape: StreamShape,
    epoch_utc_ns: int,
    chance: random.Random,
    allow_remote: bool = False,
    by_way_of: tuple[str, int] | None = None,
) -> AsyncIterator[Sender]:
    """Open the sender of an address while the block lasts.

    Args:
        plan: quality and metadata.
        address: picks the transport.
        shape: of the pictures.
        epoch_utc_ns: UTC of stamp 0, which RTCP tells.
        chance: gives RTP its source number and first sequence number.
        allow_remote: lets video leave this machine.
        by_way_of: host and port of a relay to that address; RTSP has none.

    Raises:
        WorldError: the address is not fit, its port is in use, or the SDP file cannot be written.
    """
    refuse_unfit(address, plan, allow_remote=allow_remote)
    host, port = by_way_of or (address.host, address.port)
    ssrc, sequence = chance.getrandbits(32), chance.getrandbits(16)
    packer = RtpPacker(epoch_utc_ns=epoch_utc_ns, ssrc=ssrc, sequence=sequence)
    match address.transport:
        case "mpegts":
            with TsSender(f"udp://{host}:{port}", shape, with_klv=plan.metadata == "klv") as sender:
                yield _told(plan, sender)
        case "rtp":
            _write_sdp(address, _description(plan, address, shape, port=address.port))
            with RtpSender(packer, host=host, port=port) as sender:
                yield _told(plan, sender)
        case "rtsp":
            text = _description(plan, address, shape, port=0)
            async with rtsp_server(
                name=address.name, description=text, port=address.port, fps=shape.fps, ssrc=ssrc
            ) as server:
                yield _told(plan, RtspSender(packer, server))


def _told(plan: VideoPlan, sender: Sender) -> Sender:
    return SeiSender(sender) if plan.metadata == "sei" else sender


def _description(plan: VideoPlan, address: VideoAddress, shape: StreamShape, *, port: int) -> str:
    name, host = address.name or "camera", LOOPBACK if address.transport == "rtsp" else address.host
    return session_description(parameter_sets(shape, plan), name=name, host=host, port=port, fps=shape.fps)


def _write_sdp(address: VideoAddress, text: str) -> None:
    if address.sdp is None:
        return
    try:
        address.sdp.write_text(text, encoding="ascii", newline="")
    except OSError as error:
        raise WorldError(f"{address.sdp}: the SDP cannot be written ({error.strerror}); give another file") from error
