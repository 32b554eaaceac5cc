"""WebSockets: live documents as text, redacted video as bytes; and the newest redacted picture as JPEG."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

from aiohttp import web

from groundstation.instants import text_from_utc_ns
from groundstation.outbox import LiveReader, TooManyReadersError, VideoReader, VideoShelf
from groundstation.web.access import SOCKET
from groundstation.web.documents import CLOCK, OUTBOX
from groundstation.web.guards import refusal

SNAPSHOT_MAX_AGE_S: Final = 5.0
CAPTURED: Final = "Capture-Utc"
"""Header of a snapshot: when it was taken; fill has none, it shows no instant."""
STREAM_RESTARTED: Final = 1012
"""Close code of a video whose stream has ended or begun anew: connect again."""

_HEARTBEAT_S: Final = 15.0
_LONGEST_REQUEST_BYTES: Final = 1024
DENSITY_FORMS: Final = ("whole", "steps")
"""What `density` of the live address may be; the first where it is left out."""
ANEW: Final = "density"
"""What a reader of steps says that has lost its map."""


async def live(request: web.Request) -> web.StreamResponse:
    """Send density, vehicles, health, alerts and zones at once and as they change; the map in steps for who asks so."""
    form = request.query.get("density", DENSITY_FORMS[0])
    if form not in DENSITY_FORMS:
        return refusal(400, f"density {form[:40]!r} is no form of the map; use {' or '.join(DENSITY_FORMS)}")
    with suppress(TooManyReadersError), request.app[OUTBOX].live_reader(in_steps=form == "steps") as reader:
        if (socket := await _opened(request)) is None:
            return web.Response(status=400)  # it never arrives

        def hear(said: object) -> None:
            if said == ANEW and reader.in_steps:
                reader.ask_anew()

        await _send_until_closed(socket, _send_texts(socket, reader), hear)
        return socket
    return refusal(503, "too many readers; close a page and try again")


async def video(request: web.Request) -> web.StreamResponse:
    """Send the init segment and then fragments of redacted video, from the newest keyframe on."""
    shelf = _shelf(request)
    with suppress(TooManyReadersError), shelf.reader() as subscription:
        if subscription is None:
            return refusal(503, "no redacted video now; /api/v1/health says why")
        init, reader = subscription
        if (socket := await _opened(request)) is None:
            return web.Response(status=400)  # it never arrives
        await _send_until_closed(socket, _send_video(socket, init, reader))
        return socket
    return refusal(503, "too many viewers; close a page and try again")


async def snapshot(request: web.Request) -> web.Response:
    """Answer with the newest redacted picture, if it is recent."""
    frame = _shelf(request).snapshot_at(request.app[CLOCK](), max_age_s=SNAPSHOT_MAX_AGE_S)
    if frame is None:
        return refusal(503, "no recent redacted picture; /api/v1/health says why")
    taken = {} if frame.closed_because else {CAPTURED: text_from_utc_ns(frame.utc_ns)}
    return web.Response(body=frame.data, content_type="image/jpeg", headers=taken)


def _shelf(request: web.Request) -> VideoShelf:
    shelf = request.app[OUTBOX].videos.get(request.match_info["vehicle"])
    if shelf is None:
        raise web.HTTPNotFound
    return shelf


async def _opened(request: web.Request) -> web.WebSocketResponse | None:
    """Return the open socket, or None when the browser left in the middle of the handshake."""
    socket = web.WebSocketResponse(heartbeat=_HEARTBEAT_S, max_msg_size=_LONGEST_REQUEST_BYTES, compress=False)
    try:
        await socket.prepare(request)
    except ConnectionError:
        return None
    request[SOCKET] = socket  # whoever lets requests in closes it when the session ends
    return socket


async def _send_until_closed(
    socket: web.WebSocketResponse, sending: Coroutine[Any, Any, None], hear: Callable[[object], None] = lambda _: None
) -> None:
    """Send while the other side listens; whatever it says is read, so that its leaving is noticed, and mostly left."""
    sender = asyncio.create_task(sending)
    try:
        async for message in socket:
            hear(message.data)
    finally:
        sender.cancel()
        await asyncio.wait([sender])


async def _send_texts(socket: web.WebSocketResponse, reader: LiveReader) -> None:
    with suppress(ConnectionError):
        while True:
            for text in await reader.texts():
                await socket.send_str(text)


async def _send_video(socket: web.WebSocketResponse, init: bytes, reader: VideoReader) -> None:
    with suppress(ConnectionError):
        await socket.send_bytes(init)
        while (fragment := await reader.fragment()) is not None:
            await socket.send_bytes(fragment)
        await socket.close(code=STREAM_RESTARTED, message=b"the stream has ended or begun anew; connect again")
