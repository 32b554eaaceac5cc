"""Runs ultralytics, locked in: a program by itself, started by `groundstation.workshop.process`, never imported.

A `.pt` is a pickle, which can run any code when it is opened. So before anything of it is read this process gives up
the network, other processes, and every file but those it is told and one temporary folder. ultralytics is told besides
to ask no network, to install nothing and to tell nobody. One JSON line (root, task, folder, readable, trusted, and what
the task needs) comes in on standard input; one JSON line leaves on standard output; what libraries print goes to
standard error.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Self

OFFLINE: Final = {
    "YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false", "YOLO_VERBOSE": "true", "WANDB_MODE": "disabled",
    "COMET_MODE": "disabled", "HF_HUB_OFFLINE": "1", "OMP_WAIT_POLICY": "PASSIVE",
}  # fmt: skip
OFF: Final = (
    "sync", "clearml", "comet", "dvc", "hub", "mlflow", "neptune", "raytune", "tensorboard", "wandb", "vscode_msg",
    "openvino_msg",
)  # fmt: skip
"""Settings of ultralytics that send, or ask for something to be installed; versions know some of them."""
HOMES: Final = ("HOME", "YOLO_CONFIG_DIR", "MPLCONFIGDIR", "TORCH_HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")


def main() -> int:
    """Do one task and return the exit status."""
    answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    told: dict[str, Any] = json.loads(sys.stdin.readline())
    folder = Path(told["folder"])
    os.environ.update(OFFLINE)
    os.environ.update(dict.fromkeys(HOMES, str(folder)))
    os.chdir(folder)
    if (why_not := _locked_in(told, folder)) and not told["trusted"]:
        answer.write(json.dumps({"unlocked": why_not}) + "\n")
        answer.close()
        return 0
    _settings_off()
    done = {"export": _exported, "train": _trained}[told["task"]](told, folder)
    answer.write(json.dumps({**done, "locked_in": not why_not}) + "\n")
    answer.close()
    return 0


def _locked_in(told: dict[str, Any], folder: Path) -> str:
    """Lock this process in before the first library starts a thread; return why that does not hold."""
    sys.path.append(told["root"])
    from vision.lifeline import end_with_the_station  # noqa: PLC0415 - found below the root that was told
    from vision.seal import locked_in  # noqa: PLC0415

    end_with_the_station()
    return locked_in([Path(path) for path in told["readable"]], folder)


def _settings_off() -> None:
    from ultralytics import settings  # noqa: PLC0415 - after the lock

    settings.update({name: False for name in OFF if name in settings})


def _exported(told: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Leave `model.onnx`: one picture, full precision, a fixed size, no key of another engine."""
    from ultralytics import YOLO  # noqa: PLC0415

    model = folder / "model.pt"
    model.symlink_to(told["model"])
    network = YOLO(str(model))
    if network.task != "detect":
        return {"refused": f"it is a network to {network.task}; only `detect` is taken"}
    # nobody's name for a class goes further than the file: the station reads those that are people
    network.export(format="onnx", imgsz=told["imgsz"], batch=1, dynamic=False, simplify=False, nms=False, device="cpu")
    return {}


def _mirrored(yaml: Path, mirror: Path) -> Path | str:
    """Return a description of the same data below a folder that may be written to, or why it cannot be used.

    ultralytics writes caches beside labels, and runs what a description names under `download`: here it names nothing.
    """
    from ultralytics.utils import YAML  # noqa: PLC0415

    described = YAML.load(str(yaml))
    root = yaml.parent / str(described.get("path") or "")
    for split in ("train", "val"):
        images = root / str(described.get(split) or "")
        labels = Path("labels".join(str(images).rsplit("images", 1)))
        if not described.get(split) or not images.is_dir() or labels == images or not labels.is_dir():
            return (
                f"{yaml}: `{split}` names no folder of images/ with one of labels/ beside it; write for instance "
                f"{split}: images/{split}"
            )
        _linked(images, mirror / "images" / split)
        _linked(labels, mirror / "labels" / split)
    if not described.get("names"):
        return f"{yaml}: has no `names` of classes; write for instance names: {{0: person}}"
    clean = {"path": str(mirror), "train": "images/train", "val": "images/val", "names": described["names"]}
    YAML.save(str(mirror / "data.yaml"), clean)
    return mirror / "data.yaml"


def _linked(source: Path, place: Path) -> None:
    """Link each file below a folder: ultralytics resolves a link to a folder, and would write beside the real one."""
    for path in source.rglob("*"):
        if path.is_file():
            link = place / path.relative_to(source)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path.resolve())


class _Threads:
    """A pool of one thread for the pool of `multiprocessing`, whose locks would need the machine's shared memory."""

    def __init__(self, *_: object) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def imap(self, func: Callable[[Any], Any], iterable: Iterable[Any]) -> Iterator[Any]:
        """Return what `func` gives for each, in order."""
        return map(func, iterable)


def _without_semaphores() -> None:
    from ultralytics.data import dataset  # noqa: PLC0415

    dataset.ThreadPool = _Threads


def _trained(told: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Fine-tune from a base and leave `trained.pt`."""
    from ultralytics import YOLO  # noqa: PLC0415

    _without_semaphores()
    data = _mirrored(Path(told["data"]), folder / "mirror")
    if isinstance(data, str):
        return {"refused": data}
    network = YOLO(told["base"])
    network.train(
        data=str(data), epochs=told["epochs"], imgsz=told["imgsz"], batch=told["batch"], device=told["device"],
        project=str(folder / "runs"), name="run", exist_ok=True, workers=0, amp=False, plots=False, cache=False,
        seed=told["seed"],
    )  # fmt: skip
    left = [folder / "runs" / "run" / "weights" / name for name in ("best.pt", "last.pt")]
    best = [path for path in left if path.is_file()]
    if not best:
        return {"refused": "ultralytics left no weights; see what it said above"}
    best[0].rename(folder / "trained.pt")
    return {}


if __name__ == "__main__":
    sys.exit(main())
