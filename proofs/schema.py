"""Walks a schema down to its leaves: of types as they are declared, and of documents as they are served."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Iterable, Iterator
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Final

NUMBER: Final = "number"
OF_A_PERSON: Final = re.compile(
    r"person|people_id|track|ident|face|bo?xes|^box|bbox|xyxy|point|pixel|^pose$|gait|height_m|speed|plate|image|picture|"
    r"thumb|crop|embedding|colou?r|gender|sex|age_group|skin|name_of|dwell|path",
    re.IGNORECASE,
)
"""Words in a field's name that would speak of one person, or of a picture beside the redacted one."""


def leaves_of_type(kind: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield path and kind of every leaf that a value of a type has when it is written as JSON."""
    if dataclasses.is_dataclass(kind) or hasattr(kind, "_fields"):
        hints = typing.get_type_hints(kind)
        for name in fields_of(kind):
            yield from leaves_of_type(hints[name], f"{path}.{name}".lstrip("."))
        return
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if origin in {typing.Union, UnionType}:
        some = [part for part in parts if part is not NoneType]
        for leaf, what in [leaf for part in some for leaf in leaves_of_type(part, path)]:
            yield leaf, f"{what} or null"
    elif origin is tuple:
        yield from leaves_of_type(parts[0], f"{path}[]")
    elif origin is dict:
        yield from leaves_of_type(parts[1], f"{path}.*")
    elif isinstance(kind, type) and issubclass(kind, Enum):
        yield path, " | ".join(str(one.value) for one in kind)
    else:
        yield path, getattr(kind, "__name__", str(kind))


def is_of_a_person(path: str) -> bool:
    """Say whether a field's own name speaks of one person."""
    return OF_A_PERSON.search(path.rsplit(".", maxsplit=1)[-1]) is not None


def fields_of(kind: Any) -> list[str]:
    """Return the names of a dataclass's or a named tuple's fields."""
    return list(kind._fields) if hasattr(kind, "_fields") else [field.name for field in dataclasses.fields(kind)]


def leaves_of_documents(documents: Iterable[Any], maps: Iterable[str] = ()) -> dict[str, str]:
    """Return path -> kinds of every leaf that is seen in some documents; under `maps` the keys are data, not schema."""
    seen: dict[str, set[str]] = {}
    for document in documents:
        for path, kind in _leaves(document, "", set(maps)):
            seen.setdefault(path, set()).add(kind)
    return {path: " or ".join(sorted(kinds, key=lambda kind: kind == "null")) for path, kinds in sorted(seen.items())}


def _leaves(value: Any, path: str, maps: set[str]) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for key, part in value.items():
                yield from _leaves(part, f"{path}.{'*' if path in maps else key}".lstrip("."), maps)
        case list():
            for part in value:
                yield from _leaves(part, f"{path}[]", maps)
        case _:
            yield path, _kind(value)


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    return "truth" if isinstance(value, bool) else NUMBER if isinstance(value, int | float) else "text"
