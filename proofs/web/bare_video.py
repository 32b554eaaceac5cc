"""The floor below video in the browser: the same clock camera, encoded once into fMP4, a bare WebSocket, a bare page.

python -m proofs.web.bare_video CLIP --fps 25    says `serving ADDRESS`, ends on SIGTERM

No camera link, no redaction, no gate, no station: for rendered clips, never for a flight.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import av
from aiohttp import web

from proofs.web.clock_camera import encoder, stamped_pictures

HOST: Final = "127.0.0.1"
MUXING: Final = {"movflags": "frag_every_frame+empty_moov+default_base_moof"}
CODEC: Final = "avc1.640020"
EDGE_S: Final = 0.1
MOST_BEHIND_S: Final = 0.3
PAGE: Final = f"""<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>floor</title>
<video muted autoplay width="1280" height="720"></video><script>
const video = document.querySelector('video');
const source = new MediaSource();
const waiting = [];
video.src = URL.createObjectURL(source);
source.addEventListener('sourceopen', () => {{
  const buffer = source.addSourceBuffer('video/mp4; codecs="{CODEC}"');
  const append = () => {{ if (!buffer.updating && waiting.length) buffer.appendBuffer(waiting.shift()); }};
  buffer.addEventListener('updateend', () => {{
    const end = buffer.buffered.length ? buffer.buffered.end(buffer.buffered.length - 1) : 0;
    if (end - video.currentTime > {MOST_BEHIND_S}) video.currentTime = end - {EDGE_S};
    append();
  }});
  const socket = new WebSocket(`ws://${{location.host}}/video`);
  socket.binaryType = 'arraybuffer';
  socket.addEventListener('message', ({{ data }}) => {{ waiting.push(data); append(); }});
}});
</script>"""


class Sink:
    """A file that hands on what was written since it was asked last."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        """Take what the muxer writes."""
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """Return what was written, and forget it."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def messages(clip: Path, fps: int) -> Iterator[bytes]:
    """Yield fMP4 for ever: its head, then fragments, each once the next picture is encoded.

    Raises:
        av.FFmpegError: the clip cannot be read.
    """
    frames = stamped_pictures(clip, fps)
    first, sink = next(frames), Sink()
    with av.open(sink, "w", format="mp4", options=MUXING) as container:
        stream = encoder(container, fps, first)
        container.mux(stream.encode(first))
        for frame in frames:
            if told := sink.taken():
                yield told
            container.mux(stream.encode(frame))


def application(clip: Path, fps: int) -> web.Application:
    """Return the page and its video; each reader has an encoder of its own."""

    async def page(_: web.Request) -> web.Response:
        return web.Response(text=PAGE, content_type="text/html")

    async def video(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        queue: asyncio.Queue[bytes] = asyncio.Queue()
        ended, loop = threading.Event(), asyncio.get_running_loop()

        def encode() -> None:
            for message in messages(clip, fps):
                if ended.is_set():
                    return
                loop.call_soon_threadsafe(queue.put_nowait, message)

        encoding = threading.Thread(target=encode, daemon=True)
        encoding.start()
        try:
            with contextlib.suppress(ConnectionError):
                while True:
                    await socket.send_bytes(await queue.get())
        finally:
            ended.set()
        return socket

    app = web.Application()
    app.router.add_get("/", page)
    app.router.add_get("/video", video)
    return app


async def serve_until_told(clip: Path, fps: int) -> None:
    """Serve, say where, and end on SIGTERM."""
    told = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told.set)
    runner = web.AppRunner(application(clip, fps), access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    await web.TCPSite(runner, HOST, 0).start()
    sys.stdout.write(f"serving http://{HOST}:{runner.addresses[0][1]}/\n")
    sys.stdout.flush()
    await told.wait()
    await runner.cleanup()


def main() -> int:
    """Serve until SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m proofs.web.bare_video", description="the floor below video")
    parser.add_argument("clip", type=Path)
    parser.add_argument("--fps", type=int, required=True)
    asked = parser.parse_args()
    asyncio.run(serve_until_told(asked.clip, asked.fps))
    return 0


if __name__ == "__main__":
    sys.exit(main())
