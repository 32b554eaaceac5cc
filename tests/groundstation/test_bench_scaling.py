"""The benchmark `scaling`: its world on paper, its station, and the growth that it must see and must not invent."""

import gc
import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundstation.__main__ import main
from groundstation.benchmarks import scaling
from groundstation.benchmarks.fitted import exponent_of, slope_of
from groundstation.benchmarks.paper import NS_PER_S, UTC_NS, PaperWorld, Plan
from groundstation.benchmarks.state import deep_size
from groundstation.benchmarks.station_second import PARTS, StationSeconds
from groundstation.mapping import MissionMap
from maps.cells import CellCounts

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
SMALL = Plan(east_m=100.0, north_m=60.0, people=600, drones=((50.0, 30.0), (60.0, 30.0)), looks_hz=2)


def station(plan: Plan = SMALL) -> StationSeconds:
    ticks = iter(range(10**9))
    return StationSeconds(PaperWorld(plan, seed=1), clock_s=lambda: float(next(ticks)))


@given(
    power=st.sampled_from([0.5, 1.0, 1.3, 2.0]), offset=st.floats(0, 20),
    noise=st.lists(st.floats(-0.005, 0.005), min_size=5, max_size=5),
)  # fmt: skip
def test_the_exponent_is_that_of_the_growth_beyond_a_constant(power: float, offset: float, noise: list[float]) -> None:
    sizes = [10.0, 100.0, 1_000.0, 10_000.0, 100_000.0]
    costs = [(offset + 100 * (size / 1e5) ** power) * (1 + off) for size, off in zip(sizes, noise, strict=True)]
    assert exponent_of(sizes, costs) == pytest.approx(power, abs=0.12)


def test_a_cost_that_stays_has_no_exponent() -> None:
    assert exponent_of([1, 2, 4], [10.0, 9.5, 10.4]) == 0.0


def test_the_slope_of_a_line_is_found_with_its_error() -> None:
    assert slope_of([0, 1, 2, 3], [5.0, 7.0, 9.0, 11.0]) == pytest.approx((2.0, 0.0))
    rng = np.random.default_rng(1)
    times = np.linspace(0, 1, 200)
    slope, error = slope_of(times.tolist(), (3 * times + rng.normal(0, 0.5, 200)).tolist())
    assert abs(slope - 3) < 4 * error
    assert error == pytest.approx(0.5 / np.sqrt(200 / 12), rel=0.15)


def test_all_that_can_be_reached_is_weighed_once() -> None:
    shared = bytes(10_000)
    held, count = deep_size([[shared, {"a": shared}], np.zeros(1000)[:10]])
    assert 18_000 < held < 19_500
    assert count < 12


def test_people_walk_and_stay_on_their_ground() -> None:
    world = PaperWorld(SMALL, seed=1)
    now, later = world.people_at(0), world.people_at(1)
    moved_m = np.hypot(later.east_m - now.east_m, later.north_m - now.north_m)
    assert np.median(moved_m) == pytest.approx(1.2)
    assert np.ptp(now.east_m) == pytest.approx(100, abs=2)
    assert np.ptp(PaperWorld(scaling.crowd(1000), seed=1).people_at(0).east_m) == pytest.approx(20, abs=1)


def test_no_pose_comes_twice() -> None:
    world = PaperWorld(SMALL, seed=1)
    poses = [pose for second in range(3) for pose in world.poses_at(second)]
    assert len({(pose.lat_deg, pose.lon_deg, pose.yaw_deg) for pose in poses}) == 6


def test_the_map_of_the_paper_world_is_true() -> None:
    """Fused over two cameras, through gate 2 and GeoJSON: what stands in the map is what stands on the ground."""
    living = station()
    for second in range(6):
        living.live(second)
    (fused, _) = living.state
    assert isinstance(fused, MissionMap)
    document = fused.document_at(UTC_NS + 6 * NS_PER_S)
    assert document["observed_share"] > 0.99
    assert document["people"] == pytest.approx(SMALL.people / 0.9, rel=0.1)


def test_each_part_is_timed() -> None:
    living = station()
    living.live(0)
    looks = SMALL.looks_hz * len(SMALL.drones)
    assert living.looks == looks
    assert living.spent_s == {"count": 2.0 * looks, "wire": looks, "fuse": looks, "publish": 1.0, "serve": 1.0}
    assert tuple(living.spent_s) == PARTS
    living.forget_costs()
    assert sum(living.spent_s.values()) == living.looks == 0


def test_a_map_that_remembers_its_ground_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scaling, "WEIGHED_EVERY_S", 10)
    monkeypatch.setattr(scaling, "SETTLED_S", 40)
    assert scaling.bounded_state(seconds=80)["state_growth"] <= scaling.BOUNDED
    take = MissionMap.take

    def hoarding(self: MissionMap, counts: CellCounts) -> None:
        self.__dict__.setdefault("hoard", []).append(counts)
        take(self, counts)

    monkeypatch.setattr(MissionMap, "take", hoarding)
    assert scaling.bounded_state(seconds=80)["state_growth"] > scaling.BOUNDED
    gc.collect()


@pytest.mark.timeout(300)
def test_quickly_measured_every_figure_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--only", "scaling", "--quick", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["scaling"]
    explained = set(re.findall(r"`([a-z0-9_]+)`", PAGE.read_text(encoding="utf-8")))
    rows = [row for part in figures.values() if isinstance(part, dict) for row in part.get("rows", [])]
    assert len(rows) == 5 * scaling.QUICK_SIZES
    assert set(figures) | set(figures["people"]) | set(figures["state"]) | set(rows[0]) <= explained
    for row in rows:
        parts_ms = sum(row[f"{part}_ms"] for part in PARTS)
        assert row["ms"] == pytest.approx(parts_ms, abs=0.05)
        assert row["station_ms"] == pytest.approx(parts_ms - row["count_ms"], abs=0.05)
    assert figures["people"]["rows"][2]["people_found"] > 50 * figures["people"]["rows"][0]["people_found"]
