"""The closed loop live with the built-in vehicle: a process that flies and films, a link, RTP, the decoder."""

import asyncio
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from flightlink.camera_file import load_camera
from flightlink.links.link import FlightLinks
from sitl.demo import child, free_udp_ports
from sitl.measure.recorded import true_shots
from sitl.station_files import camera_toml, video_latency_s
from sitl.world.file import load_world
from tests.sitl.conftest import DEMO
from tests.sitl.live_loop import Camera, Measured, measured

WORLD = DEMO.parent / "marks.toml"
STARTS_S = 4.0
LASTS_S = 12.0

pytestmark = [pytest.mark.soak]


async def flown(folder: Path) -> Measured:
    world = load_world(WORLD)
    plan = world.vehicles[0]
    camera_file = folder / "D1.toml"
    camera_file.write_text(camera_toml(world.camera, estimate=plan.estimate), encoding="utf-8")
    links = FlightLinks(["udpin://127.0.0.1:0"], cameras={plan.system_id: load_camera(camera_file)})
    (video_port,) = free_udp_ports(1)
    sdp = folder / "D1.sdp"
    epoch_utc_ns = time.time_ns()
    async with links, asyncio.TaskGroup() as tasks:
        running = tasks.create_task(links.run())
        station = f"127.0.0.1:{links.statuses()[0].port}"
        arguments = [str(WORLD), "--vehicle", plan.name, "--station", station, "--epoch-utc-ns", str(epoch_utc_ns)]
        async with child("sitl.simulate", *arguments, "--video", f"rtp://127.0.0.1:{video_port}?sdp={sdp}"):
            while not sdp.exists():  # noqa: ASYNC110 - another process sets no event of ours
                await asyncio.sleep(0.05)
            camera = Camera(str(sdp), latency_s=video_latency_s(world.camera))
            camera.start()
            await asyncio.sleep(STARTS_S)
            found = await measured(
                replace(world), camera, lambda: links.trackers.get(plan.system_id), true_shots(world, plan),
                epoch_utc_ns=epoch_utc_ns, lasts_s=LASTS_S,
            )  # fmt: skip
        running.cancel()
    return found


async def test_marks_are_placed_live_within_what_is_asked(tmp_path: Path) -> None:
    found = await flown(tmp_path)
    sys.stdout.write(f"{found.words}\n")  # shown by pytest -rP
    errors_m = [fix.error_m for fix in found.fixes]
    assert len(errors_m) > 60
    assert np.median(errors_m) <= 1.5
    assert np.percentile(errors_m, 90) <= 3.0
