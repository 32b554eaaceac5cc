"""`Equipment`: all that a vehicle told of its cameras, video streams and gimbals. Pure; bounded in number."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from flightlink.mavlink.messages import Message
from flightlink.vehicle.equipment.cameras import CameraFact, VideoStream, camera_from_message, stream_from_message
from flightlink.vehicle.equipment.gimbals import GimbalFact, gimbal_from_information

_MOST: Final = 16
"""Of each kind; a vehicle has a handful, a fault could number 255."""
_HFOV_SHARE: Final = 0.1
"""Fields of view that differ by more than this share tell of two different lenses, zooms or faults."""

Kept = TypeVar("Kept", CameraFact, VideoStream, GimbalFact)


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """What one vehicle carries; in order of component, device and stream."""

    cameras: tuple[CameraFact, ...] = ()
    video_streams: tuple[VideoStream, ...] = ()
    gimbals: tuple[GimbalFact, ...] = ()


NOTHING_TOLD: Final = Equipment()


def equipment_after(equipment: Equipment, message: Message, component_id: int, received_utc_ns: int) -> Equipment:
    """Return the equipment after one more message of any kind."""
    fold = _FOLDS.get(message.get_type())
    return equipment if fold is None else fold(equipment, message, component_id, received_utc_ns)


def _after_camera(equipment: Equipment, message: Message, component_id: int, received_utc_ns: int) -> Equipment:
    camera = camera_from_message(message, component_id, received_utc_ns)
    return replace(equipment, cameras=_with(equipment.cameras, camera, _camera_key))


def _after_stream(equipment: Equipment, message: Message, component_id: int, received_utc_ns: int) -> Equipment:
    """Take a stream; one that is no longer there (no count, no address) leaves the list."""
    stream = stream_from_message(message, component_id, received_utc_ns)
    if stream is not None:
        return replace(equipment, video_streams=_with(equipment.video_streams, stream, _stream_key))
    gone = (component_id, message.camera_device_id, message.stream_id)
    kept = tuple(
        known
        for known in equipment.video_streams
        if _stream_key(known) != gone and not (message.count == 0 and _stream_key(known)[:2] == gone[:2])
    )
    return replace(equipment, video_streams=kept)


def _after_gimbal(equipment: Equipment, message: Message, component_id: int, received_utc_ns: int) -> Equipment:
    gimbal = gimbal_from_information(message, component_id, received_utc_ns)
    return replace(equipment, gimbals=_with(equipment.gimbals, gimbal, _gimbal_key))


def _camera_key(camera: CameraFact) -> tuple[int, ...]:
    return camera.component_id, camera.device_id


def _stream_key(stream: VideoStream) -> tuple[int, ...]:
    return stream.component_id, stream.device_id, stream.stream_id


def _gimbal_key(gimbal: GimbalFact) -> tuple[int, ...]:
    return gimbal.component_id, gimbal.device_id


def _with(known: tuple[Kept, ...], new: Kept, key: Callable[[Kept], tuple[int, ...]]) -> tuple[Kept, ...]:
    every: list[Kept] = [one for one in known if key(one) != key(new)]
    every.append(new)
    return known if len(every) > _MOST else tuple(sorted(every, key=key))


_FOLDS: Final[dict[str, Callable[[Equipment, Message, int, int], Equipment]]] = {
    "CAMERA_INFORMATION": _after_camera,
    "VIDEO_STREAM_INFORMATION": _after_stream,
    "GIMBAL_MANAGER_INFORMATION": _after_gimbal,
}


def fields_of_view_disagree(hfovs_deg: Iterable[float]) -> bool:
    """Return whether the horizontal fields of view told of one lens cannot all be right."""
    told = sorted(hfovs_deg)
    return bool(told) and told[-1] > told[0] * (1 + _HFOV_SHARE)
