"""The operator map in steps: a whole map first, then what changed. Each step is made into text once, for all readers.

A step names its `seq`; it holds on the map of the one before. Readers keep the cells in order: those of the whole map,
then without those at `gone` (places in that order), then with `added` at the end; `changed` has, for a property, places
in the new order and values. Everything at the top level is told anew. An age is told only where it is not what time
alone made of it: readers count on from when the cell was last seen, and are off by at most `AGE_OFF_S`.
"""

from __future__ import annotations

import json
from typing import Any, Final

from groundstation.instants import utc_ns_from_text

KEYFRAME: Final = "density_key"
DELTA: Final = "density_delta"
AGE_OFF_S: Final = 0.1
"""Most by which an age of a reader differs from the one in the map: that of two roundings to a tenth."""
_AGE: Final = "age_s"
_NOISE_S: Final = 1e-6
_NS_PER_S: Final = 1e9

Document = dict[str, Any]


class DensityFeed:
    """The newest map, its number, and both forms in which it is sent, made when the first reader asks."""

    def __init__(self) -> None:
        self._held: list[_Held] | None = None
        self._document: Document = {}
        self._delta: Document | None = None
        self._texts: dict[str, str] = {}
        self.seq = 0
        """Number of the newest map; 0 before the first."""

    def put(self, document: Document, *, is_followed: bool) -> None:
        """Take the newest map.

        Args:
            document: the operator map as it is published.
            is_followed: somebody holds the map before it; else no step from there is made.
        """
        self.seq += 1
        self._document, self._delta = document, None
        self._texts.clear()
        if is_followed and self._held is not None:
            self._delta = self._step(self._held, document, _utc_s(document))
        else:
            self._held = None

    @property
    def has_delta(self) -> bool:
        """Whether the newest map is there as a step from the one before."""
        return self._delta is not None

    def delta(self) -> str:
        """Return the step to the newest map as JSON."""
        return self._text(DELTA, self._delta or {})

    def keyframe(self) -> str:
        """Return the newest map, whole, in the order in which the next steps count its cells."""
        if self._held is None:
            utc_s = _utc_s(self._document)
            self._held = [_Held(feature, utc_s) for feature in self._document["features"]]
        features = [held.feature for held in self._held]
        return self._text(KEYFRAME, {**self._document, "features": features})

    def _text(self, kind: str, document: Document) -> str:
        if kind not in self._texts:
            told = {**document, "type": kind, "seq": self.seq}
            self._texts[kind] = json.dumps(told, allow_nan=False, separators=(",", ":"))
        return self._texts[kind]

    def _step(self, before: list[_Held], document: Document, utc_s: float) -> Document:
        """Return what changed, and hold the new map in the order of those who follow."""
        new = {feature["properties"]["cell"]: feature for feature in document["features"]}
        stays = [_is_like(held.feature, new.get(held.cell)) for held in before]
        kept = [held for held, stayed in zip(before, stays, strict=True) if stayed]
        changed: dict[str, tuple[list[int], list[Any]]] = {}
        for place, held in enumerate(kept):
            held.become(new.pop(held.cell), utc_s, place, changed)
        self._held = kept + [_Held(feature, utc_s) for feature in new.values()]
        top = {name: value for name, value in document.items() if name != "features"}
        gone = [place for place, stayed in enumerate(stays) if not stayed]
        return {**top, "gone": gone, "changed": changed, "added": [*new.values()]}


class _Held:
    """A cell as readers hold it: when they think that it was last seen follows from the last age they were told."""

    __slots__ = ("cell", "feature", "seen_s")

    def __init__(self, feature: Document, utc_s: float) -> None:
        self.feature = feature
        self.cell: str = feature["properties"]["cell"]
        age_s = feature["properties"].get(_AGE)
        self.seen_s: float | None = None if age_s is None else utc_s - age_s

    def become(
        self, feature: Document, utc_s: float, place: int, changed: dict[str, tuple[list[int], list[Any]]]
    ) -> None:
        """Become the cell of the next map and note each property that differs."""
        before, now = self.feature["properties"], feature["properties"]
        for name, value in now.items():
            is_told = self._ages_otherwise(value, utc_s) if name == _AGE else before[name] != value
            if is_told:
                places, values = changed.setdefault(name, ([], []))
                places.append(place)
                values.append(value)
        self.feature = feature

    def _ages_otherwise(self, age_s: float | None, utc_s: float) -> bool:
        held_s = self.seen_s
        if age_s is None or held_s is None:
            is_told = (age_s is None) != (held_s is None)
        else:
            is_told = abs(utc_s - held_s - age_s) > AGE_OFF_S + _NOISE_S
        if is_told:
            self.seen_s = None if age_s is None else utc_s - age_s
        return is_told


def _is_like(before: Document, now: Document | None) -> bool:
    """Say whether a cell stayed at its place with the same properties; else it goes and comes anew."""
    if now is None:
        return False
    return bool(now["properties"].keys() == before["properties"].keys() and now["geometry"] == before["geometry"])


def _utc_s(document: Document) -> float:
    return utc_ns_from_text(document["utc"]) / _NS_PER_S
