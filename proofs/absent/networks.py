"""Which networks can be loaded: those of the manifest, by their hashes, for few roles, and narrow ones only."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime as ort

from proofs.absent.allowed import Allowed
from vision.models.card import MANIFEST, ModelCard, ModelError, model_cards
from vision.models.store import holds, models_dir, verified_bytes

Load = Callable[[str, Path], bytes]
"""Key of a detector and folder -> the bytes that the engine is given; raises `ModelError`."""

SIDE_PX: Final = 64
UNLISTED: Final = "gait"


def network_faults(lists: Allowed, *, load: Load = verified_bytes) -> Iterator[str]:
    """Yield each way in which another network than the listed detectors could be loaded.

    Args:
        lists: roles, and how much a network may say of a place.
        load: the station's loader, or one that is to be caught.

    Raises:
        ModelError: a detector is missing; run `make setup`.
    """
    cards = model_cards()
    if foreign := cards.keys() - lists.roles:
        yield f"the manifest lists {', '.join(sorted(foreign))}; allowed are {', '.join(sorted(lists.roles))}"
    whole = {key: load(key, models_dir()) for key in sorted(lists.roles & cards.keys())}
    for key, data in whole.items():
        if (numbers := numbers_a_place(data)) > lists.most_numbers:
            yield f"the {key} network says {numbers} numbers of a place in the picture: enough to describe a person"
    yield from _swallowed(whole, cards, load)
    yield from stray_networks(models_dir(), {card.file for card in cards.values()}, lists)


def numbers_a_place(data: bytes) -> int:
    """Return how many numbers a network gives out for one place of a picture, over all its outputs."""
    session = ort.InferenceSession(data, providers=["CPUExecutionProvider"])
    blank = np.zeros((1, 3, SIDE_PX, SIDE_PX), np.float32)
    maps = session.run(None, {session.get_inputs()[0].name: blank})
    return sum(int(found.shape[1]) for found in maps)


def stray_networks(folder: Path, listed: set[str], lists: Allowed) -> Iterator[str]:
    """Yield each file in a folder that holds a network and is on no list."""
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in lists.weights and path.name not in listed:
            yield f"{path.name} in {folder.name} could be a network and is on no list"


def stray_in_room(folder: Path, lists: Allowed, *, manifest: Path = MANIFEST) -> Iterator[str]:
    """Yield each file in a room's folder that holds a network and is not one of our own, as the manifest pins it."""
    own = [card for card in model_cards(manifest).values() if card.source is None and holds(card, manifest.parent)]
    places = {(manifest.parent / card.file).resolve() for card in own}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in lists.weights and path.resolve() not in places:
            yield f"{path.name} in {folder.name} could be a network and is on no list"


def _swallowed(whole: dict[str, bytes], cards: dict[str, ModelCard], load: Load) -> Iterator[str]:
    """Yield each changed or foreign network that the loader takes."""
    for key, name, data in _forgeries(whole):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / (cards[key].file if key in cards else f"{key}.onnx")).write_bytes(data)
            try:
                load(key, Path(folder))
            except (ModelError, KeyError):
                continue
            yield f"the loader takes {name} for the {key} network"


def _forgeries(whole: dict[str, bytes]) -> Iterator[tuple[str, str, bytes]]:
    """Yield key, what is wrong with it, and the bytes under that key's name."""
    for key, data in whole.items():
        for place in (0, len(data) // 2, len(data) - 1):
            yield key, f"a file with byte {place} flipped", data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        yield key, "a file with a byte more", data + b"\0"
        yield from ((key, f"the valid {other} network", foreign) for other, foreign in whole.items() if other != key)
    yield from ((UNLISTED, "a network of no list", data) for data in list(whole.values())[:1])
