"""The benchmark `frame`: CPU of a redacted frame without detection, above the floor of decoding and encoding alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from groundstation.benchmarks.clips import Clip, clips_in
from groundstation.benchmarks.timing import module_command, timed
from groundstation.errors import StationError

ROUNDS: Final = 2


def measured(*, quick: bool) -> dict[str, Any]:
    """Return milliseconds of CPU for a frame, with detection apart, beside the floor's, by clip and at worst.

    Raises:
        StationError: a program failed, or did not work on every frame.
    """
    rounds = 1 if quick else ROUNDS
    with TemporaryDirectory(prefix="groundstation-bench-") as name:
        folder = Path(name)
        clips = {clip.name: clip_figures(clip, folder / "floor.mp4", rounds) for clip in clips_in(folder)}
    worst = max(clip["cpu_to_floor"] for clip in clips.values())
    return {"cpu_to_floor": worst, "clips": clips, "rounds": rounds}


def clip_figures(clip: Clip, floor_out: Path, rounds: int) -> dict[str, Any]:
    """Run ours and the floor by turns and return medians; a ratio of two runs that lie side by side.

    Raises:
        StationError: a program failed, or did not work on every frame.
    """
    ways, floors = [], []
    for number in range(rounds):
        ways.append(json.loads(timed(module_command("proofs.cost.frame_way", clip.video, clip.camera)).out))
        floors.append(json.loads(timed(module_command("groundstation.benchmarks.floor", clip.video, floor_out)).out))
        sys.stderr.write(f"bench: frame, {clip.name}, round {number + 1} of {rounds}\n")
    return figures_of(clip.name, ways, floors)


def figures_of(name: str, ways: Sequence[dict[str, Any]], floors: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return a clip's figures from the rounds of both.

    Raises:
        StationError: they did not all work on the same number of frames.
    """
    counts = {run["frames"] for run in [*ways, *floors]} | {run["frames_out"] for run in ways}
    if len(counts) > 1:
        raise StationError(f"bench: {name}: ours and the floor gave {sorted(counts)} frames; no ratio is honest")
    frames = counts.pop()
    per_frame_ms = {
        "cpu_ms": [1e3 * run["way_cpu_s"] / frames for run in ways],
        "detection_cpu_ms": [1e3 * run["detection_cpu_s"] / frames for run in ways],
        "floor_cpu_ms": [1e3 * run["cpu_s"] / frames for run in floors],
    }
    ratios = [ours / floor for ours, floor in zip(per_frame_ms["cpu_ms"], per_frame_ms["floor_cpu_ms"], strict=True)]
    return {
        "frames": frames,
        **{figure: round(median(values), 2) for figure, values in per_frame_ms.items()},
        "cpu_to_floor": round(median(ratios), 3),
        "masked_share": ways[0]["masked_share"],
    }
