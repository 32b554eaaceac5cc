"""From a camera's picture to the screen of the command post: by a clock in the picture, through all there is between.

A camera on paper sends H.264 over UDP; the whole station, as `groundstation run` starts it, with its sealed worker,
redacts and serves it; the page plays it in Chromium. A script that is asked of the page from outside reads the blocks
of each picture that the browser hands to its screen (`requestVideoFrameCallback`), with the instant at which it says
that it shows it. Beside it: how old the picture in a screenshot is when the screenshot is there, which is later.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import time
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from PIL import Image

from groundstation.benchmarks.clips import SMALL_PX, Clip, rendered
from groundstation.benchmarks.latency import percentiles
from groundstation.benchmarks.memory import station_text
from groundstation.errors import StationError
from proofs.web import clock
from proofs.web.children import child, station
from proofs.web.chromium import Chromium, Heard, Page

FPS: Final = 25
CLIP_FRAMES: Final = 80
SECONDS: Final = 20.0
QUICK_SECONDS: Final = 4.0
SETTLES_S: Final = 6.0
WITHIN_S: Final = 60.0
SHOTS: Final = 12
MOST_MS: Final = 500.0
LEAST_READ: Final = 0.5
"""Of the pictures: fewer clocks that can be read say nothing of the others."""
PER_BLOCK: Final = 4
"""Pixels a side to which a block is made small before it is read."""
VIDEO: Final = "document.querySelector('video')"

Figures = dict[str, Any]

READS: Final = f"""
(() => {{
  const video = {VIDEO};
  const [wide, high] = [{clock.COLUMNS * PER_BLOCK}, {clock.ROWS * PER_BLOCK}];
  const small = new OffscreenCanvas(wide, high).getContext('2d', {{ willReadFrequently: true }});
  const scale = video.videoWidth / {SMALL_PX[0]};
  const from = [{clock.LEFT_PX}, {clock.TOP_PX}, {clock.COLUMNS * clock.BLOCK_PX}, {clock.ROWS * clock.BLOCK_PX}];
  globalThis.benchSeen = [];
  const read = (now, shown) => {{
    video.requestVideoFrameCallback(read);
    small.drawImage(video, ...from.map((length) => length * scale), 0, 0, wide, high);
    const {{ data }} = small.getImageData(0, 0, wide, high);
    const levels = [];
    for (let row = 0; row < {clock.ROWS}; row += 1) {{
      for (let column = 0; column < {clock.COLUMNS}; column += 1) {{
        const [x, y] = [(column + 0.5) * {PER_BLOCK}, (row + 0.5) * {PER_BLOCK}].map(Math.floor);
        levels.push(data[4 * (y * wide + x)]);
      }}
    }}
    const at = Math.max(shown.expectedDisplayTime, performance.now());
    globalThis.benchSeen.push([Date.now() - performance.now() + at, levels]);
  }};
  video.requestVideoFrameCallback(read);
}})()
"""
PLACE: Final = f"(({{ x, y, width, height }}) => ({{ x, y, width, height }}))({VIDEO}.getBoundingClientRect())"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen of the video."""

    ages_ms: list[float]
    unread: int
    """Pictures whose clock could not be read."""
    shot_ages_ms: list[float]


async def measured(chromium: Chromium, *, quick: bool) -> tuple[Figures, list[Heard]]:
    """Return milliseconds from the camera's picture to the screen, and what the page asked for and complained of.

    Raises:
        StationError: nothing was shown, or its clock could not be read.
    """
    seconds = QUICK_SECONDS if quick else SECONDS
    with TemporaryDirectory(prefix="groundstation-bench-") as name:
        folder = Path(name)
        clip = await asyncio.to_thread(rendered, folder, SMALL_PX, CLIP_FRAMES)
        video = f"udp://127.0.0.1:{_free_port()}"
        camera = child("proofs.web.clock_camera", clip.video, video, "--fps", str(FPS))
        async with _whole_station(clip, folder, video) as (_, address), camera, chromium.page() as page:
            seen = await _watched(page, address, seconds)
            health = await page.evaluate("fetch('/api/v1/health').then((answer) => answer.json())")
            page.heard.keep_outside(address)
        bare = station("proofs.web.bare_video", clip.video, "--fps", str(FPS))
        async with bare as (_, address), chromium.page() as floor_page:
            floor = await _watched(floor_page, address, seconds)
    return figures_of(seen, floor, health["cameras"][0], seconds), [page.heard]


