"""Video on its way out: what a receiver decodes, when it was taken, and what is told beside it."""

from __future__ import annotations

import asyncio
import io
import json
import random
import socket
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import pytest
from av.sidedata.sidedata import Type
from av.video.frame import PictureType

from sitl.crowd.crowd import Crowd
from sitl.demo import free_udp_ports
from sitl.picture.render import Renderer
from sitl.picture.sprite_set import SpriteSet
from sitl.station_files import video_latency_s
from sitl.video.encoder import KEYFRAME_KBIT, Encoder, StreamShape
from sitl.video.klv import packet_from
from sitl.video.senders import PACKET_BYTES, TsSender, open_sender
from sitl.world.errors import WorldError
from sitl.world.route import instant_at
from sitl.world.shot import shot_from
from sitl.world.video_plan import VideoPlan, address_from
from sitl.world.world import World
from tests.sitl.heard import believed
from tests.sitl.streams import EPOCH_UTC_NS, SHAPE, streamed, units, utc_us
from tests.sitl.streams import FPS as LIVE_FPS
from vision.clock import LiveClock
from vision.raw.source import opened_stream

FPS = 10.0
FRAMES = 30


def shape(world: World) -> StreamShape:
    return StreamShape(width_px=world.camera.intrinsics.width_px, height_px=world.camera.intrinsics.height_px, fps=FPS)


def test_mpeg_ts_decodes_to_what_was_rendered(tmp_path: Path, world: World, sprites: SpriteSet) -> None:
    path = tmp_path / "video.ts"
    crowd, renderer = Crowd(world), Renderer(world, sprites)
    encoder, sent = Encoder(shape(world), VideoPlan()), []
    with TsSender(str(path), shape(world)) as sender:
        for number in range(FRAMES):
            shot = shot_from(instant_at(world.vehicles[0].route, number / FPS), world.camera.intrinsics)
            sent.append(renderer.frame(shot, crowd.people_at(number / FPS), number))
            for unit in encoder.encoded(sent[-1], t_s=number / FPS):
                sender.send(unit, None)
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


def rendered(world: World, sprites: SpriteSet) -> Any:
    shot = shot_from(instant_at(world.vehicles[0].route, 0.0), world.camera.intrinsics)
    return Renderer(world, sprites).frame(shot, Crowd(world).people_at(0.0), 0)


def test_no_burst_is_larger_than_a_receivers_buffer(world: World, sprites: SpriteSet) -> None:
    found = Encoder(shape(world), VideoPlan()).encoded(rendered(world, sprites), t_s=0.0)
    assert len(found) == 1, "one picture in, one access unit out: no look-ahead"
    assert found[0].is_keyframe
    assert len(found[0].data) < 1000 * KEYFRAME_KBIT / 8
    assert PACKET_BYTES == 7 * 188


def test_a_better_quality_takes_more_bytes() -> None:
    good, poor = (sum(len(unit.data) for unit in units(8, plan=VideoPlan(crf=crf))) for crf in (15, 40))
    assert good > 2 * poor


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
    (port,) = free_udp_ports(1)
    picture, encoder = rendered(world, sprites), Encoder(shape(world), VideoPlan())
    receiver = asyncio.create_task(asyncio.to_thread(receive, port, 60))
    number = 0
    began_s = time.monotonic()
    with TsSender(f"udp://127.0.0.1:{port}", shape(world)) as sender:
        while not receiver.done():
            (unit,) = encoder.encoded(picture, t_s=number / FPS)
            await asyncio.sleep(began_s + number / FPS - time.monotonic())
            sender.send(unit, None)
            number += 1
    arrived = await receiver
    assert len(arrived) == 60
    held_s = min(at_s - (began_s + number / FPS) for number, at_s in arrived)
    stated_s = video_latency_s(world.camera) - world.camera.video_delay_s
    assert held_s == pytest.approx(stated_s, abs=0.02)


# the station's own source opens every transport


@dataclass(frozen=True)
class Taken:
    """One frame as a receiver has it."""

    stamp_s: float | None
    begin_utc_us: int | None
    record: dict[str, Any] | None


def taken_by_station(address: str, frames: int) -> list[Taken]:
    found = []
    with opened_stream(address) as source:
        for frame in source._decoded():
            sides = [bytes(side) for side in cast("Any", frame).side_data if side.type == Type.SEI_UNREGISTERED]
            records = [json.loads(side[16:]) for side in sides if b"apcg.telemetry.v1" in side]
            begin_us = source._container.start_time_realtime
            found.append(Taken(frame.time, begin_us, records[0] if records else None))
            if len(found) == frames:
                return found
    return found


def captures(found: list[Taken]) -> list[float]:
    """Capture of each frame that has a stamp, in frames since the world began, by RTCP alone."""
    return [
        ((frame.begin_utc_us or 0) * 1000 - EPOCH_UTC_NS) / 1e9 * LIVE_FPS + frame.stamp_s * LIVE_FPS
        for frame in found
        if frame.stamp_s is not None
    ]


