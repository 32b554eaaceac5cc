"""The schema of the sealed worker's two pipes. It has no field for a raw picture, a person or a person's place.

To the worker, on standard input: one JSON document a line, first an order, then poses (`vision.order`). From the
worker, on standard output: binary messages, each a header (kind, length of the JSON part, length of the data part;
big-endian), a JSON part and, for pictures only, encoded bytes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from typing import Any, Final, NewType

from flightlink.pose import CameraPose
from maps.cells import CellCount, CellCounts, CellFlow, CellId
from vision.engine_names import EngineName, refusal_under_seal
from vision.frames import FrameMaker, Media, RedactedFrame
from vision.order import (
    END_OF_POSES,
    NOT_THE_SCHEMA,
    Job,
    Order,
    WireError,
    order_from_line,
    order_line,
    pose_from_line,
    pose_from_part,
    pose_line,
)
from vision.plain import as_declared, refused_number

__all__ = [
    "END_OF_POSES",
    "HEADER",
    "Done",
    "EngineName",
    "Failed",
    "Figures",
    "Job",
    "Kind",
    "Message",
    "Opened",
    "Order",
    "PoseTold",
    "WireError",
    "WorkerHealth",
    "header_from_bytes",
    "message_from_parts",
    "order_from_line",
    "order_line",
    "packed",
    "pose_from_line",
    "pose_line",
    "refusal_under_seal",
]

HEADER: Final = struct.Struct("!BII")
MAX_PART_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The source is open and the worker has sealed itself."""

    width_px: int
    height_px: int
    fps: float
    """Nominal frames per second of the source."""
    codec: str
    """RFC 6381 string of the redacted stream, for instance `avc1.42C028`."""
    sealed: bool
    seal: dict[str, str]
    """Each part of the seal and whether it holds, for health and pages."""
    frames: int | None = None
    """Of a file, where its header tells; for showing progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerHealth:
    """What the worker says of itself about once a second."""

    utc_ns: int
    frames_in: int
    frames_out: int
    """Frames published with at least some pixels released."""
    frames_withheld: int
    """Frames published as fill only."""
    withheld_because: dict[str, int]
    """Cause -> frames, since the start."""
    gate: str
    """`open`, or the cause that holds it closed now."""
    fps: float
    latency_ms: float | None
    """Frame-in to redacted-out, median of the last second."""
    masked_share: float
    """Mean share of the picture under masks, since the start, over frames let out."""
    cap_px_per_m: float | None
    """Bound that holds for the published picture; None without a pose."""
    count_rate_hz: float
    camera_px_per_m: float | None = None
    """Most that the camera itself gives of the ground in its newest picture; None without a pose."""
    uncapped_from_agl_m: float | None = None
    """Height over ground from which that picture would need no cap; None without a pose."""
    counts_withheld_because: str = ""
    """Why people are not counted now although the mission allows it; empty when they are."""
    detector_missing_because: str = ""
    """Why the detector for steep views does not look, so that such ground is not counted; empty when it looks."""
    guest_detectors: dict[str, str] = field(default_factory=dict)
    """Name of each detector of the user's own -> what is wrong with it, in one word; empty where it works."""
    pose_from: str = ""
    """Live: what told the last picture's pose: `sei`, `klv`, `mavlink`, `fixed`; empty before the first."""
    video_pose_refused: dict[str, int] = field(default_factory=dict)
    """Live: cause -> what the video told of its pose and was not believed, since the start."""
    time_from: str = ""
    """Live: what told when the last picture was taken: `sei`, `klv`, `rtcp`, `arrival`."""
    time_error_ms: float | None = None
    """Live: one standard deviation of that."""
    time_offset_s: float | None = None
    """Live: by how much pictures were taken later than is assumed, by how they and their poses turn; None unknown."""
    time_offset_sigma_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseTold:
    """Where a camera is whose video itself tells its pose; some times a second, for map and pages."""

    pose: CameraPose
    pose_from: str
    """`sei` or `klv`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """The file is at its end; nothing follows."""

    health: WorkerHealth
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """The worker stops; nothing follows. One line for the user, with how to mend it."""

    cause: str
    """One of `bad_input`, `source_lost`, `models`, `seal`, `internal`."""
    detail: str


class Kind(IntEnum):
    """First byte of a message from the worker."""

    OPENED = 1
    REDACTED = 2
    CELLS = 3
    HEALTH = 4
    DONE = 5
    FAILED = 6
    METRICS = 7
    """Figures of an evaluation; a flat JSON object of numbers, made by `vision.evaluation` alone."""
    POSE = 8


_NUMBERS: Final = frozenset(kind.value for kind in Kind)

Figures = NewType("Figures", dict[str, Any])
"""Of a type of its own, so that no other part of the sealed room can send what has no schema."""

Message = Opened | RedactedFrame | CellCounts | WorkerHealth | PoseTold | Done | Failed | Figures


def _cells_from_json(part: dict[str, Any]) -> CellCounts:
    cells = tuple(as_declared(CellCount(**_with_id(cell))) for cell in part.pop("cells"))
    flows = tuple(as_declared(CellFlow(**_with_id(flow))) for flow in part.pop("flows"))
    return CellCounts(cells=cells, flows=flows, **part)


def _with_id(part: dict[str, Any]) -> dict[str, Any]:
    return {**part, "cell": as_declared(CellId(*part["cell"]))}


def _pose_told_from_json(part: dict[str, Any]) -> PoseTold:
    pose = pose_from_part(part.pop("pose"))
    if pose is None:
        raise TypeError("no pose")
    as_declared(pose.intrinsics), as_declared(pose.sigma)
    return PoseTold(pose=as_declared(pose), **part)


def _done_from_json(part: dict[str, Any]) -> Done:
    return Done(health=as_declared(WorkerHealth(**part["health"])), seconds=part["seconds"])


_READERS: Final[dict[Kind, Callable[[dict[str, Any]], Message]]] = {
    Kind.OPENED: lambda part: Opened(**part),
    Kind.CELLS: _cells_from_json,
    Kind.HEALTH: lambda part: WorkerHealth(**part),
    Kind.POSE: _pose_told_from_json,
    Kind.DONE: _done_from_json,
    Kind.FAILED: lambda part: Failed(**part),
}

_KINDS: Final[dict[type, Kind]] = {
    Opened: Kind.OPENED,
    CellCounts: Kind.CELLS,
    WorkerHealth: Kind.HEALTH,
    PoseTold: Kind.POSE,
    Done: Kind.DONE,
    Failed: Kind.FAILED,
    dict: Kind.METRICS,
}


def packed(message: Message) -> bytes:
    """Return one message as bytes for the worker's standard output."""
    if isinstance(message, RedactedFrame):
        part = {name: getattr(message, name) for name in RedactedFrame.__slots__ if name != "data"}
        return _framed(Kind.REDACTED, part, message.data)
    part = message if isinstance(message, dict) else asdict(message)
    return _framed(_KINDS[type(message)], part, b"")


