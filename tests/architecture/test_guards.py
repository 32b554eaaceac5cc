"""The guards hold on this tree, and each bites on a tree with one fault."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = subprocess.CompletedProcess[str]
Guard = Callable[..., Run]

JPEG = b"\xff\xd8\xff\xe0" + bytes(60)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)
MP4 = b"\0\0\0\x18ftypisom" + bytes(60)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """An empty repository."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


def write(tree: Path, name: str, content: bytes | str) -> None:
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize("name", ["media", "words"])
def test_the_guard_holds_on_this_tree(root: Path, guard: Guard, name: str) -> None:
    run = guard(name, root)
    assert run.returncode == 0, run.stdout


def test_the_shape_holds_on_this_tree(root: Path, guard: Guard) -> None:
    run = guard("shape", root, "flightlink", "maps", "vision", "groundstation", "static", "sitl", "proofs")
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("docs/crowd.jpg", JPEG),
        ("tests/vision/street.MP4", b"any"),
        ("static/tile.bin", PNG),
        ("tests/clip.dat", MP4),
        ("tests/vision/frame.npy", b"any"),
        ("static/app.css", "a { background: url(data:image/png;base64," + "iVBOR" * 20 + ") }"),
        ("vision/models/weights.onnx", bytes(1_000_001)),
        ("sitl/sprites/unnamed.png", PNG),
    ],
)
def test_media_and_weight_are_seen(tree: Path, guard: Guard, name: str, content: bytes | str) -> None:
    write(tree, name, content)
    for run in (guard("media", tree), guard("media", tree, name)):
        assert run.returncode == 1
        assert run.stdout.startswith(name)


def test_rendered_media_pass_when_they_are_named(tree: Path, guard: Guard) -> None:
    write(tree, "sitl/sprites/walker.png", PNG)
    write(tree, "sitl/sprites/a/b.png", PNG)
    write(tree, "sitl/sprites/LICENCES.md", "- `walker.png`: CC0, drawn by a program\n- `a/*`: CC0, the same\n")
    run = guard("media", tree)
    assert run.returncode == 0, run.stdout


def test_rendered_media_have_a_budget(tree: Path, guard: Guard) -> None:
    write(tree, "docs/pictures/map.png", PNG + bytes(12_000_000))
    write(tree, "docs/pictures/LICENCES.md", "- `map.png`: ours\n")
    assert "12000000" in guard("media", tree).stdout


@pytest.mark.parametrize(
    ("size", "pinned", "passes"),
    [(11_000_000, True, True), (11_000_000, False, False), (12_000_001, True, False), (900_000, False, True)],
)
def test_a_network_of_our_own_passes_when_the_manifest_pins_its_bytes(
    tree: Path, guard: Guard, size: int, pinned: bool, passes: bool
) -> None:
    data = b"network" + bytes(size - 7)
    write(tree, "vision/models/above.onnx", data)
    sha256 = hashlib.sha256(data if pinned else b"another").hexdigest()
    write(tree, "vision/models/manifest.toml", f'[above]\nfile = "above.onnx"\nsha256 = "{sha256}"\n')
    run = guard("media", tree)
    assert run.returncode == (0 if passes else 1), run.stdout


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("README.md", "Fully anonymi" + "sed video."),
        ("docs/set-up.md", "from pypi" + ".org"),
        ("vision/models/fetch.py", 'URL = "registry.npm' + 'js.org"'),
        ("Makefile", "cd /wo" + "rk/main"),
        ("vision/x.py", "import dlib"),
        ("vision/x.py", "from insightface.app import FaceAnalysis"),
        ("vision/x.py", "import cv2\nr = cv2.FaceRecognizerSF.create('a', '')"),
        ("vision/x.py", "import cv2\nr = cv2.face.LBPHFaceRecognizer_create()"),
        ("sitl/x.py", "from cv2 import TrackerMIL"),
        ("vision/x.py", "boxes = model.track(frame)"),
        ("vision/x.py", "from aiortc.contrib.media import MediaPlayer"),
        ("groundstation/x.py", "import pickle"),
        ("static/x.js", "const found = await new FaceDetector().detect(video);"),
        ("static/x.js", "navigator.mediaDevices.getUserMedia({audio: true});"),
        ("static/x.js", "const pixels = context.getImageData(0, 0, 9, 9);"),
        ("static/index.html", "<script>new Function('x')()</script>"),
        ("groundstation/x.py", "__import__('vision.raw')"),
    ],
)
def test_a_forbidden_word_or_call_is_seen(tree: Path, guard: Guard, name: str, content: str) -> None:
    write(tree, name, content)
    run = guard("words", tree)
    assert run.returncode == 1
    assert run.stdout.startswith(name)


def test_the_ban_itself_may_be_written_down(tree: Path, guard: Guard) -> None:
    write(tree, "docs/glossary.md", "We never say anonymi" + "sed.")
    assert guard("words", tree).returncode == 0


@pytest.mark.parametrize(
    ("code", "sign"),
    [
        ("x = 1\n" * 301, "301 lines"),
        ("def f() -> None:\n" + "    print()\n" * 12, "the median function has 13 lines"),
        (
            ("def f() -> None:\n    print()\n\n\n" * 10) + "def g() -> None:\n" + "    print()\n" * 60,
            "1 of 11 functions",
        ),
    ],
)
def test_a_shape_that_is_hard_to_read_is_seen(tree: Path, guard: Guard, code: str, sign: str) -> None:
    write(tree, "vision/long.py", code)
    run = guard("shape", tree, "vision")
    assert run.returncode == 1
    assert sign in run.stdout


def test_a_docstring_is_not_held_against_a_function(tree: Path, guard: Guard) -> None:
    write(tree, "vision/told.py", 'def f() -> None:\n    """Say.\n' + "    More.\n" * 30 + '    """\n    print()\n')
    assert guard("shape", tree, "vision").returncode == 0
