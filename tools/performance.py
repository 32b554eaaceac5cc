"""Writes what `groundstation bench --json` measured into docs/performance.md, its plots and its figures.

    groundstation bench --json | python -m tools.performance
    groundstation bench --only memory --minutes 60 --json | python -m tools.performance

Figures of benchmarks that were not run stay those of their last run; each says its date and machine. Nothing between
the markers of that page is written by hand.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from tools import web_figures
from tools.plots import Line, Plot, svg_of

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = "docs/performance.md"
FIGURES: Final = "docs/figures/performance.json"
PICTURES: Final = "docs/pictures"
BEGIN: Final = "<!-- results: written by `make bench`, never by hand -->"
END: Final = "<!-- end of results -->"
Figures = dict[str, Any]
PARTS: Final = ("count_ms", "wire_ms", "fuse_ms", "publish_ms", "serve_ms")
SERIES: Final = {
    "people": "people, a crowd that grows outwards",
    "people_denser": "people, ever denser on the same ground",
    "drones": "drones that all see the same, 3 looks/s",
    "drones_overlapping": "drones that see half of the next",
    "cells": "drones side by side, each with cells of its own",
}


def filled_page(page: str, figures: Figures) -> str:
    """Return the page with its results replaced.

    Raises:
        ValueError: it has no place for them.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{PAGE}: needs the lines {BEGIN} and {END}")
    return "\n".join([before + BEGIN, "", *results(figures), "", END + after])


def results(figures: Figures) -> Iterator[str]:
    """Yield the lines of the results."""
    yield from _circumstances(figures)
    yield from ("", "| what | asked | measured | reached |", "| --- | --- | --- | --- |", *_asked(figures))
    parts = {"redact": _redact, "frame": _frame, "latency": _latency, "scaling": _scaling, "memory": _memory}
    parts["web"] = web_figures.part
    for name, part in parts.items():
        if name in figures:
            yield from ("", f"### `{name}`", "", *part(figures[name]))
    rest = sorted(set(figures) - set(parts))
    if rest:
        yield from ("", "### The others", "", "| benchmark | figures |", "| --- | --- |")
        yield from (f"| `{name}` | {_plain(figures[name])} |" for name in rest)


def _circumstances(figures: Figures) -> Iterator[str]:
    yield "| benchmark | started | machine | Python | load average before |"
    yield "| --- | --- | --- | --- | --- |"
    for name, of in sorted(figures.items()):
        machine, load = of["machine"], of["load_average"][0]
        cores = f"{machine['cpu']}, {machine['cores']} cores"
        yield f"| `{name}` | {of['started_utc'][:16]}Z | {cores} | {machine['python']} | {load:g} |"


def _asked(figures: Figures) -> Iterator[str]:
    if "redact" in figures:
        for name, clip in figures["redact"]["clips"].items():
            yield _row(f"redaction beside `deface`, {name}", ">= 6 times", clip["ratio_to_deface"], at_least=6)
    if "frame" in figures:
        worst = figures["frame"]["cpu_to_floor"]
        yield _row("CPU per redacted frame without detection", "<= 2.2 times the floor", worst, at_most=2.2)
    if "latency" in figures:
        yield from (_latency_asked(of) for of in _latency_cases(figures["latency"]))
    if "scaling" in figures:
        for name, says in SERIES.items():
            exponent = figures["scaling"][name]["exponent"]
            yield _row(f"growth with {says}", "exponent <= 1.05", exponent, at_most=1.05)
        state = figures["scaling"]["state"]
        told = f"{state['state_growth']} times over {state['ground_m']} m of new ground"
        yield _told("state bounded", "<= 1.1 times", told, reached=figures["scaling"]["state_bounded"])
    if "web" in figures:
        for what, asked, told, reached in web_figures.asked(figures["web"]):
            yield _told(what, asked, told, reached=reached)


def _latency_cases(of: Figures) -> list[Figures]:
    return [of] + ([of["at_720p"]] if "at_720p" in of else [])


def _latency_asked(of: Figures) -> str:
    told = (
        f"{of['p95_with_decoding_ms']} ms at {of['fps']} of {of['video_fps']} frames/s, floor {of['floor_p50_ms']} ms"
    )
    asked = "<= 250 ms at the video's rate, where the floor's median is <= 15 ms"
    return _told(f"latency, 95th percentile, {of['clip']}", asked, told, reached=of["reached"])


def _row(what: str, asked: str, value: float, *, at_least: float | None = None, at_most: float | None = None) -> str:
    reached = value >= at_least if at_least is not None else at_most is not None and value <= at_most
    return _told(what, asked, f"{value:g}", reached=reached)


def _told(what: str, asked: str, measured: str, *, reached: bool) -> str:
    return f"| {what} | {asked} | {measured} | {'yes' if reached else '**no**'} |"


def _redact(of: Figures) -> Iterator[str]:
    yield "| clip | frames | ours | `deface` | floor | to `deface` | to floor | masked | CPU s: ours, `deface`, floor |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for name, clip in of["clips"].items():
        cpu = ", ".join(f"{clip['cpu_seconds'][who]:g}" for who in ("ours", "deface", "floor"))
        speeds = " | ".join(f"{clip[f'{who}_fps']:g} fps" for who in ("ours", "deface", "floor"))
        ratios = f"{clip['ratio_to_deface']:g} | {clip['ratio_to_floor']:g}"
        yield f"| {name} | {clip['frames']} | {speeds} | {ratios} | {clip['masked_share']:.1%} | {cpu} |"


