"""The benchmark `web` in a real Chromium: what it reads off the page, and what must not slip by it."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from groundstation.__main__ import main
from groundstation.benchmarks.clips import SMALL_PX, rendered
from groundstation.errors import StationError
from proofs.web import chromium, command, paint, screen, updates
from proofs.web.children import station
from proofs.web.chromium import Chromium, Heard
from proofs.web.updates import MARK, TASK, Task

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
T = TypeVar("T")

pytestmark = pytest.mark.browser


def in_browser(work: Callable[[Chromium], Awaitable[T]]) -> T:
    path = chromium.program()
    if path is None:
        pytest.skip(chromium.MISSING)

    async def run() -> T:
        async with chromium.running(path) as started:
            return await work(started)

    return asyncio.run(run())


def explained() -> set[str]:
    return set(re.findall(r"`([a-z0-9_]+)`", PAGE.read_text(encoding="utf-8")))


def test_paint_and_weight_of_a_page_that_asks_nobody_else() -> None:
    figures, heard = in_browser(lambda started: paint.measured(started, runs=1))
    assert 0.05 < figures["floor_paint_s"] <= figures["paint_s"] < 20
    assert 100_000 < figures["wire_bytes"] < figures["decoded_bytes"]
    assert figures["weight_reached"]
    clean = command.clean_figures(heard)
    assert (clean["outside_requests"], clean["console_errors"], clean["pages"]) == (0, 0, 1), clean
    assert set(figures) | set(clean) <= explained()


def test_what_a_page_asks_elsewhere_or_complains_of_is_counted() -> None:
    async def misbehave(started: Chromium) -> Heard:
        async with station("proofs.web.station", "--cells", "16") as (_, address), started.page() as page:
            await page.ask("Page.navigate", url=address)
            await page.until("document.readyState === 'complete'", within_s=20)
            await page.evaluate("console.error('a complaint'); fetch('http://127.0.0.1:9/x').catch(() => 0)")
            await page.evaluate("setTimeout(() => { throw new Error('a fault'); }); fetch('/nothing').then(() => 0)")
            await asyncio.sleep(0.5)
            page.heard.keep_outside(address)
            return page.heard

    clean = command.clean_figures([in_browser(misbehave)])
    assert clean["console_errors"] >= 3, clean
    assert not clean["reached"]


def test_requests_to_another_address_are_kept() -> None:
    own = ["http://127.0.0.1:1/x", "ws://127.0.0.1:1/y", "blob:http://127.0.0.1:1/z", "data:,"]
    heard = Heard(requests=[*own, "https://example.org/a"])
    heard.keep_outside("http://127.0.0.1:1/")
    assert heard.requests == ["https://example.org/a"]


def test_updates_of_a_small_map(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "CELLS", 400)
    figures, _ = in_browser(lambda started: updates.measured(started, quick=True))
    assert figures["cells"] == 400
    assert 0 < figures["longest_task_p50_ms"] <= figures["blocked_p50_ms"] <= figures["blocked_p95_ms"]
    assert set(figures) <= explained()


def test_an_update_is_all_tasks_up_to_the_next_one() -> None:
    tasks = [Task(second + at, lasts) for second in range(5) for at, lasts in ((0.0, 0.08), (0.1, 0.03))]
    tasks += [Task(5.5, 0.014), Task(9.9, 1.0)]
    figures = updates.figures_of(tasks, [second + 0.05 for second in range(5)])
    assert (figures["updates"], figures["blocked_p50_ms"], figures["longest_task_p50_ms"]) == (4, 110.0, 80.0)
    assert figures["floor_ms"] == 4.0
    assert not figures["blocked_reached"]
    with pytest.raises(StationError, match="three are the least"):
        updates.figures_of(tasks, [0.05, 1.05])


def test_tasks_are_those_of_the_thread_that_shows_the_map() -> None:
    def task(tid: int, ts: int) -> dict[str, Any]:
        return {"name": TASK, "ph": "X", "pid": 1, "tid": tid, "ts": ts, "dur": 500}

    mark = {"name": MARK, "ph": "I", "pid": 1, "tid": 7, "ts": 2_000_100}
    tasks, marks_s = updates.main_thread([task(7, 2_000_000), task(8, 1_000_000), mark, task(7, 1_000_000)])
    assert [one.begins_s for one in tasks] == [1.0, 2.0]
    assert marks_s == [2.0001]
    with pytest.raises(StationError, match="no update"):
        updates.main_thread([task(7, 0)])


def test_the_clock_is_read_off_a_real_screen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "SETTLES_S", 1.0)
    clip = rendered(tmp_path, SMALL_PX, 3)

    async def watch(started: Chromium) -> screen.Seen:
        async with station("proofs.web.bare_video", clip.video, "--fps", "10") as (_, address), started.page() as page:
            return await screen._watched(page, address, 3.0)

    seen = in_browser(watch)
    assert len(seen.ages_ms) > 5
    assert len(seen.ages_ms) > 5 * seen.unread
    assert all(0 < age_ms < 5000 for age_ms in seen.ages_ms)
    assert all(0 < age_ms < 10_000 for age_ms in seen.shot_ages_ms)


def test_clocks_that_cannot_be_read_are_no_result() -> None:
    seen = screen.Seen(ages_ms=[100.0] * 6, unread=4, shot_ages_ms=[150.0])
    figures = screen.figures_of(seen, seen, {"gate": "open", "latency_ms": 60.0, "sealed": True}, 1.0)
    assert (figures["p50_ms"], figures["reached"], figures["unread"], figures["shown_fps"]) == (100.0, True, 4, 10.0)
    assert set(figures) <= explained()
    masked = screen.Seen(ages_ms=[100.0] * 4, unread=6, shot_ages_ms=[])
    with pytest.raises(StationError, match=r"4 of 10 clocks on screen can be read \(gate: stale_pose\)"):
        screen.figures_of(masked, seen, {"gate": "stale_pose"}, 1.0)


@pytest.mark.soak
@pytest.mark.model
@pytest.mark.timeout(600)
def test_the_whole_benchmark_quickly(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--only", "web", "--quick", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)["web"]
    assert {"load", "paint", "updates", "video", "clean"} < set(figures)
    assert figures["clean"]["reached"], figures["clean"]
    assert figures["video"]["sealed"]
