"""`redact --camera` as a whole process beside `deface`, and above the floor of decoding and encoding alone."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

import av

from groundstation.benchmarks.clips import Clip, clips_in
from groundstation.benchmarks.deface import deface_command, deface_program, engine_of
from groundstation.benchmarks.timing import Run, module_command, timed
from groundstation.errors import StationError

OURS: Final = "ours"
DEFACE: Final = "deface"
FLOOR: Final = "floor"
ROUNDS: Final = 2
PEER_ROUNDS: Final = 1
"""The peer takes minutes, so noise counts little in it; it takes its turn between two of ours."""

Commands = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timings:
    """The runs of one clip, by program, in the order in which they ran."""

    frames: int
    """That the clip holds, as the floor counted them."""
    masked_share: float
    deface_engine: str
    runs: Mapping[str, Sequence[Run]]


def measured(*, quick: bool) -> dict[str, Any]:
    """Return frames per second of ours, of `deface` and of the floor on two clips, and the worst ratios.

    Raises:
        BadInputError: `deface` is not installed.
        StationError: a program failed, or did not work on every frame.
    """
    program, rounds = deface_program(), 1 if quick else ROUNDS
    with TemporaryDirectory(prefix="groundstation-bench-") as name:
        folder = Path(name)
        timings = {
            clip.name: clip_timings(clip, commands_of(clip, program, folder), rounds) for clip in clips_in(folder)
        }
    return {**figures_of(timings), "rounds": rounds}


def commands_of(clip: Clip, deface: Path, folder: Path) -> dict[str, tuple[str, ...]]:
    """Return the three commands in the order in which they take turns; each writes `folder/PROGRAM.mp4`."""
    ours, peer, floor = (folder / f"{name}.mp4" for name in (OURS, DEFACE, FLOOR))
    return {
        OURS: module_command("groundstation", "redact", clip.video, ours, "--camera", clip.camera, "--json"),
        DEFACE: deface_command(deface, clip.video, peer),
        FLOOR: module_command("groundstation.benchmarks.floor", clip.video, floor),
    }


def clip_timings(clip: Clip, commands: Commands, rounds: int, told: Callable[[str], object] | None = None) -> Timings:
    """Run the programs on a clip by turns, never two at a time.

    Raises:
        StationError: a program failed, or did not work on every frame.
    """
    tell = told or sys.stderr.write
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(rounds):
        for name, command in commands.items():
            if name == DEFACE and number >= PEER_ROUNDS:
                continue
            runs[name].append(timed(command))
            tell(f"bench: {clip.name}, round {number + 1} of {rounds}: {name} {runs[name][-1].seconds:.1f} s\n")
    frames = int(json.loads(runs[FLOOR][0].out)["frames"])
    summary = json.loads(runs[OURS][0].out)
    refuse_unequal_work(clip, frames, ours=summary["frames_out"], deface=frames_in_file(Path(commands[DEFACE][-1])))
    return Timings(
        frames=frames, masked_share=summary["masked_share"], deface_engine=engine_of(runs[DEFACE][0].out), runs=runs
    )


def frames_in_file(path: Path) -> int:
    """Return how many frames a video holds by its own index, without decoding any.

    Raises:
        StationError: there is no such video; `deface` ends well also where it could read nothing.
    """
    try:
        with av.open(str(path)) as container:
            return container.streams.video[0].frames
    except (av.FFmpegError, IndexError) as error:
        raise StationError(f"bench: {path.stem} wrote no video ({error})") from error


def refuse_unequal_work(clip: Clip, frames: int, *, ours: int, deface: int) -> None:
    """Refuse to compare programs that did not each give every frame of the clip.

    Raises:
        StationError: one gave fewer or more.
    """
    if not frames == ours == deface:
        raise StationError(
            f"bench: {clip.name} has {frames} frames, but ours gave {ours} and deface {deface}; no ratio is honest"
        )


def figures_of(timings: Mapping[str, Timings]) -> dict[str, Any]:
    """Return the figures of every clip, and of all the worst ratios."""
    clips = {name: clip_figures(clip) for name, clip in timings.items()}
    return {
        "ratio_to_deface": min(clip["ratio_to_deface"] for clip in clips.values()),
        "ratio_to_floor": min(clip["ratio_to_floor"] for clip in clips.values()),
        "clips": clips,
    }


def clip_figures(clip: Timings) -> dict[str, Any]:
    """Return frames per second by medians of whole processes, CPU seconds, and ratios: above 1 ours is faster."""
    seconds = {name: median(run.seconds for run in runs) for name, runs in clip.runs.items()}
    return {
        "frames": clip.frames,
        **{f"{name}_fps": round(clip.frames / spent_s, 2) for name, spent_s in seconds.items()},
        "ratio_to_deface": round(seconds[DEFACE] / seconds[OURS], 3),
        "ratio_to_floor": round(seconds[FLOOR] / seconds[OURS], 3),
        "masked_share": clip.masked_share,
        "cpu_seconds": {n: round(median(run.cpu_seconds for run in runs), 2) for n, runs in clip.runs.items()},
        "seconds": {name: [round(run.seconds, 2) for run in runs] for name, runs in clip.runs.items()},
        "deface_engine": clip.deface_engine,
    }