@pytest.mark.parametrize("transport", ["rtp", "rtsp"])
async def test_a_receiver_learns_the_capture_by_rtcp_and_the_same_by_sei(transport: str, tmp_path: Path) -> None:
    (port,) = free_udp_ports(1)
    sdp = tmp_path / "D1.sdp"
    sent = f"rtp://127.0.0.1:{port}?sdp={sdp}" if transport == "rtp" else f"rtsp://127.0.0.1:{port}/D1"
    heard = str(sdp) if transport == "rtp" else sent
    found = await streamed(sent, VideoPlan(metadata="sei"), lambda: taken_by_station(heard, 40))
    told = captures(found)
    assert len(told) >= 39, "only the first frame may come without a stamp"
    assert np.allclose(told, np.round(told), atol=0.001), "each on the grid of captures, to 0.03 ms"
    for frame, number in zip(found[-len(told) :], told, strict=True):
        assert frame.record is not None
        assert frame.record["utc_us"] == utc_us(round(number) / LIVE_FPS)
        assert frame.record["pts90k"] == round(round(number) / LIVE_FPS * 90_000)


async def test_the_station_opens_mpeg_ts_with_klv_beside_it() -> None:
    (port,) = free_udp_ports(1)
    address = f"udp://127.0.0.1:{port}"
    found = await streamed(address, VideoPlan(metadata="klv"), lambda: taken_by_station(address, 10))
    assert len(found) == 10
    assert np.allclose(np.diff([frame.stamp_s or 0.0 for frame in found]), 1 / LIVE_FPS, atol=1e-4)


def test_a_session_description_is_played_as_it_comes_and_not_by_its_stamps(tmp_path: Path) -> None:
    """A description is a file, but its stream is live: holding frames to their stamps would age every one of them."""
    (port,) = free_udp_ports(1)
    sdp = tmp_path / "D1.sdp"

    def receive_live() -> bool:
        with opened_stream(str(sdp)) as source:
            next(source.live_frames(LiveClock(latency_ns=0)))
            return source._paced

    address = f"rtp://127.0.0.1:{port}?sdp={sdp}"
    assert asyncio.run(streamed(address, VideoPlan(), receive_live)) is False


# telemetry beside the video


def test_one_klv_packet_lies_beside_each_frame(tmp_path: Path) -> None:
    path = tmp_path / "video.ts"
    sent = units(12)
    with TsSender(str(path), SHAPE, with_klv=True) as sender:
        for unit in sent:
            sender.send(unit, believed())
    with av.open(str(path)) as received:
        assert received.streams[1].type == "data"
        packets = [(packet.stream.type, packet.pts, bytes(packet)) for packet in received.demux() if packet.size]
    frames = [stamp for kind, stamp, _ in packets if kind == "video"]
    told = [(stamp, data) for kind, stamp, data in packets if kind == "data"]
    assert frames == [unit.stamp for unit in sent]
    assert told == [(unit.stamp, packet_from(believed())) for unit in sent]


@pytest.mark.parametrize(("with_klv", "is_told", "held_back"), [(False, True, 0), (True, True, 0), (True, False, 1)])
def test_a_picture_is_not_held_back_for_the_telemetry(
    with_klv: bool, is_told: bool, held_back: int, tmp_path: Path
) -> None:
    """By one frame at most, where a stream of telemetry is announced and silent."""
    path, sent = tmp_path / "video.ts", units(5)
    with TsSender(str(path), SHAPE, with_klv=with_klv) as sender:
        for unit in sent:
            sender.send(unit, believed() if is_told else None)
        so_far = io.BytesIO(path.read_bytes())
        with av.open(so_far, "r", format="mpegts") as received:
            found = [packet.pts for packet in received.demux(video=0) if packet.size]
    assert found == [unit.stamp for unit in sent[: len(sent) - held_back]]


def test_without_belief_nothing_is_told(tmp_path: Path) -> None:
    path = tmp_path / "video.ts"
    with TsSender(str(path), SHAPE, with_klv=True) as sender:
        for unit in units(4):
            sender.send(unit, None)
    with av.open(str(path)) as received:
        assert not [packet for packet in received.demux() if packet.stream.type == "data" and packet.size]


async def test_a_description_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    address = f"rtp://127.0.0.1:5004?sdp={tmp_path / 'missing' / 'D1.sdp'}"
    with pytest.raises(WorldError, match="the SDP cannot be written"):
        await streamed(address, VideoPlan(), lambda: None)


def test_a_refused_datagram_ends_nothing() -> None:
    with closing(socket.socket(type=socket.SOCK_DGRAM)) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with TsSender(f"udp://127.0.0.1:{port}", SHAPE) as sender:
        for unit in units(5):
            sender.send(unit, None)


async def test_by_way_of_a_relay_the_description_names_the_receiver(tmp_path: Path) -> None:
    with closing(socket.socket(type=socket.SOCK_DGRAM)) as relay:
        relay.bind(("127.0.0.1", 0))
        relay.settimeout(5)
        (port,) = free_udp_ports(1)
        address = address_from(f"rtp://127.0.0.1:{port}?sdp={tmp_path / 'D1.sdp'}", VideoPlan())
        chance = random.Random(1)  # noqa: S311  # no secret
        told = {"shape": SHAPE, "epoch_utc_ns": 0, "chance": chance, "by_way_of": relay.getsockname()}
        async with open_sender(VideoPlan(), address, **told) as sender:
            sender.send(units(1)[0], None)
            assert relay.recv(2000)[:2] == b"\x80\x60"
        assert f"m=video {port} RTP/AVP 96" in (tmp_path / "D1.sdp").read_text()
