"""A worker with a guest: its people are masked besides, nothing else changes; whatever it answers, the rest goes on."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("onnx", reason="small networks are made with onnx, which set-up brings")

from flightlink.replay_time import ReplayTime
from tests.vision.clips import FPS, pictures, written
from tests.vision.guest_networks import kept, network, raw
from tests.vision.scene import UTC_NS, mission
from tests.vision.test_worker import CAMERA, Worked, order, started, worked
from tests.vision.test_worker_live import Inbox
from vision.guests import CHANGED, FAILED, FINDS_EVERYTHING
from vision.models.guest import Guest
from vision.wire import Failed, Job, Message, Opened, WorkerHealth, order_line

pytestmark = [pytest.mark.model, pytest.mark.usefixtures("weights")]

FEW = 24
S = 1_000_000_000


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("clips") / "clip.mp4", pictures(FEW))


@pytest.fixture(scope="module")
def alone(clip: Path) -> Worked:
    return with_guests(clip)


def with_guests(clip: Path, *guests: Guest) -> Worked:
    found = worked(order(clip, fixed_pose=CAMERA, mission=mission(), guests=guests))
    assert found.status == 0, found.stderr
    return found


def same_but_masks(found: Worked, alone: Worked) -> None:
    """The same frames pass, and the same people are counted."""
    assert found.health.frames_out == alone.health.frames_out == FEW
    assert found.health.withheld_because == {}
    assert [one.cells for one in found.counts] == [one.cells for one in alone.counts]
    assert found.health.masked_share >= alone.health.masked_share


def test_a_guest_masks_more_and_counts_nobody(clip: Path, alone: Worked, tmp_path: Path) -> None:
    found = with_guests(clip, kept(tmp_path, network(raw((240, 60, 40, 60, 1, 0.9)))))
    same_but_masks(found, alone)
    assert found.health.guest_detectors == {"festival": ""}
    assert found.health.masked_share > alone.health.masked_share + 0.02


@pytest.mark.parametrize(
    ("output", "word"),
    [
        (np.full((1, 7, 50), np.nan, np.float32), FAILED),
        (np.zeros((1, 9, 50), np.float32), FAILED),
        (raw((160, 160, 320, 320, 1, 9.0)), FAILED),
    ],
    ids=["not a number", "shape", "scores"],
)
def test_a_guest_that_answers_junk_changes_nothing_and_is_named(
    output: np.ndarray[tuple[int, ...], np.dtype[np.float32]], word: str, clip: Path, alone: Worked, tmp_path: Path
) -> None:
    found = with_guests(clip, kept(tmp_path, network(output)))
    same_but_masks(found, alone)
    assert found.health.masked_share == alone.health.masked_share
    assert found.health.guest_detectors == {"festival": word}


def test_a_guest_whose_file_was_changed_is_not_used_and_is_named(clip: Path, alone: Worked, tmp_path: Path) -> None:
    guest = replace(kept(tmp_path, network(raw((160, 160, 320, 320, 1, 0.9)))), sha256="0" * 64)
    found = with_guests(clip, guest)
    same_but_masks(found, alone)
    assert found.health.guest_detectors == {"festival": CHANGED}


def test_under_a_guest_that_finds_everything_the_picture_is_hidden_and_counts_go_on(
    clip: Path, alone: Worked, tmp_path: Path
) -> None:
    found = with_guests(clip, kept(tmp_path, network(raw((160, 160, 320, 320, 1, 0.9)))))
    assert found.health.guest_detectors == {"festival": FINDS_EVERYTHING}
    assert found.health.masked_share > 0.9
    same_but_masks(found, alone)


def test_a_live_worker_with_a_guest_is_sealed_and_masks_whom_it_finds(tmp_path: Path) -> None:
    frames = list(pictures(40))
    clip = written(tmp_path / "long.mp4", (frames[index % 40] for index in range(20 * FPS)))
    guest = kept(tmp_path, network(raw((160, 160, 300, 120, 1, 0.9))))
    clock = ReplayTime(starts_utc_ns=UTC_NS, starts_steady_ns=time.monotonic_ns() + 3 * S, speed=1.0)
    told = order(clip, job=Job.REPLAY, mission=mission(), replay=clock, fixed_pose=CAMERA, guests=(guest,))
    with started(order_line(told)) as child:
        assert child.stdout
        inbox = Inbox(child.stdout)
        opened, _ = inbox.until(lambda message: isinstance(message, Opened | Failed), within_s=40)
        assert isinstance(opened, Opened), opened
        assert opened.sealed
        inbox.until(is_masked_by_the_guest, within_s=40)


def is_masked_by_the_guest(message: Message) -> bool:
    """Say whether health tells of a guest that works, and of masks as large as only it finds anybody."""
    return (
        isinstance(message, WorkerHealth) and message.guest_detectors == {"festival": ""} and message.masked_share > 0.3
    )
