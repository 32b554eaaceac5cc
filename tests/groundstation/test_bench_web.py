"""The benchmark `web`: its clock, its readers, its browser, and what it must see when a web is slow."""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from groundstation.density_feed import DensityFeed
from groundstation.errors import StationError
from groundstation.instants import text_from_utc_ns
from proofs.web import clients, clock, command, film, load, paper_map
from proofs.web.film import Film
from vision.frames import FrameMaker, Media, RedactedFrame

PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
FEW = load.Plan(sizes=(0, 2, 4, 8), viewers=2, cells=64, seconds=2.0)
SOME_FILM = Film(fps=25.0, init=b"head", fragments=(b"key" * 100, b"next" * 50, b"last" * 50))


def levels_of(picture: np.ndarray[Any, Any]) -> list[float]:
    """Read the middle of each block."""
    step, middle = clock.BLOCK_PX, clock.BLOCK_PX // 2
    rows = clock.TOP_PX + middle + step * np.arange(clock.ROWS)
    columns = clock.LEFT_PX + middle + step * np.arange(clock.COLUMNS)
    return [float(level) for level in picture[np.ix_(rows, columns)].ravel()]


@given(utc_ms=st.integers(0, 2**45), age_ms=st.integers(-1000, 3_600_000))
def test_the_clock_in_a_picture_tells_its_age(utc_ms: int, age_ms: int) -> None:
    picture = np.full((720, 1280), 140, np.uint8)
    clock.draw(picture, utc_ms)
    assert clock.age_ms(levels_of(picture), utc_ms + age_ms) == age_ms


@given(utc_ms=st.integers(0, 2**45), place=st.integers(0, 31))
def test_a_clock_that_is_partly_masked_or_wrong_is_not_read(utc_ms: int, place: int) -> None:
    picture = np.full((720, 1280), 140, np.uint8)
    clock.draw(picture, utc_ms)
    levels = levels_of(picture)
    masked, wrong = levels.copy(), levels.copy()
    masked[place] = 143.0
    wrong[place] = clock.DARK + clock.LIGHT - wrong[place]
    assert clock.age_ms(masked, utc_ms) is None
    assert clock.age_ms(wrong, utc_ms) is None
    assert clock.age_ms(levels[:-1], utc_ms) is None


@given(data=st.binary(max_size=64), utc_ns=st.integers(0, 2**63))
def test_a_fragment_says_when_it_was_handed_over(data: bytes, utc_ns: int) -> None:
    assert film.stamp_of(film.stamped(data, utc_ns)) == utc_ns
    assert film.stamp_of(data + b"no stamp") is None


def test_a_film_goes_through_a_file_and_begins_again(tmp_path: Path) -> None:
    film.write(SOME_FILM, tmp_path / "film.json")
    again = film.read(tmp_path / "film.json")
    assert again == SOME_FILM
    frames = again.frames("north")
    keys = [next(frames).keyframe for _ in range(7)]
    assert keys == [True, False, False, True, False, False, True]


def shown(keyframe: bool) -> RedactedFrame:
    return RedactedFrame(
        source="bench", utc_ns=0, sequence=0, width_px=64, height_px=64, media=Media.FMP4_FRAGMENT, keyframe=keyframe,
        closed_because="", data=b"k" if keyframe else b"x", made_by=FrameMaker.WIRE,
    )  # fmt: skip


def test_a_film_is_cut_between_keyframes() -> None:
    run = [shown(key) for key in (False, True, False, False, True, False)]
    assert film._between_keyframes(run) == (b"k", b"x", b"x")
    with pytest.raises(StationError, match="1 keyframes; two are needed"):
        film._between_keyframes(run[:4])


def test_maps_on_paper_hold_every_cell_and_change() -> None:
    place = paper_map.place_of(10)
    first, second = paper_map.maps_of(place, 2, utc_ns=time.time_ns())
    assert len(first["features"]) == len(second["features"]) == 100
    feed = DensityFeed()
    feed.put(first, is_followed=False)
    whole = feed.keyframe()
    feed.put(second, is_followed=True)
    assert 10 < len(json.loads(feed.delta())["changed"]["people"][0]) <= 100
    made_ns = clients.map_stamp_ns(whole)
    assert made_ns is not None
    assert clients.map_stamp_ns(feed.delta()) == made_ns + 1_000_000_000
    assert clients.map_stamp_ns(json.dumps({**first, "type": "density"}, separators=(",", ":"))) == made_ns
    assert clients.map_stamp_ns('{"utc":"2026-11-23T00:00:00Z","alerts":[],"type":"alerts"}') is None


