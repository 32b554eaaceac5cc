"""Tries a network that the user brought, before it may be a guest detector; only figures leave.

Started as `python -m vision.trial`, never imported: one JSON line (the guest, names of classes, truth and images or
null) comes in, messages of the wire schema go out. The file is a stranger's: it is opened behind the seal alone.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2

from flightlink.errors import FlightlinkError
from vision.asked import Question, question_from
from vision.capped import CappedFrame
from vision.errors import VisionError
from vision.guest_trial import measured, tried
from vision.last_words import last_words, one_line
from vision.models.store import ModelError, bytes_of_guest
from vision.order import guest_from_part
from vision.outlet import Outlet, outlet_on_stdout
from vision.raw.cap import Cap
from vision.raw.source import opened_file
from vision.room import every_second
from vision.seal import sealed_before_opening, sealed_with_order
from vision.tally import Tally
from vision.truth import TruthPicture
from vision.wire import Done, Failed, Figures


def main() -> int:
    """Try once and return the exit status."""
    sealed_before_opening()
    outlet = outlet_on_stdout()
    cv2.setNumThreads(1)
    try:
        told: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
        begun_s = time.monotonic()
        outlet.send(Figures(_figures(told, outlet)))
        health = Tally(cap_px_per_m=None).health(time.time_ns(), time.monotonic_ns())
        outlet.send(Done(health=health, seconds=time.monotonic() - begun_s))
    except (VisionError, FlightlinkError) as error:
        cause = "models" if isinstance(error, ModelError) else "bad_input"
        outlet.send(Failed(cause=cause, detail=one_line(error)))
        return 1
    return 0


def _figures(told: dict[str, Any], outlet: Outlet) -> dict[str, Any]:
    guest = guest_from_part(told["guest"])
    sealed_with_order(
        [Path(guest.path), *(Path(told[name]) for name in ("truth", "images") if told[name])], calling=False
    )
    detector, figures = tried(bytes_of_guest(guest), told["classes"], mask_score=guest.mask_score)
    if not told["truth"]:
        return figures
    asked = question_from({**told, "kind": "people", "video": None, "camera": None, "live": False, "models_dir": ""})
    return {**figures, "measured": measured(detector, _pictures(asked, outlet), mask_score=guest.mask_score)}


def _pictures(asked: Question, outlet: Outlet) -> Iterator[tuple[TruthPicture, CappedFrame]]:
    """Yield each picture of the truth through the cap, as the station would see it."""
    second = every_second(time.monotonic_ns())
    for number, truth in enumerate(asked.truth):
        if next(second):  # speaks, so that the station does not take it for lost
            health = Tally(cap_px_per_m=None).health(time.time_ns(), time.monotonic_ns())
            outlet.send(replace(health, frames_in=number))
        with opened_file((asked.images or Path()) / str(truth.picture)) as source:
            raw = next(source.file_frames(starts_utc_ns=0))
            pose_at = partial(asked.pose_of, truth)
            yield truth, Cap(without_pose=True).capped(raw, pose_at(raw.utc_ns))


if __name__ == "__main__":
    try:
        status = main()
    except Exception as error:  # noqa: BLE001 - the one supervisor: its last words name code, never data
        sys.stderr.write(last_words(error))
        status = 1
    sys.stderr.flush()
    os._exit(status)
