"""Figures of the station in Prometheus' text format; no place, no person, only how well the station works."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

_CAMERA_GAUGES: Final = {
    "fps": ("groundstation_fps", "Redacted frames per second."),
    "latency_ms": ("groundstation_latency_ms", "Frame in to redacted frame out, median of the last second."),
    "masked_share": ("groundstation_masked_share", "Mean share of the picture under masks."),
    "cap_px_per_m": ("groundstation_cap_px_per_m", "Bound on the pixel density of the published picture."),
}
_CAMERA_COUNTERS: Final = {
    "frames_in": ("groundstation_frames_in_total", "Frames decoded by the running worker."),
    "frames_out": ("groundstation_frames_out_total", "Frames published with some pixels released."),
    "frames_withheld": ("groundstation_frames_withheld_total", "Frames published as fill only."),
    "restarts": ("groundstation_worker_restarts_total", "Workers started after the first."),
}
_MAP_GAUGES: Final = {
    "people": ("groundstation_people", "People in published cells."),
    "observed_share": ("groundstation_observed_share", "Share of the mission area seen."),
}


def prometheus_text(*, health: dict[str, Any], density: dict[str, Any]) -> str:
    """Return all figures that are known now."""
    lines = (*_camera_lines(health.get("cameras", ())), *_map_lines(density), *_exercise_lines(health))
    return "".join(f"{line}\n" for line in lines)


def _exercise_lines(health: dict[str, Any]) -> Iterator[str]:
    if "exercise" in health:
        yield from _head("groundstation_exercise", "1 while nothing that is told is real.", "gauge")
        yield f"groundstation_exercise {int(health['exercise'])}"


def _camera_lines(cameras: list[dict[str, Any]]) -> Iterator[str]:
    for kind, table in (("gauge", _CAMERA_GAUGES), ("counter", _CAMERA_COUNTERS)):
        for key, (name, meaning) in table.items():
            yield from _head(name, meaning, kind)
            yield from (_sample(name, camera, camera[key]) for camera in cameras if camera.get(key) is not None)
    yield from _head("groundstation_gate_open", "1 while the gate releases pixels.", "gauge")
    yield from (_sample("groundstation_gate_open", camera, int(camera["gate"] == "open")) for camera in cameras)
    yield from _head("groundstation_link_age_seconds", "Since the last message of the vehicle.", "gauge")
    yield from (
        _sample("groundstation_link_age_seconds", camera, camera["link"]["age_s"])
        for camera in cameras
        if camera.get("link") and camera["link"].get("age_s") is not None
    )


def _map_lines(density: dict[str, Any]) -> Iterator[str]:
    for key, (name, meaning) in _MAP_GAUGES.items():
        if density.get(key) is not None:
            yield from _head(name, meaning, "gauge")
            yield f"{name} {density[key]}"


def _head(name: str, meaning: str, kind: str) -> tuple[str, str]:
    return f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"


def _sample(name: str, camera: dict[str, Any], value: float) -> str:
    return f'{name}{{camera="{camera["name"]}"}} {value}'
