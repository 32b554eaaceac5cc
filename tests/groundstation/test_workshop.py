"""The workshop: ultralytics runs locked in and told to be silent, and its faults are one line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from groundstation.__main__ import main
from groundstation.errors import BadInputError, RefusedError
from groundstation.running import running, station_runs
from groundstation.workshop import training
from groundstation.workshop.adding import Wanted, added
from groundstation.workshop.process import done_by_child, python_with_ultralytics
from groundstation.workshop.training import Lesson, trained
from groundstation.workshop.training_data import training_data
from tests.groundstation.fake_ultralytics import python_with
from vision import landlock
from vision.syscalls import this_machine

LOCKS = landlock.version() > 0 and this_machine() is not None
needs_lock = pytest.mark.skipif(not LOCKS, reason="needs a kernel that can lock a process in")
SILENT = {"YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false"}


def task(folder: Path, **more: Any) -> dict[str, Any]:
    (folder / "work").mkdir()
    return {"folder": str(folder / "work"), "readable": [str(folder / "packages")], "trusted": False, **more}


def export(folder: Path, text: str, **more: Any) -> dict[str, Any]:
    python = python_with(folder)
    (folder / "best.pt").write_text(text)
    told = task(folder, task="export", model=str(folder / "best.pt"), imgsz=320, **more)
    told["readable"].append(str(folder / "best.pt"))
    done_by_child(python, told, environment={"PATH": "/usr/bin:/bin"}, shows=False, within_s=60)
    return dict(json.loads((folder / "work" / "model.onnx").read_text()))


def is_silent(note: dict[str, Any], folder: str) -> None:
    assert note["environment"] == {**SILENT, "YOLO_CONFIG_DIR": folder, "HOME": folder}
    assert note["settings"] == {"sync": False, "wandb": False, "runs_dir": "x"}
    assert (note["network"], note["outside"]) == ("PermissionError", "PermissionError")
    assert note["cwd"] == folder


@needs_lock
def test_an_export_is_locked_in_and_nobody_is_told_of_it(tmp_path: Path) -> None:
    note = export(tmp_path, "weights")
    is_silent(note, str(tmp_path / "work"))
    assert (note["format"], note["imgsz"], note["nms"], note["dynamic"]) == ("onnx", 320, False, False)


@needs_lock
@pytest.mark.parametrize(
    ("text", "says"), [("task pose", "only `detect` is taken"), ("breaks", "ultralytics failed: RuntimeError: cannot")]
)
def test_what_cannot_be_exported_is_one_line(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=says) as caught:
        export(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_where_a_process_cannot_be_locked_in_nothing_is_opened_unless_the_user_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unlocked = tmp_path / "root" / "vision"
    unlocked.mkdir(parents=True)
    (unlocked / "__init__.py").touch()
    (unlocked / "lifeline.py").write_text("def end_with_the_station(): pass")
    (unlocked / "seal.py").write_text("def locked_in(readable, writable): return 'Landlock is not available'")
    monkeypatch.setattr("groundstation.workshop.process.ROOT", tmp_path / "root")
    (tmp_path / "no").mkdir()
    with pytest.raises(BadInputError, match=r"cannot lock the process in \(Landlock is not available\).*--trust"):
        export(tmp_path / "no", "weights")
    assert not (tmp_path / "no" / "work" / "model.onnx").exists()
    (tmp_path / "yes").mkdir()
    assert export(tmp_path / "yes", "weights", trusted=True)["network"] == "open"


def test_a_missing_ultralytics_says_how_to_bring_it(tmp_path: Path) -> None:
    python = python_with(tmp_path, has_ultralytics=False)
    for given in (python, tmp_path / "none"):
        with pytest.raises(BadInputError, match="make ultralytics") as caught:
            python_with_ultralytics(given)
        assert "\n" not in str(caught.value)


def wanted(folder: Path, **changes: Any) -> Wanted:
    parts: dict[str, Any] = {
        "file": folder / "best.pt", "name": None, "classes": (), "licence": None, "truth": None, "images": None,
        "mask_score": 0.1, "imgsz": 640, "folder": folder / "models", "python": None, "trusted": False,
    }  # fmt: skip
    return Wanted(**{**parts, **changes})


@needs_lock
def test_an_exported_file_goes_behind_the_seal_and_is_refused_there(tmp_path: Path) -> None:
    (tmp_path / "best.pt").write_text("weights")
    with pytest.raises(BadInputError, match=r"best\.pt: the detector's file is no network that runs here.*export it"):
        added(wanted(tmp_path, python=python_with(tmp_path)), utc_ns=0)
    assert not (tmp_path / "models").exists()


@needs_lock
def test_an_export_that_points_elsewhere_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "best.pt").write_text("links")
    with pytest.raises(BadInputError, match=r"best\.pt: is no network of up to"):
        added(wanted(tmp_path, python=python_with(tmp_path)), utc_ns=0)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("groundstation.workshop.adding.MOST_BYTES", 3)
    (tmp_path / "best.onnx").write_bytes(b"junk")
    with pytest.raises(BadInputError, match="export a smaller one"):
        added(wanted(tmp_path, file=tmp_path / "best.onnx"), utc_ns=0)


@pytest.mark.parametrize(
    ("name", "changes", "says"),
    [
        ("best.txt", {}, "expected a .pt of ultralytics or an .onnx"),
        ("none.onnx", {}, "is not there"),
        ("best.onnx", {"name": "A b"}, "small letters"),
        ("best.onnx", {"name": "person"}, "of the station's own"),
        ("best.onnx", {"truth": Path("none.jsonl")}, "is not there"),
        ("best.onnx", {"images": Path()}, "--truth and --images go together"),
    ],
)
def test_wrong_arguments_are_one_line(name: str, changes: dict[str, Any], says: str, tmp_path: Path) -> None:
    for there in ("best.txt", "best.onnx"):
        (tmp_path / there).write_bytes(b"junk")
    with pytest.raises(BadInputError, match=says):
        added(wanted(tmp_path, file=tmp_path / name, **changes), utc_ns=0)


# training


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lesson:
    monkeypatch.setattr(training, "station_runs", lambda: False)
    rendered = tmp_path / "rendered"
    (rendered / "images").mkdir(parents=True)
    lines = []
    for number in range(16):
        (rendered / "images" / f"{number}.jpg").write_bytes(b"picture")
        boxes = [[90, 10, 20, 40, "person"], [1, 1, 5, 5, "bicycle"], [200, 10, 5, 5, "person"]]
        lines.append(json.dumps({"image": f"{number}.jpg", "width": 100, "height": 50, "boxes": boxes}) + "\n")
    (rendered / "truth.jsonl").write_text("".join(lines))
    (tmp_path / "base.pt").write_text("weights")
    return Lesson(
        data=rendered, base=tmp_path / "base.pt", out=tmp_path / "out.pt", epochs=2, imgsz=320, batch=4, device="cpu",
        seed=1, python=python_with(tmp_path), trusted=False,
    )  # fmt: skip


def note_of(lesson: Lesson) -> dict[str, Any]:
    trained(lesson)
    return dict(json.loads(lesson.out.read_text()))


@needs_lock
def test_rendered_pictures_are_laid_out_and_trained_on(lesson: Lesson) -> None:
    note = note_of(lesson)
    is_silent(note, note["cwd"])
    assert (note["epochs"], note["imgsz"], note["batch"], note["workers"], note["amp"]) == (2, 320, 4, 0, False)
    assert note["base"] == str(lesson.base)
    described = note["described"]
    assert (described["names"], set(described)) == ({"0": "person"}, {"path", "train", "val", "names"})
    assert sum(name.endswith(".jpg") for name in note["pictures"]) == 16
    assert not Path(note["cwd"]).exists()


def test_a_label_is_centre_and_size_as_shares_cut_at_the_edge(lesson: Lesson, tmp_path: Path) -> None:
    data = training_data(lesson.data, tmp_path / "pictures")
    labels = sorted((tmp_path / "pictures" / "labels").rglob("*.txt"))
    assert {path.read_text() for path in labels} == {"0 0.950000 0.600000 0.100000 0.800000\n"}
    assert [path.name for path in labels if path.parent.name == "val"] == ["000007.txt", "000015.txt"]
    assert data.readable == lesson.data


@needs_lock
def test_data_in_yolos_layout_is_trained_on_and_what_it_would_download_is_left_out(
    lesson: Lesson, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    for split in ("train", "val"):
        for part, name in (("images", "a.jpg"), ("labels", "a.txt")):
            (own / part / split).mkdir(parents=True)
            (own / part / split / name).write_text("x")
    table = {"train": "images/train", "val": "images/val", "names": {"0": "head"}, "download": "bash evil.sh"}
    (own / "data.yaml").write_text(json.dumps(table))
    for data in (own, own / "data.yaml"):
        note = note_of(replace(lesson, data=data))
        assert "download" not in note["described"]
        assert note["pictures"].count("a.jpg") == 2
    (own / "data.yaml").write_text(json.dumps({**table, "val": "elsewhere"}))
    with pytest.raises(BadInputError, match="`val` names no folder of images/"):
        trained(replace(lesson, data=own))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"data": Path("/nowhere")}, "holds no data to train on"),
        ({"base": Path("/nowhere.pt")}, "the base is not there"),
        ({"base": Path("base.onnx")}, "expected a .pt, or an architecture's name"),
        ({"out": Path("/nowhere/out.pt")}, "in a folder that is there"),
    ],
)
def test_a_lesson_that_cannot_be_given_is_one_line(changes: dict[str, Any], says: str, lesson: Lesson) -> None:
    with pytest.raises(BadInputError, match=says):
        trained(replace(lesson, **changes))


@pytest.mark.parametrize(
    "truth", ["{}", "junk", json.dumps({"image": "0.jpg", "width": 0, "height": 1, "boxes": [[1, 1, 1, 1, "person"]]})]
)
def test_a_damaged_truth_is_one_line(truth: str, lesson: Lesson) -> None:
    (lesson.data / "truth.jsonl").write_text(truth)
    with pytest.raises(BadInputError, match=r"truth\.jsonl"):
        trained(lesson)


def test_nobody_trains_beside_a_running_station(
    lesson: Lesson, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = tmp_path / "lock"
    assert not station_runs(lock)
    with running(lock), running(lock):
        assert station_runs(lock)
        monkeypatch.setattr(training, "station_runs", lambda: station_runs(lock))
        with pytest.raises(RefusedError, match="a station runs"):
            trained(lesson)
    assert not station_runs(lock)
    with running(tmp_path / "none" / "lock"):
        assert not station_runs(tmp_path / "none" / "lock")


@pytest.mark.parametrize("words", [["--epochs", "0"], ["--imgsz", "100"], ["--batch", "0"]])
def test_odd_numbers_are_refused(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "train", "data", "--base", "b.pt", "--out", "o.pt", *words]) == 2
    assert f"{words[0]} {words[1]}: expected" in capsys.readouterr().err