def _framed(kind: Kind, part: dict[str, Any], data: bytes) -> bytes:
    text = json.dumps(part, allow_nan=False, separators=(",", ":")).encode()
    return HEADER.pack(kind, len(text), len(data)) + text + data


def header_from_bytes(header: bytes) -> tuple[Kind, int, int]:
    """Return kind, bytes of the JSON part and bytes of the data part.

    Raises:
        WireError: the header names an unknown kind or a part longer than `MAX_PART_BYTES`.
    """
    kind, text_bytes, data_bytes = HEADER.unpack(header)
    if kind not in _NUMBERS or max(text_bytes, data_bytes) > MAX_PART_BYTES:
        raise WireError(f"a worker sent a message of kind {kind} with {text_bytes} + {data_bytes} bytes")
    if data_bytes and kind != Kind.REDACTED:
        raise WireError(f"a worker sent {data_bytes} bytes of data in a message of kind {kind}; only pictures may")
    return Kind(kind), text_bytes, data_bytes


def message_from_parts(kind: Kind, text: bytes, data: bytes) -> Message:
    """Return the message; the other end of `packed`.

    Raises:
        WireError: the JSON part is not what the schema says.
    """
    try:
        part = json.loads(text, parse_constant=refused_number)
        if kind is Kind.REDACTED:
            part["media"] = Media(part["media"])
            return as_declared(RedactedFrame(data=data, made_by=FrameMaker.WIRE, **part))
        return Figures(part) if kind is Kind.METRICS else as_declared(_READERS[kind](part))
    except NOT_THE_SCHEMA as error:
        raise WireError(f"a worker sent a message of kind {kind.name} that does not follow the schema") from error
