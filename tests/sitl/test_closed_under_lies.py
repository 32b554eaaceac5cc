"""A flight that is filmed from the truth while its telemetry lies: the sealed worker closes, and says why."""

from dataclasses import replace
from pathlib import Path

import pytest

from flightlink.pose import Intrinsics
from sitl.measure.recorded import Span, files_of, record
from sitl.measure.watched import watch
from sitl.world.faults import Fault, FaultKind
from sitl.world.file import load_world
from sitl.world.world import World
from tests.sitl.conftest import DEMO
from vision.models.card import ModelError
from vision.models.store import models_dir, verified_bytes

pytestmark = [pytest.mark.soak, pytest.mark.model, pytest.mark.timeout(300)]

LASTS_S = 9.0
LIES_S = 3.0
EPOCH_NS = 1_780_000_000 * 1_000_000_000
K = Intrinsics(width_px=640, height_px=360, fx_px=880, fy_px=880, cx_px=319.5, cy_px=179.5)


@pytest.fixture(scope="module", autouse=True)
def _weights() -> None:
    try:
        for key in ("person", "face"):
            verified_bytes(key, models_dir())
    except ModelError as reason:
        pytest.skip(str(reason))


def filmed(name: str, *faults: Fault) -> World:
    world = load_world(DEMO.parent / "marks_around.toml")
    vehicle = next(plan for plan in world.vehicles if plan.name == name)
    return replace(world, vehicles=(vehicle,), faults=faults, camera=replace(world.camera, intrinsics=K))


@pytest.mark.parametrize(
    ("vehicle", "fault", "causes"),
    [
        ("ABOVE", Fault(kind=FaultKind.COMPASS, by_deg=180.0, from_s=LIES_S), {"yaw_looks_reversed"}),
        ("ABOVE", Fault(kind=FaultKind.YAW_FLAGS, from_s=LIES_S), {"picture_moved_unlike_pose", "yaw_looks_wrong"}),
        ("LOW", Fault(kind=FaultKind.ZOOM_UNREPORTED, factor=2.5, from_s=LIES_S), {"people_too_large_for_pose"}),
        ("LOW", Fault(kind=FaultKind.HEIGHT, factor=2.0, from_s=-60.0), {"people_too_large_for_pose"}),
        ("LOW", Fault(kind=FaultKind.GPS_GLITCH, east_m=4000.0, from_s=-60.0), {"no_open_ground"}),
    ],
    ids=["compass", "yaw flags", "zoom", "height", "elsewhere"],
)
async def test_pictures_and_counts_close_with_their_cause(
    vehicle: str, fault: Fault, causes: set[str], tmp_path: Path
) -> None:
    world, span = filmed(vehicle, fault), Span(epoch_utc_ns=EPOCH_NS, from_s=0.0, lasts_s=LASTS_S)
    plan = world.vehicles[0]
    record(world, plan, tmp_path, span)
    seen = await watch(files_of(tmp_path, plan, span), lambda _: None)
    health = seen.worked.health
    assert causes & set(health.withheld_because), health.withheld_because
    counted_s = [(counts.utc_ns - EPOCH_NS) / 1e9 for counts in seen.counts if counts.cells]
    assert max(counted_s, default=0.0) < LIES_S + 4.0


async def test_without_a_lie_nothing_is_withheld(tmp_path: Path) -> None:
    world, span = filmed("ABOVE"), Span(epoch_utc_ns=EPOCH_NS, from_s=0.0, lasts_s=LASTS_S)
    plan = world.vehicles[0]
    record(world, plan, tmp_path, span)
    seen = await watch(files_of(tmp_path, plan, span), lambda _: None)
    assert seen.worked.health.frames_withheld <= 2, seen.worked.health.withheld_because
