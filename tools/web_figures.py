"""What the benchmark `web` measured, as lines of docs/performance.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

Figures = dict[str, Any]

KINDS: Final = {
    "steps": "map in steps, station",
    "floor_steps": "map in steps, floor",
    "video": "video beside it, station",
    "floor_video": "video beside it, floor",
    "whole": "whole maps, station",
}


def asked(of: Figures) -> Iterator[tuple[str, str, str, bool]]:
    """Yield what was asked for, as what, asked, measured and whether it was reached."""
    load = of["load"]
    late = f"most {max(load[kind]['max_ms'] for kind in ('steps', 'whole', 'video')):g} ms"
    readers = f"{load['steps']['readers']} readers of the map and {load['video']['readers']} of the video"
    yield readers, "none late by more than 1 s", late, load["late_reached"]
    growth = f"{load['cpu_ms_per_reader']:g} ms/s a reader; twice as many cost {2 * load['growth']:g} times as much"
    yield "CPU of the station grows with readers", "at most linearly", growth, load["growth_reached"]
    if "updates" not in of:
        return
    updates, paint, video = of["updates"], of["paint"], of["video"]
    told = f"{updates['blocked_p50_ms']:g} ms"
    yield f"main thread, {updates['cells']} cells", "<= 100 ms an update (median)", told, updates["blocked_reached"]
    yield "first useful paint", "<= 1 s", f"{paint['paint_s']:g} s", paint["paint_reached"]
    weight = f"{paint['wire_bytes'] / 1e3:.0f} kB, {paint['decoded_bytes'] / 1e3:.0f} kB decoded"
    yield "weight of the command post", "<= 600 kB on the wire", weight, paint["weight_reached"]
    yield "video, camera to screen", "<= 500 ms (median)", f"{video['p50_ms']:g} ms", video["reached"]
    clean = of["clean"]
    told = f"{clean['outside_requests']} and {clean['console_errors']} on {clean['pages']} pages"
    yield "requests outside, console errors", "0", told, clean["reached"]


def part(of: Figures) -> Iterator[str]:
    """Yield the tables."""
    yield from _load(of["load"])
    if "updates" not in of:
        yield from ("", f"No browser: {of['missing']}")
        return
    yield from ("", *_browser(of))


def _load(of: Figures) -> Iterator[str]:
    yield f"A map of {of['cells']} cells once a second, vehicles five times, health, alerts and zones once.\n"
    yield "| readers | lateness ms: median, 99 %, most | late | missed | messages/s | kB/s |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for kind, says in KINDS.items():
        one = of[kind]
        late = ", ".join(f"{one[key]:g}" for key in ("p50_ms", "p99_ms", "max_ms"))
        rates = f"{one['messages_per_s']:g} | {one['bytes_per_s'] / 1e3:.0f}"
        yield f"| {one['readers']}, {says} | {late} | {one['late_share']:.1%} | {one['missed']} | {rates} |"
    yield ""
    heads = " | ".join(f"{size} readers" for size in of["sizes"])
    yield f"| CPU of the server, s/s | {heads} | with video | a reader, ms/s |"
    yield f"| --- |{' --- |' * (len(of['sizes']) + 2)}"
    for name, prefix in (("station", ""), ("floor", "floor_")):
        shares = " | ".join(f"{share:g}" for share in (*of[prefix + "cpu"], of[prefix + "cpu_with_video"]))
        slope = f"{of[prefix + 'cpu_ms_per_reader']:g} ± {of[prefix + 'cpu_ms_per_reader_sigma']:g}"
        yield f"| {name} | {shares} | {slope} |"
    yield f"\nWith {of['whole']['readers']} readers of whole maps: {of['cpu_whole']:g} s/s."


def _browser(of: Figures) -> Iterator[str]:
    updates, paint, video = of["updates"], of["paint"], of["video"]
    yield "| in the browser | measured | floor |"
    yield "| --- | --- | --- |"
    blocked = f"{updates['blocked_p50_ms']:g}, {updates['blocked_p95_ms']:g}"
    yield f"| main thread an update, ms: median, 95 % | {blocked} | {updates['floor_ms']:g} in a second without one |"
    painted = f"{paint['paint_s']:g}, {paint['paint_most_s']:g}"
    yield f"| useful paint, s: median, most | {painted} | {paint['floor_paint_s']:g} |"
    seen = ", ".join(f"{video[key]:g}" for key in ("p50_ms", "p95_ms", "max_ms"))
    floor = ", ".join(f"{video[f'floor_{key}']:g}" for key in ("p50_ms", "p95_ms", "max_ms"))
    yield f"| camera to screen, ms: median, 95 %, most | {seen} | {floor} |"
    yield (
        f"\n{of['browser']}; {updates['updates']} updates, the longest task of one {updates['longest_task_p50_ms']:g} "
        f"ms (median); {paint['runs']} pages opened; {video['pictures']} pictures seen at {video['shown_fps']:g} of "
        f"{video['video_fps']} a second, the worker's own part {video['worker_ms']:.0f} ms, in screenshots "
        f"{video['screenshot_p50_ms']:g} ms."
    )
