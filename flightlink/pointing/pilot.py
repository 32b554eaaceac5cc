"""`Pilot`: asks a vehicle's gimbal manager to look towards a place, waits for its answer, and says what came."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import Final, Protocol

from flightlink.mavlink.messages import COMMAND_ACK, Message
from flightlink.mavlink.voice import GIMBAL_PITCHYAW
from flightlink.mission import Mission
from flightlink.pointing.aim import Aim, aim_or_refusal
from flightlink.pointing.authority import Place, PointAnswer, refusal_of_place, refusal_of_vehicle
from flightlink.vehicle.equipment.gimbals import GimbalFact
from flightlink.vehicle.tracker import VehicleTracker

AT_MOST_EVERY_S: Final = 1.0
"""Of one vehicle: a gimbal needs some of it to get there."""
_TRIES: Final = 3
_MOST_RESULTS: Final = 16
"""Policy of the queue of answers: what is too many is left out; the first that is final counts."""
_ANSWERS_WITHIN_S: Final = 1.0
_IN_PROGRESS: Final = 5
_RESULTS: Final = {1: "temporarily_rejected", 2: "denied", 3: "unsupported", 4: "failed", 6: "cancelled"}
"""MAV_RESULT; 0 is accepted."""

OnMessage = Callable[[int, int, Message, int], None]


class Links(Protocol):
    """What a pilot needs of `FlightLinks`."""

    @property
    def trackers(self) -> Mapping[int, VehicleTracker]:
        """The vehicles heard so far, by system id."""
        ...

    def subscribe(self, on_message: OnMessage) -> Callable[[], None]:
        """Call back for each decoded message of a vehicle; return the way to stop it."""
        ...

    def point_gimbal(
        self, system_id: int, component_id: int, *, device_id: int, pitch_deg: float, yaw_deg: float
    ) -> bool:
        """Say it to the vehicle's gimbal manager, through its own peer; False where it has none."""
        ...


class Pilot:
    """The pilot's one way to turn a camera.

    Args:
        links: to the vehicles.
        mission: where and when may be looked at.
        allowed: system ids of the vehicles whose camera has `point = true`; in a replay none.
        clock: the station's clock, UTC nanoseconds.
    """

    def __init__(self, links: Links, mission: Mission, *, allowed: Collection[int], clock: Callable[[], int]) -> None:
        self._links = links
        self._mission = mission
        self._allowed = allowed
        self._clock = clock
        self._said_s: dict[int, float] = {}

    async def point(self, system_id: int, *, lat_deg: float, lon_deg: float) -> PointAnswer:
        """Point a vehicle's gimbal at a place on the ground plane of its pose; return what came of it."""
        place, utc_ns = Place(lat_deg=lat_deg, lon_deg=lon_deg), self._clock()
        tracker = self._links.trackers.get(system_id)
        state = None if tracker is None else tracker.state(utc_ns)
        gimbals = () if tracker is None else tracker.gimbals
        refusal = refusal_of_vehicle(state, gimbals, allowed=self._allowed)
        refusal = refusal or refusal_of_place(place, self._mission, utc_ns) or self._too_soon(system_id)
        if refusal is not None or tracker is None or state is None:
            return refusal or PointAnswer(refused="no_vehicle")
        aim = aim_or_refusal(place, tracker.pose_at(utc_ns), gimbals[0], self._mission, nose_deg=state.yaw_deg)
        return aim if isinstance(aim, PointAnswer) else await self._asked(system_id, gimbals[0], aim)

    def _too_soon(self, system_id: int) -> PointAnswer | None:
        now_s = asyncio.get_running_loop().time()
        if now_s - self._said_s.get(system_id, -AT_MOST_EVERY_S) < AT_MOST_EVERY_S:
            return PointAnswer(refused="too_soon", detail=f"at most once in {AT_MOST_EVERY_S:g} s for a vehicle; wait")
        self._said_s[system_id] = now_s
        return None

    async def _asked(self, system_id: int, gimbal: GimbalFact, aim: Aim) -> PointAnswer:
        results: asyncio.Queue[int] = asyncio.Queue(_MOST_RESULTS)

        def hear(from_system: int, from_component: int, message: Message, _: int) -> None:
            is_its = (from_system, from_component) == (system_id, gimbal.component_id)
            if is_its and _answers(message) and not results.full():
                results.put_nowait(message.result)

        stop = self._links.subscribe(hear)
        try:
            for _ in range(_TRIES):
                said = self._links.point_gimbal(
                    system_id, gimbal.component_id, device_id=gimbal.device_id,
                    pitch_deg=aim.pitch_deg, yaw_deg=aim.yaw_deg,
                )  # fmt: skip
                result = await _first_final(results) if said else None
                if result is not None:
                    return _answer_of(result)
        finally:
            stop()
        return PointAnswer(
            refused="no_acknowledgement", detail="the vehicle did not answer; whether the gimbal turns is not known"
        )


def _answers(message: Message) -> bool:
    return message.get_msgId() == COMMAND_ACK and message.command == GIMBAL_PITCHYAW


async def _first_final(results: asyncio.Queue[int]) -> int | None:
    """Return the next result that is none of work in progress, None where none comes in time."""
    try:
        async with asyncio.timeout(_ANSWERS_WITHIN_S):
            while (result := await results.get()) == _IN_PROGRESS:
                pass
            return result
    except TimeoutError:
        return None


def _answer_of(result: int) -> PointAnswer:
    if result == 0:
        return PointAnswer()
    word = _RESULTS.get(result, f"result_{result}")
    return PointAnswer(
        refused=word, detail=f"the vehicle answered {word.replace('_', ' ')}; its gimbal does not obey now"
    )
