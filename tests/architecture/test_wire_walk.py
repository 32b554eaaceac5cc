"""Every field that leaves, from the worker and from the station, stands in `reviewed.toml` with its reason."""

from __future__ import annotations

import json
import tomllib
import typing
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

import vision.wire
from groundstation.instants import NS_PER_S
from groundstation.outbox import Outbox, Topic
from proofs.schema import is_of_a_person, leaves_of_documents, leaves_of_type
from tests.architecture.documents import UTC_NS, documents, live_texts
from tests.architecture.test_figures import module_from
from tests.groundstation.entrances import application

REVIEWED = tomllib.loads(Path(__file__).with_name("reviewed.toml").read_text(encoding="utf-8"))
KEYS_ARE_DATA = (
    "cameras[].seal",
    "cameras[].withheld_because",
    "cameras[].video_pose_refused",
    "cameras[].guest_detectors",
    "links[].refused",
)
NOT_OF_A_PERSON = {"features[].geometry.coordinates[]", "flows[].speed_m_s"}


def kinds(table: dict[str, str]) -> dict[str, str]:
    """Return path -> kind of a reviewed table; each line has its reason."""
    assert all(reason for line in table.values() for reason in [line.partition("; ")[2]]), table
    return {path: line.partition("; ")[0] for path, line in table.items()}


def sent(module: ModuleType) -> dict[str, dict[str, str]]:
    """Return what a module adds to the wire, walked down to its leaves: of `wire.py` all messages."""
    messages = typing.get_args(getattr(module, "Message", None))
    parts = messages or [part for name in REVIEWED["wire"] if (part := getattr(module, name, None)) is not None]
    return {part.__name__: dict(leaves_of_type(part)) for part in parts}


def wire_changes(found: dict[str, dict[str, str]]) -> Iterator[str]:
    """Yield each way in which the wire differs from what was reviewed."""
    for name, told in found.items():
        table = dict(REVIEWED["wire"].get(name, {}))
        listed = kinds({path: line for path, line in table.items() if path != "health.*"})
        if "health.*" in table:
            listed |= {f"health.{path}": kind for path, kind in kinds(REVIEWED["wire"]["WorkerHealth"]).items()}
        for path in sorted(told.keys() | listed.keys()):
            if told.get(path) != listed.get(path):
                yield f'{name}: "{path}" = "{told.get(path)}; ...", reviewed was {listed.get(path)}'


def test_every_field_of_the_wire_was_reviewed() -> None:
    found = sent(vision.wire)
    assert found.keys() == REVIEWED["wire"].keys()
    assert list(wire_changes(found)) == []


# path, what is written there in place of what: each is a way to let somebody out
MUTANTS = [
    ("vision/wire.py", "    seconds: float\n", "    seconds: float\n    boxes: tuple[float, ...]\n"),
    ("vision/wire.py", "    masked_share: float\n", "    masked_share: float\n    tracks: dict[str, int]\n"),
    ("vision/wire.py", "    sealed: bool\n", "    sealed: bool\n    thumbnail: bytes\n"),
    ("vision/wire.py", "    count_rate_hz: float\n", "    count_rate_hz: tuple[float, ...]\n"),
    ("vision/wire.py", "Message = Opened |", "Message = Order | Opened |"),
    ("vision/wire.py", "    detail: str\n", "    detail: CellCounts\n"),
    ("vision/frames.py", "    closed_because: str\n", "    closed_because: str\n    faces: int\n"),
    ("maps/cells.py", "    saturated: bool = False\n", "    saturated: bool = False\n    points: str = ''\n"),
    ("maps/cells.py", "    east_index: int\n", "    east_index: float\n"),
    ("maps/cells.py", "    source: str\n", "    source: str\n    ids: tuple[int, ...]\n"),
]


