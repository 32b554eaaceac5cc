"""A stand-in for ultralytics: it says what it was told and tries what it must not; and a Python that has it."""

from __future__ import annotations

import sys
from pathlib import Path

PACKAGE = {
    "__init__.py": """
import json, os, socket
from pathlib import Path

class Settings(dict):
    pass

settings = Settings(sync=True, wandb=True, runs_dir="x")

def reached(step):
    try:
        step()
    except OSError as error:
        return type(error).__name__
    return "open"

class YOLO:
    task = "detect"

    def __init__(self, model):
        self.model = model
        if Path(model).is_file():
            told = Path(model).read_text(errors="replace")
            if told.startswith("task "):
                self.task = told.split()[1]
            if told.startswith("breaks"):
                raise RuntimeError("cannot open this")

    def noted(self, **asked):
        names = ("YOLO_OFFLINE", "YOLO_AUTOINSTALL", "YOLO_CONFIG_DIR", "HOME")
        return json.dumps({
            **asked, "environment": {name: os.environ.get(name) for name in names}, "settings": dict(settings),
            "network": reached(socket.socket), "outside": reached(lambda: Path(NOTES).write_text("x")),
            "cwd": os.getcwd(),
        })

    def export(self, **asked):
        out = Path(self.model).with_suffix(".onnx")
        if Path(self.model).read_text().startswith("links"):
            out.symlink_to("/etc/hostname")
        else:
            out.write_text(self.noted(**asked))

    def train(self, **asked):
        pictures = sorted(path.name for path in Path(asked["data"]).parent.rglob("*.*"))
        described = json.loads(Path(asked["data"]).read_text())
        place = Path(asked["project"]) / "run" / "weights"
        place.mkdir(parents=True)
        note = self.noted(pictures=pictures, described=described, base=self.model, **asked)
        (place / "best.pt").write_text(note)
""",
    "data/__init__.py": "",
    "data/dataset.py": "",
    "utils/__init__.py": """
import json
from pathlib import Path

class YAML:
    @staticmethod
    def load(path):
        return json.loads(Path(path).read_text().replace("{0:", '{"0":'))

    @staticmethod
    def save(path, table):
        Path(path).write_text(json.dumps(table))
""",
}
PYTHON = """#!/bin/sh
[ "$2" = -c ] && exit {status}
exec {python} -I -c '
import runpy, sys
sys.path.insert(0, "{folder}")
runpy.run_path(sys.argv[1], run_name="__main__")' "$2"
"""


def python_with(folder: Path, *, has_ultralytics: bool = True) -> Path:
    """Return a program that behaves as a Python with the stand-in installed, or with nothing."""
    for name, text in PACKAGE.items():
        path = folder / "packages" / "ultralytics" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("NOTES", repr(str(folder / "outside"))), encoding="utf-8")
    python = folder / "python"
    text = PYTHON.format(status=int(not has_ultralytics), python=sys.executable, folder=folder / "packages")
    python.write_text(text, encoding="utf-8")
    python.chmod(0o755)
    return python
