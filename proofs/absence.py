"""Guarantee 6: recognition, re-identification, pose, gait, plates, sound and training are absent, not switched off.

Tried on the installed program: its sources beside the lists of what they may import and call, its networks beside their
hashes, its neighbours in the environment, what two real processes have in memory after work, and what becomes of the
sound in a file. The control plants one of each kind and must be caught every time.
"""

from __future__ import annotations

import ast
import importlib.resources
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from flightlink.mission import RedactionLevel
from flightlink.pose import SURVEYED, CameraPose, Intrinsics
from proofs.absent.allowed import Allowed, allowed
from proofs.absent.bill import distribution_faults, installed_distributions, plug_faults, plugged_in
from proofs.absent.footage import FRAMES, HEIGHT_PX, KINDS, WIDTH_PX, written
from proofs.absent.loaded import Loaded, loaded_faults, station_loaded, worker_loaded
from proofs.absent.networks import network_faults, stray_in_room
from proofs.absent.pages import installed_pages, page_faults
from proofs.absent.sabotage import careless, planted_modules, unchecked
from proofs.absent.sources import ROOMS, faults_of
from proofs.absent.tracks import Heard, Read, heard_live, output_faults, planted_faults, read_through
from proofs.row import Finding, Proven, Trial
from vision.models.card import model_cards
from vision.models.store import models_dir
from vision.wire import HEADER, Job, Kind, Order, header_from_bytes