@pytest.mark.parametrize(("path", "old", "new"), MUTANTS)
def test_a_new_field_is_seen_until_it_is_reviewed(root: Path, path: str, old: str, new: str) -> None:
    text = (root / path).read_text(encoding="utf-8")
    assert old in text, f"{path} has changed; write this mutant anew"
    with module_from(path, text.replace(old, new, 1)) as mutant:
        assert list(wire_changes(sent(mutant)))


def listed_paths(name: str) -> dict[str, str]:
    """Return path -> kinds of a reviewed document."""
    listed = kinds(REVIEWED["document"][name])
    if listed.pop("maps[].*", None):
        listed |= {f"maps[].{path}": kind for path, kind in kinds(REVIEWED["document"]["density"]).items()}
    return listed


def unreviewed(name: str, served: list[Any]) -> Iterator[str]:
    """Yield each leaf of a document that was not reviewed, or is of another kind."""
    listed = listed_paths(name)
    for path, kind in leaves_of_documents(served, KEYS_ARE_DATA).items():
        if not set(kind.split(" or ")) <= set(listed.get(path, "").split(" or ")):
            yield f'{name}: "{path}" = "{kind}; ..." is served, reviewed was {listed.get(path)}'


def unserved(name: str, served: list[Any]) -> set[str]:
    """Return what was reviewed and is not served any more."""
    return listed_paths(name).keys() - leaves_of_documents(served, KEYS_ARE_DATA).keys()


@pytest.fixture(scope="module")
def served() -> dict[str, list[Any]]:
    return documents()


@pytest.mark.parametrize("name", REVIEWED["document"])
def test_every_field_of_a_document_was_reviewed(served: dict[str, list[Any]], name: str) -> None:
    assert list(unreviewed(name, served[name])) == []
    assert unserved(name, served[name]) == set()


def test_no_document_is_unreviewed(served: dict[str, list[Any]]) -> None:
    assert served.keys() == REVIEWED["document"].keys()


def test_a_new_key_is_seen_until_it_is_reviewed(served: dict[str, list[Any]]) -> None:
    changed = json.loads(json.dumps(served["density"][0]))
    changed["features"][0]["properties"]["points"] = [[2.352, 48.857]]
    assert [line for line in unreviewed("density", [changed]) if "points" in line]
    assert list(unreviewed("health", [{"cameras": [{"fps": "ten"}]}]))


def test_live_texts_are_the_same_documents(served: dict[str, list[Any]]) -> None:
    for text in live_texts(served):
        document = json.loads(text)
        name = document.pop("type")
        original = {key: part for key, part in served[name][0].items() if key != "type"}
        assert document == original


async def test_every_answer_of_the_web_is_a_reviewed_document(served: dict[str, list[Any]]) -> None:
    outbox = Outbox(("north",))
    clock_ns = UTC_NS + 60 * NS_PER_S
    async with TestClient(TestServer(application(outbox, clock=lambda: clock_ns), host="127.0.0.1")) as client:
        for filled in (False, True):
            for address, named in REVIEWED["addresses"].items():
                if (name := named.removeprefix("document.")) in served and name != "metrics":
                    async with client.get(address) as answer:
                        found = json.loads(await answer.read())
                    kind = name if filled or name in ("history", "timeline") else "error"
                    assert list(unreviewed(kind, [found])) == []
            put_all(outbox, served)


def put_all(outbox: Outbox, served: dict[str, list[Any]]) -> None:
    """Lay one document of each kind on the shelf."""
    for topic in Topic:
        outbox.put(topic, served[topic.value][0])
    outbox.public = served["public"][0]
    outbox.check = served["check"][0]
    outbox.history.put(UTC_NS, served["density"][0])


def test_no_field_is_of_a_person() -> None:
    tables = [*REVIEWED["wire"].values(), *REVIEWED["document"].values()]
    named = {path for table in tables for path in table}
    assert {path for path in named - NOT_OF_A_PERSON if is_of_a_person(path)} == set()


def test_every_address_was_reviewed() -> None:
    served_at = {resource.canonical for resource in application(Outbox(("north",)), clock=lambda: 0).router.resources()}
    assert served_at == REVIEWED["addresses"].keys()
