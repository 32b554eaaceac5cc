import asyncio
from collections.abc import Callable

import pytest

from flightlink.pose import CameraPose
from groundstation import supervision
from groundstation.supervision import CameraWatch, Change, WorkerState, back_off_s
from vision.wire import Message, Order, WorkerHealth

Fake = Callable[[str], tuple[str, ...]]


def test_the_back_off_doubles_up_to_its_limit() -> None:
    assert [back_off_s(failures) for failures in (1, 2, 3, 4, 5, 6, 1000)] == [0.5, 1, 2, 4, 8, 8, 8]


class Seen:
    def __init__(self, order: Order, command: tuple[str, ...]) -> None:
        self.messages: list[Message] = []
        self.changes: list[Change] = []
        self.watch = CameraWatch(order, take=self.messages.append, changed=self.changes.append, command=command)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            task = asyncio.create_task(self.watch.watch())
            while not condition() and not task.done():  # noqa: ASYNC110 - the product has no event for it
                await asyncio.sleep(0.01)
            task.cancel()
            await asyncio.wait([task])

    @property
    def states(self) -> list[WorkerState]:
        return [change.state for change in self.changes]


@pytest.mark.parametrize(
    ("way", "why"), [("crash", "status 7"), ("junk", "kind 255"), ("source_lost", "no video"), ("silent", "silent")]
)
async def test_a_lost_worker_is_replaced_and_the_reason_told(
    order: Order, fake_worker: Fake, way: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervision, "SILENCE_S", 0.3)
    monkeypatch.setattr(supervision, "FIRST_BACK_OFF_S", 0.01)
    seen = Seen(order, fake_worker(way))
    await seen.until(lambda: seen.states.count(WorkerState.STARTING) == 3)
    assert seen.states.count(WorkerState.WAITING) >= 2
    assert why in next(change.why for change in seen.changes if change.state is WorkerState.WAITING)


async def test_a_broken_installation_is_not_tried_again(order: Order, fake_worker: Fake) -> None:
    seen = Seen(order, fake_worker("models"))
    await seen.until(lambda: False)
    assert seen.states == [WorkerState.STARTING, WorkerState.STOPPED]


async def test_a_running_worker_gets_poses_and_its_messages_come_through(
    order: Order, pose: CameraPose, fake_worker: Fake
) -> None:
    seen = Seen(order, fake_worker("live"))
    seen.watch.send_pose(pose)  # before it runs: dropped, no error

    def heard() -> bool:
        seen.watch.send_pose(pose)
        return any(isinstance(message, WorkerHealth) and message.frames_in > 3 for message in seen.messages)

    await seen.until(heard)
    assert heard()
    assert seen.states == [WorkerState.STARTING, WorkerState.RUNNING]
