import asyncio
import time
from pathlib import Path

import av
import numpy as np
import pytest
from av.video.frame import PictureType

from sitl.crowd import Crowd
from sitl.demo import free_udp_ports
from sitl.render import Renderer
from sitl.route import instant_at
from sitl.shot import shot_from
from sitl.sprite_set import SpriteSet
from sitl.station_files import video_latency_s
from sitl.video import KEYFRAME_KBIT, PACKET_BYTES, VideoSender
from sitl.world import World

FPS = 10.0
FRAMES = 30


def test_mpeg_ts_decodes_to_what_was_rendered(tmp_path: Path, world: World, sprites: SpriteSet) -> None:
    path = tmp_path / "video.ts"
    crowd, renderer = Crowd(world), Renderer(world, sprites)
    k = world.camera.intrinsics
    sent = []
    with VideoSender(str(path), width_px=k.width_px, height_px=k.height_px, fps=FPS) as sender:
        for number in range(FRAMES):
            shot = shot_from(instant_at(world.vehicles[0].route, number / FPS), k)
            sent.append(renderer.frame(shot, crowd.people_at(number / FPS), number))
            sender.send(sent[-1], t_s=number / FPS)
    with av.open(str(path)) as received:
        stream = received.streams.video[0]
        assert stream.codec_context.name == "h264"
        frames = list(received.decode(stream))
    assert len(frames) == FRAMES
    times = [float(frame.time or 0) for frame in frames]
    assert np.allclose(np.diff(times), 1 / FPS, atol=1e-4)
    keyframes = [number for number, frame in enumerate(frames) if frame.key_frame]
    assert keyframes[:3] == [0, 10, 20]
    assert all(frame.pict_type != PictureType.B for frame in frames)
    for before, after in zip(sent, frames, strict=True):
        error = before.astype(np.int16) - after.to_ndarray(format="bgr24")
        assert np.sqrt((error.astype(np.float64) ** 2).mean()) < 14


def test_no_burst_is_larger_than_a_receivers_buffer(tmp_path: Path, world: World, sprites: SpriteSet) -> None:
    k = world.camera.intrinsics
    shot = shot_from(instant_at(world.vehicles[0].route, 0.0), k)
    picture = Renderer(world, sprites).frame(shot, Crowd(world).people_at(0.0), 0)
    with VideoSender(str(tmp_path / "v.ts"), width_px=k.width_px, height_px=k.height_px, fps=FPS) as sender:
        packets = sender.encoded(picture, t_s=0.0)
        assert len(packets) == 1, "one picture in, one packet out: no look-ahead"
        assert packets[0].is_keyframe
        assert packets[0].size < 1000 * KEYFRAME_KBIT / 8
        assert PACKET_BYTES == 7 * 188
        sender.mux(packets)


def receive(port: int, frames: int) -> list[tuple[int, float]]:
    """Number and arrival of frames decoded from a live stream, as the station decodes them."""
    with av.open(f"udp://127.0.0.1:{port}?timeout=30000000") as received:
        stream = received.streams.video[0]
        stream.thread_type = "SLICE"
        decoded = received.decode(stream)
        return [
            (round(float(frame.time or 0) * FPS), time.monotonic())
            for frame, _ in zip(decoded, range(frames), strict=False)
        ]


async def test_frames_come_out_of_a_live_decoder_after_the_stated_latency(world: World, sprites: SpriteSet) -> None:
    """Over a real UDP socket: the quickest frame takes what the camera file says, less the renderer's own delay."""
    k = world.camera.intrinsics
    (port,) = free_udp_ports(1)
    shot = shot_from(instant_at(world.vehicles[0].route, 0.0), k)
    picture = Renderer(world, sprites).frame(shot, Crowd(world).people_at(0.0), 0)
    receiver = asyncio.create_task(asyncio.to_thread(receive, port, 60))
    number = 0
    began_s = time.monotonic()
    with VideoSender(f"udp://127.0.0.1:{port}", width_px=k.width_px, height_px=k.height_px, fps=FPS) as sender:
        while not receiver.done():
            packets = sender.encoded(picture, t_s=number / FPS)
            await asyncio.sleep(began_s + number / FPS - time.monotonic())
            sender.mux(packets)
            number += 1
    arrived = await receiver
    assert len(arrived) == 60
    held_s = min(at_s - (began_s + number / FPS) for number, at_s in arrived)
    stated_s = video_latency_s(world.camera) - world.camera.video_delay_s
    assert held_s == pytest.approx(stated_s, abs=0.02)
