"""Made-up footage with all that may travel beside a picture: sound, subtitles, telemetry, names, places."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from flightlink.klv.packets import UAS_LOCAL_SET, checksum

FPS: Final = 10
FRAMES: Final = 20
WIDTH_PX, HEIGHT_PX = 160, 96
RATE_HZ: Final = 48_000
WORDS: Final = "planted-words-4711"
"""Stands in each carried text."""
METADATA: Final = {
    "title": WORDS,
    "comment": WORDS,
    "make": WORDS,
    "model": f"camera {WORDS}",
    "location": "+48.8566+002.3522/",
    "creation_time": "2001-02-03T04:05:06Z",
}
PLANTED: Final = (WORDS.encode(), b"+48.8566+002.3522", b"2001-02-03", (2_082_844_800 + 981_173_106).to_bytes(4, "big"))
"""What may not come out: words, place, and time of the source as text and as MP4 writes it."""
KLV_POSE: Final = (
    (5, 0x2000, 2), (6, 0, 2), (7, 0, 2), (13, 0x457C0000, 4), (14, 0x01AC0000, 4), (15, 0x0E00, 2), (16, 0x4000, 2),
    (17, 0x2400, 2), (18, 0, 4), (19, 0xC0000000, 4), (20, 0, 4), (25, 0x0C00, 2),
)  # fmt: skip
"""Tag, integer and bytes of a camera 154 m over the ground that looks down steeply."""
SUBTITLE: Final = f"1\n00:00:00,000 --> 00:00:02,000\n{WORDS}\n\n".encode()


@dataclass(frozen=True, slots=True)
class Footage:
    """One kind of file."""

    suffix: str
    """Also says which container."""
    sound: str
    """FFmpeg's name of the sound's encoder."""
    telemetry: bool = False
    subtitles: bool = False


KINDS: Final = (
    Footage(".mp4", "aac"),
    Footage(".mp4", "libmp3lame"),
    Footage(".ts", "aac", telemetry=True),
    Footage(".ts", "mp2"),
    Footage(".mkv", "pcm_s16le", subtitles=True),
    Footage(".mov", "pcm_s16le"),
)


def written(path: Path, kind: Footage) -> Path:
    """Write two seconds of a moving pattern, a sine tone, and whatever else the kind carries."""
    with av.open(str(path), "w") as container:
        container.metadata.update(METADATA)
        video, sound = _video(container), _sound(container, kind.sound)
        data = container.add_data_stream("klv") if kind.telemetry else None
        texts = _subtitles(container) if kind.subtitles else []
        container.start_encoding()
        container.mux(texts)
        for index, picture in enumerate(pictures()):
            container.mux(video.encode(VideoFrame.from_ndarray(picture, format="gray").reformat(format="yuv420p")))
            container.mux(sound.encode(_tone(sound, index)))
            if data is not None:
                container.mux(_klv(data, index))
        container.mux(video.encode(None))
        container.mux(sound.encode(None))
    return path


def pictures() -> Iterator[np.ndarray[Any, np.dtype[np.uint8]]]:
    """Yield uint8 (height, width) pictures: stripes that move."""
    columns = np.arange(WIDTH_PX)
    for index in range(FRAMES):
        row = 128 + 60 * np.sin((columns + 3 * index) / 9.0)
        yield np.repeat(row[None], HEIGHT_PX, axis=0).astype(np.uint8)


def _video(container: OutputContainer) -> VideoStream:
    stream = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "tune": "zerolatency"})
    if not isinstance(stream, VideoStream):
        raise TypeError("libx264 makes video")
    stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
    stream.metadata["handler_name"] = WORDS
    return stream


def _sound(container: OutputContainer, codec: str) -> AudioStream:
    stream = container.add_stream(codec, rate=RATE_HZ)
    if not isinstance(stream, AudioStream):
        raise TypeError(f"{codec} makes sound")
    stream.layout = "mono"
    return stream


def _subtitles(container: OutputContainer) -> list[av.Packet[Any]]:
    """Add a track of subtitles and return its packets."""
    with av.open(BytesIO(SUBTITLE), "r", format="srt") as words:
        stream: Any = container.add_stream_from_template(words.streams.subtitles[0])
        packets = [packet for packet in words.demux() if packet.dts is not None]
    for packet in packets:
        packet.stream = stream
    return packets


def _tone(stream: AudioStream, index: int) -> av.AudioFrame:
    """Return a tenth of a second of 440 Hz in the encoder's own sample format."""
    count = RATE_HZ // FPS
    tone = np.sin(2 * np.pi * 440 * (np.arange(count) + index * count) / RATE_HZ) / 2
    kind = stream.codec_context.format.name
    scales = {"s16": (np.int16, 32_767), "s32": (np.int32, 2**31 - 1), "flt": (np.float32, 1)}
    number, most = scales[kind.rstrip("p")]
    frame = av.AudioFrame.from_ndarray((tone * most).astype(number)[None], format=kind, layout="mono")
    frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, index * count, Fraction(1, RATE_HZ)
    return frame


def told_by_klv(utc_us: int) -> bytes:
    """Return a sound ST 0601 packet of a camera's pose that also names mission, aircraft, call sign and sensor."""
    names = b"".join(bytes([tag, len(WORDS)]) + WORDS.encode() for tag in (3, 4, 10, 11, 59))
    body = bytes([2, 8]) + utc_us.to_bytes(8, "big") + names
    for tag, number, size in KLV_POSE:
        body += bytes([tag, size]) + number.to_bytes(size, "big")
    head = UAS_LOCAL_SET + b"\x82" + (len(body) + 4).to_bytes(2, "big") + body + b"\x01\x02"
    return head + checksum(head).to_bytes(2, "big")


def _klv(stream: Any, index: int) -> av.Packet[Any]:
    ends_us = time.time_ns() // 1000  # a live reader believes what is told of now
    packet: av.Packet[Any] = av.Packet(told_by_klv(ends_us - (FRAMES - index) * 1_000_000 // FPS))
    packet.stream = stream
    packet.pts = packet.dts = index * 90_000 // FPS
    packet.time_base = Fraction(1, 90_000)
    return packet