def _whole_station(clip: Clip, folder: Path, video: str) -> Any:
    settings = folder / "station.toml"
    settings.write_text(station_text(clip, video, now_utc_ns=time.time_ns()), encoding="utf-8")
    return station("groundstation", "run", settings)


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def _watched(page: Page, address: str, seconds: float) -> Seen:
    await page.ask("Page.navigate", url=address)
    await page.until(f"{VIDEO}?.currentTime > 0", within_s=WITHIN_S)
    await asyncio.sleep(SETTLES_S)
    await page.evaluate(READS)
    await asyncio.sleep(seconds)
    seen = await page.evaluate("globalThis.benchSeen.splice(0)")
    shots = [await _shot_age_ms(page) for _ in range(SHOTS)]
    ages = [clock.age_ms(levels, at_ms) for at_ms, levels in seen]
    read = [age for age in ages if age is not None]
    shot_ages = [age for age in shots if age is not None]
    return Seen(ages_ms=read, unread=len(ages) - len(read), shot_ages_ms=shot_ages)


async def _shot_age_ms(page: Page) -> float | None:
    """Return how old the picture in a screenshot is when it is there."""
    place = await page.evaluate(PLACE)
    shot = await page.ask("Page.captureScreenshot", format="png", clip={**place, "scale": 1})
    now_ms = time.time_ns() / 1e6
    grey = np.asarray(Image.open(BytesIO(base64.b64decode(shot["data"]))).convert("L"))
    scale = min(grey.shape[1] / SMALL_PX[0], grey.shape[0] / SMALL_PX[1])
    left, top = ((grey.shape[1 - axis] - scale * SMALL_PX[axis]) / 2 for axis in (0, 1))
    x = left + scale * (clock.LEFT_PX + clock.BLOCK_PX * (np.arange(clock.COLUMNS) + 0.5))
    y = top + scale * (clock.TOP_PX + clock.BLOCK_PX * (np.arange(clock.ROWS) + 0.5))
    levels = grey[np.ix_(y.astype(int), x.astype(int))]
    return clock.age_ms(levels.ravel().tolist(), now_ms)


def figures_of(seen: Seen, floor: Seen, health: Figures, seconds: float) -> Figures:
    """Return the figures of what was seen, beside those of the floor.

    Args:
        seen: on the command post.
        floor: on the bare page.
        health: of the camera, at the end.
        seconds: how long.

    Raises:
        StationError: too few clocks could be read.
    """
    ours, of_floor = (_percentiles(one, str(health.get("gate"))) for one in (seen, floor))
    pictures = len(seen.ages_ms) + seen.unread
    return {
        **ours,
        **{f"floor_{name}": value for name, value in of_floor.items()},
        "worker_ms": health.get("latency_ms"),
        "screenshot_p50_ms": round(float(np.median(seen.shot_ages_ms)), 1) if seen.shot_ages_ms else None,
        "shown_fps": round(pictures / seconds, 2),
        "video_fps": FPS,
        "pictures": pictures,
        "unread": seen.unread,
        "sealed": health.get("sealed"),
        "reached": ours["p50_ms"] <= MOST_MS,
    }


def _percentiles(seen: Seen, gate: str) -> dict[str, float]:
    pictures = len(seen.ages_ms) + seen.unread
    if not pictures or len(seen.ages_ms) < LEAST_READ * pictures:
        raise StationError(f"bench: {len(seen.ages_ms)} of {pictures} clocks on screen can be read (gate: {gate})")
    return percentiles(seen.ages_ms)