def _frame(of: Figures) -> Iterator[str]:
    yield "| clip | CPU ms a frame without detection | of detection | of the floor | times the floor |"
    yield "| --- | --- | --- | --- | --- |"
    for name, clip in of["clips"].items():
        figures = (clip[key] for key in ("cpu_ms", "detection_cpu_ms", "floor_cpu_ms", "cpu_to_floor"))
        yield f"| {name} | {' | '.join(f'{figure:g}' for figure in figures)} |"


def _latency(of: Figures) -> Iterator[str]:
    for case in _latency_cases(of):
        yield from _latency_case(case)
        yield ""


def _latency_case(of: Figures) -> Iterator[str]:
    yield "| ms | median | 95 % | most |"
    yield "| --- | --- | --- | --- |"
    for name, prefix in (("ours, from the decoded frame", ""), ("floor: decode and encode", "floor_")):
        spent = " | ".join(f"{of[prefix + key]:g}" for key in ("p50_ms", "p95_ms", "max_ms"))
        yield f"| {name} | {spent} |"
    yield ""
    yield (
        f"Clip `{of['clip']}`; {of['frames_out']} frames out, {of['frames_withheld']} withheld, "
        f"{of['masked_share']:.1%} masked; decoding alone takes {of['floor_decoding_p95_ms']:g} ms (95 %)."
    )


def _scaling(of: Figures) -> Iterator[str]:
    yield "Milliseconds of CPU for one second of the station, all cameras together; `ms` is the sum of the parts.\n"
    yield "![Cost of a second by people](pictures/scaling-people.svg)\n"
    yield "![Cost of a second by drones](pictures/scaling-drones.svg)\n"
    yield "| series | size | ms | count | wire | fuse | publish | serve | cells | state, MB |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for name in SERIES:
        for size, row in zip(of[name]["sizes"], of[name]["rows"], strict=True):
            parts = " | ".join(f"{row[part]:g}" for part in PARTS)
            state_mb = f"{row['state_bytes'] / 1e6:.2f}"
            yield f"| {name} | {size:,} | {row['ms']:g} | {parts} | {row['cells']} | {state_mb} |"
    yield ""
    yield "Exponents: " + "; ".join(
        f"`{name}` {of[name]['exponent']:g} (station alone {of[name]['exponent_station']:g}, "
        f"state {of[name]['exponent_state']:g})"
        for name in SERIES
    )


def _memory(of: Figures) -> Iterator[str]:
    yield "![Resident memory](pictures/memory.svg)\n"
    yield "| process | at the end, MB | most, MB | growth, MB an hour |"
    yield "| --- | --- | --- | --- |"
    for name in ("station", "worker"):
        growth = f"{of[f'{name}_mb_per_hour']:g} ± {of[f'{name}_mb_per_hour_sigma']:g}"
        yield f"| {name} | {of[f'{name}_mb']:g} | {of[f'{name}_most_mb']:g} | {growth} |"
    yield f"\nOver {of['minutes']:g} minutes with {of['frames_out']} frames shown."


def _plain(of: Figures) -> str:
    return ", ".join(f"`{name}` {value:g}" for name, value in of.items() if isinstance(value, int | float))


def plots(figures: Figures) -> dict[str, str]:
    """Return the plots by the names of their files."""
    made: dict[str, Plot] = {}
    if "scaling" in figures:
        of = figures["scaling"]
        made["scaling-people.svg"] = _scaling_plot(of, ("people", "people_denser"), "people")
        made["scaling-drones.svg"] = _scaling_plot(of, ("drones", "drones_overlapping", "cells"), "drones")
    if "memory" in figures:
        made["memory.svg"] = _memory_plot(figures["memory"]["samples"])
    return {name: svg_of(plot) for name, plot in made.items()}


def _scaling_plot(of: Figures, names: tuple[str, ...], x_label: str) -> Plot:
    lines = [
        Line(name=f"{name}, {says}", x=of[name]["sizes"], y=[row[key] for row in of[name]["rows"]])
        for name in names
        for key, says in (("ms", "all"), ("station_ms", "station"))
    ]
    title = f"CPU for one second of the station, by {x_label}"
    return Plot(title=title, x_label=x_label, y_label="ms", lines=lines, is_log=True)


def _memory_plot(samples: list[list[float]]) -> Plot:
    at_s, station_mb, worker_mb = zip(*samples, strict=True)
    minutes = [second / 60 for second in at_s]
    lines = [Line(name="station", x=minutes, y=station_mb), Line(name="worker", x=minutes, y=worker_mb)]
    return Plot(title="Resident memory", x_label="minutes", y_label="MB", lines=lines, is_log=False)


def write(root: Path, told: Figures) -> None:
    """Put newly measured figures in place of those before them, and write page and plots anew.

    Raises:
        OSError: a file cannot be read or written.
        ValueError: page or figures are broken.
    """
    path = root / FIGURES
    before = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    text = json.dumps({**before, **told}, indent=1, sort_keys=True) + "\n"
    figures = json.loads(text)  # as they are kept, so that the page is what its file says
    page = filled_page((root / PAGE).read_text(encoding="utf-8"), figures)
    path.write_text(text, encoding="utf-8")
    (root / PAGE).write_text(page, encoding="utf-8")
    for name, picture in plots(figures).items():
        (root / PICTURES / name).write_text(picture, encoding="utf-8")


def main() -> int:
    """Read figures from standard input; 2 where they are none."""
    try:
        told: Figures = json.load(sys.stdin)
        write(ROOT, told)
    except (ValueError, KeyError, TypeError) as error:
        sys.stderr.write(f"performance: standard input is no output of `bench --json` ({error})\n")
        return 2
    sys.stdout.write(f"{PAGE}: written with {', '.join(sorted(told))}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
