"""Takes a trained network for steep views into the tree: its file beside the manifest, its card into it.

    M="groundstation models measure --model above.onnx --images D --truth D/truth.jsonl --threshold 0.3 --json"
    for px in 12 24 48; do $M --person-px $px > $px.json; done
    python -m tools.adopt_model above.onnx above.toml --table 12.json 24.json 48.json --measured check=check.json

The card holds the tables `[above]`, `[above.outputs]` and `[above.use]` as in vision/models/manifest.toml, without
what is written here: `file` and `sha256` from the file; `[above.figures]` from the named measurements;
`count_threshold` and the table of recall in `[above.use]` from those of people who stand alone, at several sizes. All
is tried before anything is written: size, inputs and outputs, free size of the picture, and that the figures can be.
Then `make setup` puts it in place.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime as ort

from tools.measured_card import UnmeasuredError, figure_lines, measurement, recall_lines
from vision.detectors import PersonDetector
from vision.engine import DetectorError
from vision.models.card import MANIFEST, ModelCard, ModelError, model_cards
from vision.models.store import models_dir, sha256_of, verified_bytes

KEY: Final = "above"
FILE: Final = "above.onnx"
MOST_BYTES: Final = 12_000_000
MOST_NUMBERS: Final = 5
"""Of one place of a picture: here, this large; one that says more could describe who is there."""
SIZES_PX: Final = ((64, 64), (96, 160), (360, 640))
RUNS: Final = 12


class CannotAdoptError(Exception):
    """The file or its card is not what the station can use."""


def check_network(data: bytes) -> None:
    """Run the network on pictures of several sizes.

    Raises:
        CannotAdoptError: it is too large, says too much, or finds people where there are none.
        DetectorError: it does not run, or has other inputs and outputs.
    """
    if len(data) > MOST_BYTES:
        raise CannotAdoptError(f"has {len(data)} bytes, above {MOST_BYTES}")
    detector = PersonDetector(data, threads=1)
    for height, width in SIZES_PX:
        found = detector.find(np.full((height, width, 3), 127, np.uint8), threshold=0.5)
        if len(found):
            raise CannotAdoptError(f"is sure of {len(found)} people in a plain grey picture of {width} x {height}")
    session = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
    maps = session.run(None, {session.get_inputs()[0].name: np.zeros((1, 3, 64, 64), np.float32)})
    if (numbers := sum(int(found.shape[1]) for found in maps)) > MOST_NUMBERS:
        raise CannotAdoptError(f"says {numbers} numbers of a place, above {MOST_NUMBERS}")


def measured_lines(tables: list[Path], named: list[str], sha256: str) -> str:
    """Return what was measured of the file, as the last lines of its card.

    Raises:
        UnmeasuredError: something is of another file, or too little was measured.
    """
    alone = [measurement(path, sha256) for path in tables]
    sets = {name: measurement(Path(path), sha256) for name, _, path in (each.partition("=") for each in named)}
    return f"{recall_lines(alone)}\n\n[{KEY}.figures]\n{figure_lines(sets)}"


def manifest_with(manifest: str, card: str, sha256: str, told: str) -> str:
    """Return the manifest's text with the card as its last part, in place of an earlier one.

    Args:
        manifest: its text.
        card: what a person wrote.
        sha256: of the file.
        told: what was measured: the rest of its use, and its figures.

    Raises:
        CannotAdoptError: the card does not begin with its own table, or does not end with how it is used.
    """
    head, table, rest = card.partition(f"[{KEY}]\n")
    if not table or any(line.strip() and not line.startswith("#") for line in head.splitlines()):
        raise CannotAdoptError(f"the card does not begin with [{KEY}]")
    if rest.rfind("\n[") != rest.find(f"\n[{KEY}.use]\n"):
        raise CannotAdoptError(f"the card's last table is not [{KEY}.use]")
    others = manifest.partition(f"\n[{KEY}]\n")[0].rstrip()
    return f'{others}\n\n[{KEY}]\nfile = "{FILE}"\nsha256 = "{sha256}"\n{rest.strip()}\n{told}\n'


def checked_card(manifest: str) -> ModelCard:
    """Return the new card out of the manifest's new text.

    Raises:
        CannotAdoptError: it names a source.
        ModelError: it is damaged, or its figures cannot be.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "manifest.toml"
        path.write_text(manifest, encoding="utf-8")
        cards = model_cards(path)
    card = cards[KEY]
    if card.source is not None:
        raise CannotAdoptError("the card names a source, but the file is our own")
    return card


def cost_ratio(data: bytes) -> float:
    """Return the time of a run over that of the street-level network: the least of several, by turns."""
    detectors = [PersonDetector(each, threads=1) for each in (data, verified_bytes("person", models_dir()))]
    taken_s = [[_run_s(detector) for detector in detectors] for _ in range(RUNS)]
    own_s, street_s = np.min(taken_s, axis=0)
    return float(own_s / street_s)


def _run_s(detector: PersonDetector) -> float:
    begun_s = time.perf_counter()
    detector.find(np.full((480, 640, 3), 127, np.uint8), threshold=0.2)
    return time.perf_counter() - begun_s


def main(words: list[str]) -> int:
    """Adopt a network; 0, or 1 with one line that says why not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("onnx", type=Path, help="the trained network")
    parser.add_argument("card", type=Path, help="its part of the manifest")
    parser.add_argument("--table", nargs="+", type=Path, required=True, metavar="FILE.json", help="of people alone")
    parser.add_argument("--measured", nargs="+", required=True, metavar="NAME=FILE.json", help="what was measured")
    parser.add_argument("--models", type=Path, default=MANIFEST.parent, help="folder of the manifest")
    told = parser.parse_args(words)
    try:
        data, manifest = told.onnx.read_bytes(), told.models / MANIFEST.name
        check_network(data)
        lines = measured_lines(told.table, told.measured, sha256_of(data))
        text = manifest_with(manifest.read_text("utf-8"), told.card.read_text("utf-8"), sha256_of(data), lines)
        card = checked_card(text)
    except (CannotAdoptError, UnmeasuredError, DetectorError, ModelError, OSError) as error:
        print(f"{told.onnx}: {error}", file=sys.stderr)
        return 1
    (told.models / FILE).write_bytes(data)
    manifest.write_text(text, encoding="utf-8")
    print(
        f"{FILE}: {len(data)} bytes, sha256 {card.sha256}, {cost_ratio(data):.2f} times the street-level network's time"
    )
    print("next: make setup && .venv/bin/groundstation models list")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
