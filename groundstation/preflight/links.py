"""Points about links and vehicles: heard, loss, twins, rates, time. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from flightlink.links.statuses import LinkStatus
from flightlink.mavlink.messages import (
    ATTITUDE,
    CAMERA_FOV_STATUS,
    GIMBAL_DEVICE_ATTITUDE_STATUS,
    GLOBAL_POSITION_INT,
    GPS_RAW_INT,
    MOUNT_STATUS,
    SYSTEM_TIME,
    WANTED_HZ,
    message_name,
)
from flightlink.vehicle.state import LinkState, VehicleState
from groundstation.preflight.heard import Heard
from groundstation.preflight.points import Point

MOST_LOSS: Final = 0.05
SLOW_ROUND_TRIP_MS: Final = 200.0
ENOUGH: Final = 0.5
"""Of the wanted rate."""
_TWINS: Final = "two_vehicles_one_system_id"
_CLAIMED: Final = "second_peer_refused"


IN_THE_VIDEO: Final = ("sei", "klv")
RTCP: Final = "rtcp"


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoTime:
    """How the pictures of a camera are timed."""

    source: str
    """`sei`, `klv`, `rtcp`, `arrival`; empty before the first picture."""
    error_ms: float | None
    """One standard deviation."""
    latency_s: float | None
    """From capture to arrival, as the settings or the camera file state it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What a camera needs of its vehicle."""

    gimbal: bool
    """False where the camera file says how the camera is fixed to the airframe."""
    field_of_view: bool
    """False where there is a camera file."""


def link_points(links: Sequence[LinkStatus], signed: Collection[str]) -> Iterator[Point]:
    """Yield a point for each configured link; `signed` are the addresses of those with a key."""
    for link in links:
        word, values = _of_link(link, is_signed=link.address in signed)
        yield Point(point="link", about=link.address, word=word, values=values)


def _of_link(link: LinkStatus, *, is_signed: bool) -> tuple[str, tuple[str, ...]]:
    if link.error:
        return "link_broken", (link.error,)
    if link.refused and not link.vehicles:
        told = ", ".join(f"{word} {count}" for word, count in sorted(link.refused.items()))
        return "link_turned_away", (told,)
    if link.frames:
        values = str(link.frames), str(link.peers), str(sum(link.refused.values()))
        return ("link_signed" if is_signed else "link_fine"), values
    return ("link_only_junk", (str(link.junk_bytes),)) if link.junk_bytes else ("link_silent", ())


def vehicle_points(
    name: str, system_id: int, state: VehicleState | None, heard: Heard, needs: Needs, known: Collection[int]
) -> Iterator[Point]:
    """Yield the points of the vehicle that carries a camera: link, rates and the clock of its messages.

    Args:
        name: of the camera.
        system_id: that the settings name.
        state: None where no such vehicle was heard.
        heard: what it sent.
        needs: what the camera needs of it.
        known: system ids that were heard.
    """
    if state is None:
        others = ", ".join(str(number) for number in sorted(known)) or "none"
        yield Point(point="link", about=name, word="link_unheard", values=(str(system_id), others))
        return
    for word, values in _of_vehicle(state):
        yield Point(point="link", about=name, word=word, values=values)
    refused = {number for way in state.ways for number in way.refused}
    yield rate_point(name, heard, needs, refused)


def _of_vehicle(state: VehicleState) -> list[tuple[str, tuple[str, ...]]]:
    """Return everything that is wrong with a vehicle's link, or the one sentence that all is well."""
    loss = state.loss_share or 0.0
    faults: list[tuple[str, tuple[str, ...]]] = []
    if _TWINS in state.alarms:
        faults.append(("link_twins", ()))
    if _CLAIMED in state.alarms:
        faults.append(("link_claimed", ()))
    if state.link is not LinkState.OK:
        faults.append(("link_stale", (f"{state.link_age_s:.0f}",)))
    if loss > MOST_LOSS:
        faults.append(("link_lossy", (f"{loss:.1%}", f"{MOST_LOSS:.0%}")))
    return faults or [("link_lively", (f"{state.messages_per_s:.0f}", f"{loss:.1%}", f"{state.link_age_s:.1f}"))]


def rate_point(name: str, heard: Heard, needs: Needs, refused: Collection[str]) -> Point:
    """Return the point about the messages that a position needs; `refused` are names that the vehicle will not send."""
    wanted = list(_wanted(heard, needs))
    low = {number: hz for number, hz in wanted if heard.rates_hz.get(number, 0.0) < ENOUGH * hz}
    unwilling = ", ".join(sorted({message_name(number) for number in low} & set(refused)))
    if unwilling:
        return Point(point="rates", about=name, word="rates_refused", values=(unwilling,))
    if low:
        told = (f"{message_name(n)} {heard.rates_hz.get(n, 0.0):.1f} of {hz:g}/s" for n, hz in low.items())
        return Point(point="rates", about=name, word="rates_low", values=("; ".join(told),))
    return Point(point="rates", about=name, word="rates_fine", values=(str(len(wanted)),))


def _wanted(heard: Heard, needs: Needs) -> Iterator[tuple[int, float]]:
    for number in (ATTITUDE, GLOBAL_POSITION_INT, GPS_RAW_INT, SYSTEM_TIME):
        yield number, WANTED_HZ[number]
    if needs.gimbal:
        number = MOUNT_STATUS if heard.mount_status and heard.gimbal is None else GIMBAL_DEVICE_ATTITUDE_STATUS
        yield number, WANTED_HZ[GIMBAL_DEVICE_ATTITUDE_STATUS]
    if needs.field_of_view:
        yield CAMERA_FOV_STATUS, WANTED_HZ[CAMERA_FOV_STATUS]


def time_words(round_trip_ms: float | None, way: VideoTime, *, has_vehicle: bool) -> tuple[str, tuple[str, ...]]:
    """Return the sentence of time: the clock of the poses, and by what pictures are timed."""
    error = "?" if way.error_ms is None else f"{way.error_ms:.0f}"
    if way.source in IN_THE_VIDEO:
        return "time_in_video", (error,)
    if round_trip_ms is None:
        return ("time_unanswered" if has_vehicle else "time_untold"), ()
    half, whole = f"{round_trip_ms / 2:.0f}", f"{round_trip_ms:.0f}"
    if round_trip_ms > SLOW_ROUND_TRIP_MS:
        return "time_slow", (whole, half)
    if way.source == RTCP:
        return "time_rtcp", (half, whole, error)
    if way.latency_s is None:
        return "time_guessed", ()
    return "time_arrival", (half, whole, f"{way.latency_s:.2f}", error)
