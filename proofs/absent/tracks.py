"""Sound, subtitles, data and names: how many of their packets the source reads, and what of them comes out.

Of a file none is read. Of a live stream packets of KLV alone are, where the settings let the video tell the camera's
pose; a reader of our own takes the pose out of them, and nothing else comes out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import av

from flightlink.optics import Optics
from flightlink.video_pose import VideoPoses
from proofs.absent.footage import PLANTED
from vision.clock import LiveClock
from vision.errors import SourceLostError
from vision.pose_choice import PoseChoice
from vision.pose_teller import TOLD_EVERY_NS, PoseTeller
from vision.posts import NoPose
from vision.raw.beside import is_klv
from vision.raw.source import Source, opened_file, opened_stream
from vision.wire import packed

VIDEO: Final = "video"
OUTPUT_METADATA: Final = frozenset({"major_brand", "minor_version", "compatible_brands"})
STREAM_METADATA: Final = {"language": "und", "handler_name": "VideoHandler", "vendor_id": "[0][0][0][0]"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What a source took out of a file."""

    frames: int
    carried: int
    """Packets in the file that are not of its picture."""
    packets: int
    """Of these, packets that the source was given."""
    decoders: int
    """Decoders opened, but for the picture's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a live source took of a stream beside its picture."""

    klv: int
    """Packets of a KLV stream that were read."""
    others: int
    """Packets of anything else that were read, and decoders opened for it."""
    told: bytes
    """What goes to the station of it, as it stands on the pipe."""


class _Counted:
    """A container that counts the packets it hands out, by kind."""

    def __init__(self, container: Any) -> None:
        self._container = container
        self.taken: Counter[str] = Counter()
        self.klv = 0

    def demux(self, *streams: Any) -> Iterator[Any]:
        for packet in self._container.demux(*streams):
            self.taken[packet.stream.type] += bool(packet.size)
            self.klv += bool(packet.size) and is_klv(packet.stream)
            yield packet

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)


def read_through(path: Path, *, opened: Callable[[Path], Source] = opened_file) -> Read:
    """Read a file to its end as the sealed worker does, and count what is not picture."""
    with av.open(str(path)) as plain:
        carried = Counter(packet.stream.type for packet in plain.demux() if packet.size)
    with opened(path) as source:
        counted = _Counted(source._container)  # noqa: SLF001 - a proof looks where the product may not
        source._container = counted  # type: ignore[assignment] # noqa: SLF001 - the same
        frames = sum(1 for _ in source.file_frames(starts_utc_ns=0))
        contexts = [stream.codec_context for stream in counted.streams if stream.type != VIDEO]
        decoders = sum(context is not None and context.is_open for context in contexts)
        # what FFmpeg would hand to a careless reader of the same container
        taken = sum(count for kind, count in counted.taken.items() if kind != VIDEO)
    return Read(frames=frames, carried=carried.total() - carried[VIDEO], packets=taken, decoders=decoders)


def heard_live(path: Path, *, wanted: str = "auto", opened: Callable[[str], Source] = opened_stream) -> Heard:
    """Read a file to its end as the sealed worker reads a live stream whose settings ask for poses so."""
    poses = PoseChoice(NoPose(), VideoPoses(Optics()), wanted=wanted)
    with opened(str(path)) as source:
        source.play_live(paced=False)
        source.listen(poses)
        counted = _Counted(source._container)  # noqa: SLF001 - a proof looks where the product may not
        source._container = counted  # type: ignore[assignment] # noqa: SLF001 - the same
        with suppress(SourceLostError):
            for _ in source.live_frames(LiveClock(latency_ns=0)):
                pass
        contexts = [stream.codec_context for stream in counted.streams if stream.type != VIDEO]
        decoders = sum(context is not None and context.is_open for context in contexts)
    said = PoseTeller(poses).due(TOLD_EVERY_NS)
    others = counted.taken.total() - counted.taken[VIDEO] - counted.klv
    return Heard(klv=counted.klv, others=others + decoders, told=b"" if said is None else packed(said))


def output_faults(data: bytes) -> Iterator[str]:
    """Yield all in an MP4 stream that is not one track of pictures without a name, place or time."""
    with av.open(BytesIO(data)) as container:
        kinds = [stream.type for stream in container.streams]
        if kinds != [VIDEO]:
            yield f"the output has the tracks {', '.join(kinds)}"
        if said := container.metadata.keys() - OUTPUT_METADATA:
            yield f"the output says {', '.join(sorted(said))}"
        for stream in container.streams:
            for name in sorted(stream.metadata):
                if stream.metadata[name] != STREAM_METADATA.get(name):
                    yield f"the output's track says {name} {stream.metadata[name]}"
    yield from planted_faults(data)


def planted_faults(data: bytes) -> Iterator[str]:
    """Yield each planted word, place or time that is in some bytes."""
    yield from (f"{planted!r} of the source comes out" for planted in PLANTED if planted in data)
