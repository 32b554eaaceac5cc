"""The map in steps: whoever follows holds what those hold who get it whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from unittest.mock import patch

import pytest
from aiohttp import ClientSession
from hypothesis import given
from hypothesis import strategies as st

from groundstation.density_feed import AGE_OFF_S, DELTA, KEYFRAME, DensityFeed
from groundstation.instants import utc_ns_from_text
from groundstation.outbox import MAX_LIVE_READERS, Outbox, Topic
from groundstation.web.application import served
from tests.groundstation.entrances import application

Document = dict[str, Any]


def feature(cell: int, **properties: Any) -> Document:
    ring = [[cell, 0.0], [cell + 1, 0.0], [cell + 1, 1.0], [cell, 0.0]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    named = {"cell": f"5/{cell}/0", "people": 5.0, "age_s": 0.4, "sources": ["north"], **properties}
    return {"type": "Feature", "geometry": geometry, "properties": named}


def whole(second: int, *features: Document, **more: Any) -> Document:
    utc = f"2026-11-23T10:{second // 60:02d}:{second % 60:02d}Z"
    return {"type": "FeatureCollection", "utc": utc, "people": 12.0, "flows": [], **more, "features": [*features]}


class Follower:
    """Holds the map as a reader of steps does."""

    def __init__(self) -> None:
        self.seq = 0
        self.cells: list[Document] = []
        self.seen_s: list[float | None] = []
        self.top: Document = {}

    def hear(self, text: str) -> None:
        message = json.loads(text)
        if message["type"] == KEYFRAME:
            self.cells, self.seen_s = [], []
            gone, changed, added = [], {}, message.pop("features")
        else:
            assert message["seq"] == self.seq + 1
            gone, changed, added = (message.pop(name) for name in ("gone", "changed", "added"))
        utc_s = utc_ns_from_text(message["utc"]) / 1e9
        stay = [place for place in range(len(self.cells)) if place not in set(gone)]
        self.cells, self.seen_s = [self.cells[n] for n in stay], [self.seen_s[n] for n in stay]
        for name, (places, values) in changed.items():
            for place, value in zip(places, values, strict=True):
                self.cells[place]["properties"][name] = value
                if name == "age_s":
                    self.seen_s[place] = None if value is None else utc_s - value
        for one in added:
            age_s = one["properties"].get("age_s")
            self.cells.append(one)
            self.seen_s.append(None if age_s is None else utc_s - age_s)
        self.seq, self.top = message["seq"], message
        for cell, seen_s in zip(self.cells, self.seen_s, strict=True):
            cell["properties"]["age_s"] = None if seen_s is None else utc_s - seen_s

    def holds(self, document: Document) -> None:
        """Assert that it holds a published map."""
        by_name = {cell["properties"]["cell"]: cell for cell in self.cells}
        assert len(by_name) == len(self.cells) == len(document["features"])
        for told in document["features"]:
            held = by_name[told["properties"]["cell"]]
            assert held["geometry"] == told["geometry"]
            age_s, held_age_s = told["properties"]["age_s"], held["properties"]["age_s"]
            assert held_age_s == (age_s if age_s is None else pytest.approx(age_s, abs=AGE_OFF_S + 1e-5))
            assert {**held["properties"], "age_s": age_s} == told["properties"]
        top = {name: value for name, value in document.items() if name not in ("features", "type")}
        assert top == {name: value for name, value in self.top.items() if name not in ("type", "seq")}


cells = st.dictionaries(
    st.integers(0, 6),
    st.fixed_dictionaries(
        {"people": st.sampled_from([None, 1.0, 2.5]), "age_s": st.none() | st.integers(0, 300).map(lambda n: n / 10)},
        optional={"people_mean": st.just(2.0)},
    ),
)


@given(st.lists(cells, min_size=1, max_size=12))
def test_steps_lead_to_the_same_map(crowds: list[dict[int, Document]]) -> None:
    feed, follower = DensityFeed(), Follower()
    for second, crowd in enumerate(crowds):
        document = whole(second, *(feature(cell, **properties) for cell, properties in crowd.items()))
        feed.put(document, is_followed=second > 0)
        assert feed.has_delta == (second > 0)
        follower.hear(feed.delta() if feed.has_delta else feed.keyframe())
        follower.holds(document)
        late = Follower()
        late.hear(feed.keyframe())
        late.holds(document)


def test_what_stays_as_it_was_and_only_ages_is_not_told_again() -> None:
    feed = DensityFeed()
    feed.put(whole(0, feature(0), feature(1)), is_followed=False)
    feed.keyframe()
    feed.put(whole(1, feature(0, age_s=1.4), feature(1, people=6.0)), is_followed=True)
    step = json.loads(feed.delta())
    assert step["changed"] == {"people": [[1], [6.0]], "age_s": [[1], [0.4]]}
    assert (step["gone"], step["added"], step["seq"]) == ([], [], 2)


async def test_a_slow_reader_gets_the_newest_map_whole_and_no_queue() -> None:
    outbox = Outbox(())
    with outbox.live_reader(in_steps=True) as slow, outbox.live_reader(in_steps=True) as quick:
        follower = Follower()
        for second in range(20):
            outbox.put(Topic.DENSITY, whole(second, feature(0, people=float(second))))
            for text in await quick.texts():
                assert json.loads(text)["type"] == (KEYFRAME if second == 0 else DELTA)
                follower.hear(text)
        (late,) = await slow.texts()
        assert (json.loads(late)["type"], json.loads(late)["seq"]) == (KEYFRAME, 20)
        outbox.put(Topic.DENSITY, whole(20, feature(1)))
        for reader in (slow, quick):
            (text,) = await reader.texts()
            assert json.loads(text)["type"] == DELTA
        follower.hear(text)
        follower.holds(whole(20, feature(1)))
        quick.ask_anew()
        (again,) = await quick.texts()
        assert json.loads(again)["type"] == KEYFRAME


async def test_two_hundred_readers_cost_one_text_an_update() -> None:
    outbox = Outbox(())
    opened = [outbox.live_reader(in_steps=number % 2 == 0) for number in range(200)]
    assert len(opened) <= MAX_LIVE_READERS
    readers = [one.__enter__() for one in opened]
    outbox.put(Topic.DENSITY, whole(0, feature(0)))
    for reader in readers:
        await reader.texts()
    with patch.object(json, "dumps", wraps=json.dumps) as dumps:
        outbox.put(Topic.DENSITY, whole(1, feature(0, people=6.0)))
        texts = [(await reader.texts())[0] for reader in readers]
        assert dumps.call_count == 2  # the whole map, and the step to it
    assert len({id(text) for text in texts}) == 2


@pytest.fixture
async def address() -> AsyncIterator[tuple[Outbox, str]]:
    outbox = Outbox(())
    async with served(application(outbox, clock=lambda: 0), host="127.0.0.1", port=0) as at:
        yield outbox, f"{at}api/v1/live"


async def test_the_socket_sends_steps_to_who_asks_and_whole_maps_to_who_does_not(address: tuple[Outbox, str]) -> None:
    outbox, at = address
    outbox.put(Topic.DENSITY, whole(0, feature(0)))
    async with (
        ClientSession() as session,
        session.ws_connect(f"{at}?density=steps") as steps,
        session.ws_connect(at) as plain,
    ):
        assert (await steps.receive_json(timeout=5))["type"] == KEYFRAME
        assert await plain.receive_json(timeout=5) == {**whole(0, feature(0)), "type": "density"}
        outbox.put(Topic.DENSITY, whole(1, feature(0, people=6.0)))
        assert (await steps.receive_json(timeout=5))["changed"]["people"] == [[0], [6.0]]
        assert (await plain.receive_json(timeout=5))["type"] == "density"
        await steps.send_str("density")
        anew = await steps.receive_json(timeout=5)
        assert (anew["type"], anew["seq"]) == (KEYFRAME, 2)
        await plain.send_str("density")
        with pytest.raises(asyncio.TimeoutError):
            await plain.receive(timeout=0.1)
    async with ClientSession() as session, session.get(f"{at}?density=parts") as answer:
        assert answer.status == 400
        assert "use whole or steps" in (await answer.json())["error"]
