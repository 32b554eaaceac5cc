"""The benchmarks but `redact`: what they time, and that they refuse to time unequal answers."""

import json
import re
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flightlink.pose import NO_DISTORTION
from groundstation.__main__ import main
from groundstation.benchmarks import georeference, link, timing
from groundstation.errors import StationError
from maps.georeference import GroundPoints, ground_from_image

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
BUSY = "import time\nwhile time.process_time() < 0.3: pass\nprint('done')"


def explained() -> set[str]:
    """Every word that the page about performance sets as code."""
    return set(re.findall(r"`([a-z0-9_]+)`", PAGE.read_text(encoding="utf-8"))) | {"cpu", "cores", "python"}


def keys(document: dict[str, Any]) -> set[str]:
    return set(document).union(*(keys(part) for part in document.values() if isinstance(part, dict)))


def python(code: str) -> tuple[str, ...]:
    return sys.executable, "-I", "-c", code


def test_a_process_is_timed_with_the_cpu_of_its_own_children() -> None:
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-I', '-c', {BUSY!r}], check=True)"
    run = timing.timed(python(child))
    assert run.out == "done\n"
    assert 0.3 <= run.cpu_seconds < 5
    assert run.seconds >= 0.3


def test_waiting_costs_seconds_but_no_cpu() -> None:
    run = timing.timed(python("import time; time.sleep(0.4)"))
    assert run.seconds >= 0.4
    assert run.cpu_seconds < 0.35


def test_a_failed_process_is_one_line_with_its_last_words() -> None:
    with pytest.raises(StationError, match=r"status 3: no weights$"):
        timing.timed(python("import sys; sys.stderr.write('loading\\nno weights\\n'); sys.exit(3)"))


def test_cpu_seconds_of_work_leave_out_what_it_waits() -> None:
    assert timing.cpu_seconds_of(lambda: time.sleep(0.2)) < 0.1
    assert timing.cpu_seconds_of(lambda: sum(range(3_000_000))) > 0.005


def test_the_processor_is_named() -> None:
    text = "processor\t: 0\nmodel name\t: Example 3000: fast\nprocessor\t: 1\nmodel name\t: Other\n"
    assert timing.cpu_model(text) == "Example 3000: fast"
    assert timing.cpu_model("Hardware : nothing\n") != ""


@pytest.mark.parametrize("name", ["georeference", "link", "start"])
def test_each_benchmark_says_what_it_measured_and_where(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--only", name, "--quick", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert list(document) == [name]
    figures = document[name]
    assert {"machine", "started_utc", "load_average"} < set(figures)
    assert set(figures["machine"]) == {"cpu", "cores", "python"}
    assert keys(figures) - explained() == set()
    ratios = [value for key, value in figures.items() if key.startswith("ratio_to_")]
    assert len(ratios) == 1
    assert ratios[0] > 0


def test_without_json_each_benchmark_asked_for_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--only", "start", "--only", "georeference", "--quick"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(": {")[0] for line in lines] == ["georeference", "start"]


def test_the_ratio_is_that_of_the_speeds() -> None:
    figures = georeference.measured(quick=True)
    assert figures["ratio_to_floor"] == pytest.approx(figures["points_per_s"] / figures["floor_points_per_s"], rel=0.01)


def test_the_floor_meets_the_ground_below_the_pixel() -> None:
    """The middle of a picture that looks down at 45 degrees from 60 m: 60 m away, where the camera points."""
    east, north = georeference.plane_hits(georeference.view(NO_DISTORTION), np.array([959.5]), np.array([539.5]))
    assert np.hypot(east, north)[0] == pytest.approx(60.0)
    assert np.degrees(np.arctan2(east, north))[0] == pytest.approx(30.0)


def test_other_places_than_the_floor_are_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    def shifted(*arguments: object) -> GroundPoints:
        points = ground_from_image(*arguments)  # type: ignore[arg-type]  # handed through
        points.east_m[0] += 0.01
        return points

    monkeypatch.setattr(georeference, "ground_from_image", shifted)
    with pytest.raises(StationError, match="different places"):
        georeference.measured(quick=True)


def test_both_links_read_every_message_of_a_made_flock() -> None:
    datagrams = link.flock(list(link.generated(0.5)))
    assert len({datagram.raw for datagram in datagrams}) == len(datagrams) > 8 * 60
    assert len({datagram.raw[5] for datagram in datagrams}) == link.VEHICLES
    for cost in link.costs(datagrams):
        assert cost.us > 0
        assert cost.read > len(datagrams) / 2


def test_a_reader_that_misses_messages_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = link.flock(list(link.generated(0.3)))

    def deaf(datagrams: Sequence[link.Datagram], ports: Sequence[int]) -> None:
        sent(datagrams[: len(datagrams) // 3], ports)

    sent = link.send
    monkeypatch.setattr(link, "send", deaf)
    with pytest.raises(StationError, match=r"station read \d+ of \d+ messages"):
        link.costs(whole)


@pytest.mark.data
def test_the_recorded_log_is_measured_too(shared: Path) -> None:
    streams = link.measured(quick=True)["streams"]
    assert set(streams) == {"generated", "recorded"}
    assert streams["recorded"]["messages"] > 0


def test_without_the_recordings_the_made_packets_stand_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSTATION_SHARED", str(tmp_path))
    assert set(link.measured(quick=True)["streams"]) == {"generated"}
