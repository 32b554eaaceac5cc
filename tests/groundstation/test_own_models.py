"""`models add|list|remove` and `[models]`: a network is tried behind the seal, kept, listed, told to the workers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx", reason="small networks are made with onnx, which set-up brings")

from groundstation.__main__ import main
from groundstation.errors import BadInputError
from groundstation.flight import FlightFiles, file_order, load_flight
from groundstation.guest_causes import GUEST_SAYS, guests_say
from groundstation.guest_store import manifests
from groundstation.settings import settings_from_table
from sitl.training.command import EXAMPLE
from tests.groundstation.test_health import document, health, running
from tests.vision.guest_networks import Floats, network, raw
from vision.encode import jpeg
from vision.models.store import sha256_of

FINDS = network(raw((100, 100, 40, 60, 1, 0.9)))
FIXED = {"name": "north", "video": "clip.mp4", "file": "north.toml"}
BLACK = np.zeros((240, 320), np.uint8)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path / "data" / "groundstation" / "models"


@pytest.fixture
def truth(tmp_path: Path) -> list[str]:
    """Two pictures with a person where the network finds one, and one where it does not."""
    (tmp_path / "images").mkdir()
    lines = []
    for name, box in (("a.jpg", [80, 70, 40, 60, "person"]), ("b.jpg", [200, 20, 20, 40, "person"])):
        (tmp_path / "images" / name).write_bytes(jpeg(BLACK))
        lines.append(json.dumps({"image": name, "width": 320, "height": 240, "boxes": [box]}) + "\n")
    (tmp_path / "truth.jsonl").write_text("".join(lines))
    return ["--truth", str(tmp_path / "truth.jsonl"), "--images", str(tmp_path / "images")]


def added(folder: Path, data: bytes, *words: str) -> int:
    (folder / "best.onnx").write_bytes(data)
    return main(["models", "add", str(folder / "best.onnx"), *words])


def rows(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    main(["models", "list", "--json"])
    return {row["key"]: row for row in json.loads(capsys.readouterr().out)}


def test_a_network_is_added_with_its_card_listed_and_removed(
    tmp_path: Path, home: Path, truth: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert added(tmp_path, FINDS, "--name", "festival", *truth) == 0
    assert "festival: masks person, head from 0.1 on; licence AGPL-3.0" in capsys.readouterr().out
    row = rows(capsys)["festival"]
    assert (row["sha256"], row["licence"], row["in_place"]) == (sha256_of(FINDS), "AGPL-3.0", True)
    assert row["measured"] == "recall 50.0%, precision 50.0% of 2 people in 2 pictures (truth.jsonl)"
    assert [each["n"] for each in row["figures"]["by_height_px"] if each["n"]] == [1, 1]
    assert row["classes"] == ["person", "head"]
    assert Path(row["file"]).parent == home
    assert main(["models", "remove", "festival"]) == 0
    assert "festival" not in rows(capsys)
    assert list(home.iterdir()) == []
    assert main(["models", "remove", "festival"]) == 2


def test_without_a_truth_it_is_tried_on_rendered_people(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert EXAMPLE  # the room that renders is there
    assert added(tmp_path, FINDS, "--licence", "MIT", "--json") == 0
    row = json.loads(capsys.readouterr().out)
    assert (row["key"], row["licence"], row["measured"]) == ("best", "MIT", "not measured")
    assert added(tmp_path, network(raw()), "--name", "blind") == 2
    assert "finds nobody in 6 pictures" in capsys.readouterr().err
    assert list(manifests(home)) == ["best"]


@pytest.mark.parametrize(
    ("output", "words", "says"),
    [
        (np.zeros((1, 9, 50), np.float32), [], r"(1, 9, 50), expected (1, 7, places)"),
        (np.full((1, 7, 50), np.nan, np.float32), [], "not finite"),
        (raw((160, 160, 320, 320, 1, 0.9)), [], "in a picture of black it finds 1 people over 100% of it"),
        (raw(), ["--class", "dog"], "--class dog: it has no such class; it has bag, person, head"),
    ],
)
def test_a_network_that_may_not_be_a_guest_is_one_line_and_nothing_is_kept(
    output: Floats, words: list[str], says: str, tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert added(tmp_path, network(output), *words) == 2
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("groundstation:")]
    assert len(told) == 1
    assert says in told[0]
    assert "best.onnx: " in told[0]
    assert not home.exists()


def test_a_truth_of_nobody_measures_nothing(
    tmp_path: Path, truth: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    nobody = {"image": "a.jpg", "width": 320, "height": 240, "boxes": []}
    (tmp_path / "truth.jsonl").write_text(json.dumps(nobody) + "\n")
    assert added(tmp_path, FINDS, *truth) == 2
    assert "marks nobody in 1 pictures" in capsys.readouterr().err


# it is told to the workers


def test_settings_name_detectors_and_the_station_reads_them(tmp_path: Path) -> None:
    added(tmp_path, FINDS, "--name", "festival", "--folder", str(tmp_path / "own"))
    table = {"camera": [FIXED], "models": {"extra": ["festival"], "folder": "own"}}
    (guest,) = settings_from_table(table, path=tmp_path / "station.toml").models.guests()
    assert (guest.name, guest.sha256, guest.class_ids) == ("festival", sha256_of(FINDS), (1, 2))
    table["models"] = {"extra": ["carnival"], "folder": "own"}
    with pytest.raises(BadInputError, match=r"no detector 'carnival' \(there: festival\)"):
        settings_from_table(table, path=tmp_path / "station.toml").models.guests()


@pytest.mark.parametrize(
    ("models", "says"),
    [
        ({"extra": ["a", "a"]}, "expected each one once, at most 4"),
        ({"extra": ["a", "b", "c", "d", "e"]}, "at most 4"),
        ({"extra": "festival"}, "models.extra: found 'festival', expected a list"),
        ({"extras": ["a"]}, "models.extras: unknown setting"),
    ],
)
def test_a_wrong_table_is_one_line(models: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInputError, match=says):
        settings_from_table({"camera": [FIXED], "models": models}, path=Path("station.toml"))


def test_a_recordings_worker_is_told_of_them(tmp_path: Path) -> None:
    added(tmp_path, FINDS, "--name", "festival")
    (tmp_path / "clip.mp4").write_bytes(b"x")
    flight = load_flight(FlightFiles(video=tmp_path / "clip.mp4", extra_models=("festival",)))
    assert [guest.name for guest in file_order(flight, counts=False).guests] == ["festival"]


def test_health_names_what_is_wrong_with_them() -> None:
    status = running()
    status.take(replace(health("open"), guest_detectors={"festival": "", "second": "guest_detector_late"}), 3)
    told = document(status)
    assert told["guest_detectors"] == {"festival": "", "second": "guest_detector_late"}
    assert told["guests_say"] == f"second: {GUEST_SAYS['guest_detector_late']}"
    assert guests_say({"festival": ""}) is None