CONTROL: Final = "one of each planted: recogniser, unknown network, foreign package, plug-in, sound that is read"
FIXED: Final = CameraPose(
    utc_ns=0, lat_deg=48.857, lon_deg=2.352, alt_m=20.0, ground_alt_m=0.0, yaw_deg=0.0, pitch_deg=-35.0, roll_deg=0.0,
    sigma=SURVEYED,
    intrinsics=Intrinsics(width_px=WIDTH_PX, height_px=HEIGHT_PX, fx_px=150.0, fy_px=150.0, cx_px=79.5, cy_px=47.5),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """All that was looked at, and every fault found."""

    faults: tuple[str, ...]
    modules: int
    distributions: int
    packages: int
    """In the memory of the worker and the station."""
    carried: int
    """Packets of sound, subtitles and data in the files."""
    read: int
    """Of these, packets read or decoders opened by the sealed source."""
    klv: int
    """Packets of KLV that the live source read for the pose in them."""


def proved(trial: Trial) -> Proven:
    """Try guarantee 6."""
    lists = allowed()
    with tempfile.TemporaryDirectory(prefix="groundstation-proof-") as folder:
        tried = _tried(lists, Path(folder), trial)
        caught, missed = _sabotage(lists, Path(folder))
    return Proven(
        finding=Finding(
            holds=not tried.faults and tried.read == 0 and tried.carried > 0,
            evidence=_evidence(tried),
            figures={
                "faults": len(tried.faults),
                "modules": tried.modules,
                "distributions": tried.distributions,
                "packages_in_memory": tried.packages,
                "networks": len(lists.roles & model_cards().keys()),
                "other_packets_carried": tried.carried,
                "other_packets_read": tried.read,
                "klv_packets_read": tried.klv,
            },
        ),
        control=CONTROL,
        control_finding=Finding(
            holds=bool(missed),
            evidence=f"{len(caught)} of {len(caught) + len(missed)} were found{_listed(missed, ', not ')}",
            figures={"planted": len(caught) + len(missed), "found": len(caught)},
        ),
    )


def _tried(lists: Allowed, folder: Path, trial: Trial) -> Tried:
    sources = dict(installed_sources())
    installed = installed_distributions()
    trial.told(f"{len(sources)} modules and {len(installed)} installed packages beside the lists")
    faults = [str(fault) for module, text in sources.items() for fault in faults_of(module, ast.parse(text), lists)]
    faults += [fault for name, text in installed_pages() for fault in page_faults(name, text, lists)]
    faults += distribution_faults(installed, lists)
    faults += plug_faults(plugged_in(lists.entry_points), lists)
    faults += network_faults(lists)
    faults += [fault for _, folder in installed_rooms() for fault in stray_in_room(folder, lists)]
    trial.told("a real worker and the live station tell what they have loaded; footage with sound is read")
    footage = [written(folder / f"{number}{kind.suffix}", kind) for number, kind in enumerate(KINDS)]
    worker, station = worker_loaded(order_for(footage[0])), station_loaded()
    faults += [*loaded_faults("worker", worker, lists), *loaded_faults("station", station, lists)]
    faults += came_out_faults(worker.output)
    for path in () if trial.quick else footage[1:]:
        faults += came_out_faults(worker_loaded(order_for(path)).output)
    reads = [read_through(path) for path in footage]
    # a pose of some seconds ago is refused as one of a wrong clock: each stream is made when it is heard
    streams = [written(folder / f"live{number}.ts", kind) for number, kind in enumerate(KINDS) if kind.telemetry]
    heard = [heard_live(path) for path in streams]
    faults += [fault for one in heard for fault in heard_faults(one)]
    faults += [
        f"{one.klv} packets were read that nobody asked for" for one in unasked(streams) if one.klv or one.others
    ]
    faults += [f"{one.frames} of {FRAMES} pictures were read beside the sound" for one in reads if one.frames < FRAMES]
    return Tried(
        faults=tuple(faults),
        modules=len(sources),
        distributions=len(installed),
        packages=len({module.partition(".")[0] for one in (worker, station) for module in one.modules}),
        carried=sum(one.carried for one in reads),
        read=sum(_not_picture(one) for one in reads),
        klv=sum(one.klv for one in heard),
    )


def unasked(streams: list[Path]) -> Iterator[Heard]:
    """Yield what is heard of each stream where the settings take no pose from its data."""
    yield from (heard_live(path, wanted=wanted) for path in streams for wanted in ("mavlink", "sei"))


def heard_faults(one: Heard) -> Iterator[str]:
    """Yield all that a live source took beside pictures and the pose in KLV."""
    if one.others:
        yield f"{one.others} packets of sound or other data of a live stream were read"
    if not (one.klv and one.told):
        yield "a live stream's own pose was not read, so nothing was tried of it"
    yield from planted_faults(one.told)


def installed_rooms() -> Iterator[tuple[str, Path]]:
    """Yield each room of the installed program and its folder."""
    for room in ROOMS:
        with importlib.resources.as_file(importlib.resources.files(room)) as folder:
            yield room, folder


def installed_sources() -> Iterator[tuple[str, str]]:
    """Yield dotted name and text of every module of the installed program."""
    for room, folder in installed_rooms():
        for path in sorted(folder.rglob("*.py")):
            parts = (room, *path.relative_to(folder).with_suffix("").parts)
            yield ".".join(parts).removesuffix(".__init__"), path.read_text(encoding="utf-8")


def order_for(video: Path) -> Order:
    """Return an order to redact and count in a file, for a camera that stands still."""
    return Order(
        source="proof", video=str(video), job=Job.FILE, models_dir=str(models_dir()), epsg=2154, intrinsics=None,
        fixed_pose=FIXED, mission=None, video_starts_utc_ns=0, video_latency_s=0.0, level=RedactionLevel.STRICT,
        published_px_per_m=20.0,
    )  # fmt: skip


def came_out_faults(output: bytes) -> Iterator[str]:
    """Yield all in a worker's output that is not one track of pictures, nameless; no picture at all is a fault."""
    video, rest = b"", memoryview(output)
    while rest:
        kind, text_bytes, data_bytes = header_from_bytes(bytes(rest[: HEADER.size]))
        data = bytes(rest[HEADER.size + text_bytes : HEADER.size + text_bytes + data_bytes])
        if kind is Kind.REDACTED and not data.startswith(b"\xff\xd8"):
            video += data
        rest = rest[HEADER.size + text_bytes + data_bytes :]
    if not video:
        yield "no picture came out of the worker"
        return
    yield from output_faults(video)
    yield from planted_faults(output)


def _not_picture(one: Read) -> int:
    return one.packets + one.decoders


def _sabotage(lists: Allowed, folder: Path) -> tuple[list[str], list[str]]:
    """Plant one of each kind and return the names of those found and of those missed."""
    footage = folder / f"0{KINDS[0].suffix}"
    innocent = Loaded(modules=frozenset({"vision.worker", "os"}), libraries=frozenset(), output=b"")
    with_torch = replace(innocent, modules=innocent.modules | {"torch", "torch.nn"})
    with_gate = replace(innocent, modules=innocent.modules | {"vision.gate"})
    found: dict[str, Iterable[object]] = {
        **{name: list(faults_of(module, ast.parse(text), lists)) for name, module, text in planted_modules()},
        "a network whose hash is not asked": list(network_faults(lists, load=unchecked)),
        "a network of another role": list(network_faults(replace(lists, roles=frozenset({"face"})))),
        "a recogniser in a page": list(page_faults("static/a.js", "new FaceDetector().detect(video)", lists)),
        "a recogniser installed": list(distribution_faults({"numpy", "insightface"}, lists)),
        "a plug-in": list(plug_faults({("groundstation.commands", "follow", "follow:all")}, lists)),
        "training in memory": list(loaded_faults("worker", with_torch, lists)),
        "the gate in the station's memory": list(loaded_faults("station", with_gate, lists)),
        "sound that is read": [one for one in (read_through(footage, opened=careless),) if _not_picture(one)],
        "the source passed on": list(output_faults(footage.read_bytes())),
    }
    return [name for name, faults in found.items() if faults], [name for name, faults in found.items() if not faults]


def _evidence(tried: Tried) -> str:
    if tried.faults or tried.read:
        return (
            f"{len(tried.faults)} faults, {tried.read} packets of sound or data read{_listed(tried.faults[:8], ': ')}"
        )
    return (
        f"{tried.modules} modules, {tried.distributions} installed and {tried.packages} loaded packages hold nothing "
        f"that is on no list; of {tried.carried} packets of sound, subtitles and data 0 were read, none came out; "
        f"of {tried.klv} packets of a live stream's KLV only the camera's pose"
    )


def _listed(names: Iterable[str], before: str) -> str:
    return before + "; ".join(names) if names else ""
