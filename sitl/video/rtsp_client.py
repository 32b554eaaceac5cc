"""One client's connection to the RTSP server: reads requests, and sends what its queue holds."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass

from sitl.video.rtp import RtpUnit
from sitl.video.rtsp_session import RtspSession
from sitl.video.rtsp_text import INTERLEAVED_MARK, Request, RtspError, answer, interleaved, request_from
from sitl.video.unit_queue import UnitQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class UdpEnds:
    """The server's two UDP sockets, shared by all clients; they never block."""

    rtp: socket.socket
    rtcp: socket.socket

    @property
    def ports(self) -> tuple[int, int]:
        """Port of RTP, port of RTCP."""
        return int(self.rtp.getsockname()[1]), int(self.rtcp.getsockname()[1])


class RtspClient:
    """One connection: reads requests, and sends what its queue holds."""

    def __init__(
        self,
        session: RtspSession,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        udp: UdpEnds,
        queue: UnitQueue,
        timeout_s: float,
    ) -> None:
        self._session = session
        self._reader = reader
        self._writer = writer
        self._udp = udp
        self.queue = queue
        self._timeout_s = timeout_s
        self._wakes = asyncio.Event()
        self._deadline: asyncio.Timeout | None = None

    @property
    def rtcp_address(self) -> tuple[str, int] | None:
        """Where a client on UDP sends its reports from."""
        transport = self._session.transport
        if transport is None or transport.interleaved:
            return None
        return self._host, transport.rtcp

    @property
    def _host(self) -> str:
        return str(self._writer.get_extra_info("peername")[0])

    def offer(self, unit: RtpUnit) -> None:
        """Queue a picture, if the client plays."""
        if self._session.plays:
            self.queue.put(unit)
            self._wakes.set()

    def gave_sign(self) -> None:
        """Note that the client lives."""
        if self._deadline is not None and not self._deadline.expired():
            self._deadline.reschedule(asyncio.get_running_loop().time() + self._timeout_s)

    async def serve(self) -> None:
        """Answer until the client goes, is let go, or breaks the protocol."""
        async with asyncio.TaskGroup() as tasks:
            sends = tasks.create_task(self._send_queued())
            try:
                async with asyncio.timeout(self._timeout_s) as self._deadline:
                    await self._answer_all()
            except RtspError as error:
                self._writer.write(answer(error.status, None))
            except TimeoutError:
                self._writer.transport.abort()  # what is not sent yet has no reader
            except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError):
                pass  # gone, or no RTSP: nobody is there to be told
            finally:
                sends.cancel()

    async def _answer_all(self) -> None:
        while not self._session.over:
            mark = await self._reader.readexactly(1)
            self.gave_sign()
            if mark == INTERLEAVED_MARK:
                head = await self._reader.readexactly(3)
                await self._reader.readexactly(int.from_bytes(head[1:], "big"))
            else:
                self._writer.write(self._session.answer_to(await self._request(mark)))
                await self._writer.drain()

    async def _request(self, first: bytes) -> Request:
        request = request_from(first + await self._reader.readuntil(b"\r\n\r\n"))
        await self._reader.readexactly(request.body_bytes)
        return request

    async def _send_queued(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await self._wakes.wait()
                self._wakes.clear()
                while (unit := self.queue.take()) is not None:
                    self._send(unit)
                    await self._writer.drain()

    def _send(self, unit: RtpUnit) -> None:
        transport = self._session.transport
        if transport is None:
            return
        if transport.interleaved:
            report = [interleaved(transport.rtcp, unit.report)] if unit.report else []
            self._writer.write(b"".join([*report, *(interleaved(transport.rtp, part) for part in unit.packets)]))
            return
        with contextlib.suppress(BlockingIOError):  # the rest of the picture is lost, as UDP loses them
            if unit.report:
                self._udp.rtcp.sendto(unit.report, (self._host, transport.rtcp))
            for packet in unit.packets:
                self._udp.rtp.sendto(packet, (self._host, transport.rtp))
