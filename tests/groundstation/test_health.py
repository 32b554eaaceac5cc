import pytest

from flightlink.mission import Mission
from groundstation.health import CameraStatus, health_document
from groundstation.instants import NS_PER_S, text_from_utc_ns, utc_ns_from_text
from groundstation.supervision import Change, WorkerState
from vision.wire import Opened, WorkerHealth

OPENED = Opened(width_px=64, height_px=48, fps=10.0, codec="avc1", sealed=True, seal={"sockets": "on"})


def health(gate: str) -> WorkerHealth:
    return WorkerHealth(
        utc_ns=1, frames_in=3, frames_out=2, frames_withheld=1, withheld_because={"no_pose": 1}, gate=gate, fps=10.0,
        latency_ms=40.0, masked_share=0.1, cap_px_per_m=20.0, count_rate_hz=2.5,
    )  # fmt: skip


def running(gate: str = "open") -> CameraStatus:
    status = CameraStatus(name="north", system_id=None, utc_ns=0)
    status.change(Change(state=WorkerState.RUNNING, why=""), NS_PER_S)
    status.take(OPENED, NS_PER_S)
    status.take(health(gate), 2 * NS_PER_S)
    return status


def document(status: CameraStatus) -> dict[str, object]:
    return status.document(link=None, pose_refusal=None)


def test_the_gate_is_the_workers_while_it_runs() -> None:
    assert document(running())["gate"] == "open"
    assert document(running("stale_pose"))["gate"] == "stale_pose"


def test_since_says_when_the_gate_changed_last() -> None:
    status = running()
    status.take(health("open"), 5 * NS_PER_S)
    assert document(status)["since_utc"] == "1970-01-01T00:00:02.000Z"
    status.take(health("no_pose"), 6 * NS_PER_S)
    assert document(status)["since_utc"] == "1970-01-01T00:00:06.000Z"


@pytest.mark.parametrize("state", [WorkerState.STARTING, WorkerState.WAITING, WorkerState.STOPPED])
def test_without_a_running_worker_nothing_it_said_still_counts(state: WorkerState) -> None:
    status = running()
    status.change(Change(state=state, why="it ended"), 3 * NS_PER_S)
    told = document(status)
    assert told["gate"] == f"worker_{state}"
    assert (told["sealed"], told["codec"], told["fps"], told["frames_out"]) == (False, None, None, None)


def test_a_new_worker_is_not_open_before_it_says_so() -> None:
    status = running()
    status.change(Change(state=WorkerState.WAITING, why="it ended"), 3 * NS_PER_S)
    status.change(Change(state=WorkerState.RUNNING, why=""), 4 * NS_PER_S)
    assert document(status)["gate"] == "no_frame_yet"
    assert document(status)["restarts"] == 1


@pytest.mark.parametrize(
    ("gates", "utc_ns", "status"),
    [
        (["open", "open"], 2 * NS_PER_S, "ok"),
        (["open", "no_pose"], 2 * NS_PER_S, "degraded"),
        (["no_pose"], 2 * NS_PER_S, "closed"),
        (["open"], 0, "not_started"),
        (["open"], 9 * NS_PER_S, "ended"),
    ],
)
def test_the_status_sums_the_gates_up(mission: Mission, gates: list[str], utc_ns: int, status: str) -> None:
    told = health_document(
        station="x", mission=mission, cameras=[{"gate": gate} for gate in gates], links=[], utc_ns=utc_ns,
        map_frozen_since_ns=None,
    )  # fmt: skip
    assert told["status"] == status
    ring = told["mission"]["area"]["coordinates"][0]
    assert ring[0] == ring[-1]


@pytest.mark.parametrize("text", ["2026-07-14T18:00:00.000Z", "1970-01-01T00:00:00.000Z", "2026-02-28T23:59:59.999Z"])
def test_an_instant_comes_back_as_it_was_written(text: str) -> None:
    assert text_from_utc_ns(utc_ns_from_text(text)) == text