def test_growth_tells_a_line_from_a_parabola() -> None:
    sizes = [0, 50, 100, 200]
    straight = load.growth_figures(sizes, [0.1 + 0.001 * size for size in sizes])
    assert (straight["cpu_ms_per_reader"], straight["growth"]) == (1.0, 1.0)
    assert load.growth_figures(sizes, [0.1 + 1e-5 * size**2 for size in sizes])["growth"] == 2.0 > load.LINEAR
    assert load.growth_figures(sizes, [0.1] * 4)["growth"] == 0.0


def got(late_ms: list[float], *, least: int = 9, ended: int = 0) -> dict[str, Any]:
    of = {"late_ms": late_ms, "messages": 90, "payload_bytes": 9000, "least": least, "ended": ended}
    return {"seconds": 10.0, "steps": of}


def test_whoever_is_late_or_left_out_is_seen() -> None:
    def reached(**more: Any) -> bool:
        return bool(load.reader_figures(got([5.0, 7.0, 999.0], **more), "steps", 9, rate_hz=1.0)["reached"])

    assert reached()
    assert not reached(least=8)
    assert not reached(ended=1)
    late = load.reader_figures(got([5.0] * 9 + [1001.0]), "steps", 9, rate_hz=1.0)
    assert (late["late_share"], late["max_ms"], late["reached"]) == (0.1, 1001.0, False)
    nothing = load.reader_figures(got([], least=0), "steps", 9, rate_hz=1.0)
    assert (nothing["late_share"], nothing["p50_ms"], nothing["missed"], nothing["reached"]) == (1.0, None, 9, False)


@asynccontextmanager
async def telling(late_s: float) -> AsyncIterator[str]:
    """A server whose maps come late, once in 50 ms."""

    async def live(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        while not socket.closed:
            made = text_from_utc_ns(time.time_ns() - round(late_s * 1e9))
            await socket.send_str(f'{{"type":"density_delta","utc":"{made}"}}')
            await asyncio.sleep(0.05)
        return socket

    app = web.Application()
    app.router.add_get("/api/v1/live", live)
    async with TestServer(app, host="127.0.0.1") as server:
        yield str(server.make_url("/"))


@pytest.mark.parametrize("late_s", [0.0, 1.5])
async def test_readers_see_how_late_a_map_is(late_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "SETTLES_S", 0.1)
    async with telling(late_s) as address:
        seen = await clients.watched(address, {"steps": 3}, seconds=0.5)
    assert seen["steps"]["least"] >= 3
    assert 1e3 * late_s <= np.median(seen["steps"]["late_ms"]) < 1e3 * late_s + 900
    assert load.reader_figures(seen, "steps", 3, rate_hz=1.0)["reached"] is (late_s == 0.0)


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Those of a few readers of the real programs."""
    path = tmp_path_factory.mktemp("web") / "film.json"
    film.write(SOME_FILM, path)
    return asyncio.run(load.measured(FEW, path, SOME_FILM.fps))


def test_station_and_floor_send_the_same_to_every_reader(figures: dict[str, Any]) -> None:
    assert figures["late_reached"], figures
    for prefix in ("", "floor_"):
        assert figures[f"{prefix}steps"]["readers"] == 8
        assert figures[f"{prefix}steps"]["messages_per_s"] >= 8 * 5
        assert figures[f"{prefix}video"]["messages_per_s"] >= 2 * 15
    assert figures["steps"]["bytes_per_s"] == pytest.approx(figures["floor_steps"]["bytes_per_s"], rel=0.3)
    assert figures["whole"]["bytes_per_s"] > 1.5 * figures["steps"]["bytes_per_s"]


def names_in(figures: dict[str, Any]) -> set[str]:
    nested = [names_in(value) for value in figures.values() if isinstance(value, dict)]
    return set(figures).union(*nested)


def test_every_figure_of_load_is_explained(figures: dict[str, Any]) -> None:
    explained = set(re.findall(r"`([a-z0-9_]+)`", PAGE.read_text(encoding="utf-8")))
    assert names_in(figures) <= explained


def test_without_a_browser_the_rest_is_measured_and_one_line_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def loaded(*, quick: bool) -> dict[str, Any]:
        return {"quick": quick}

    monkeypatch.setattr(command, "_load", loaded)
    monkeypatch.setattr(command, "program", lambda: None)
    told = command.measured(quick=True)
    assert told == {"load": {"quick": True}, "missing": "no Chromium on the PATH; on Debian: apt install chromium"}
    assert capsys.readouterr().err == f"bench: {told['missing']}\n"
