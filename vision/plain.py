"""Holds what was read from JSON against the types that the schema declares: no list where a number belongs."""

from __future__ import annotations

import dataclasses
import types
import typing
from functools import cache
from typing import Any, Final, NoReturn, TypeVar

_Value = TypeVar("_Value")

_ALSO: Final[dict[type, tuple[type, ...]]] = {float: (float, int)}
"""JSON writes a whole float as it likes."""


def refused_number(name: str) -> NoReturn:
    """Refuse NaN and infinities, which JSON does not know and Python reads.

    Raises:
        ValueError: always.
    """
    raise ValueError(f"{name} is no number")


def as_declared(value: _Value) -> _Value:
    """Return a dataclass or named tuple whose fields hold exactly what they declare.

    Raises:
        TypeError: a field holds something else.
    """
    kind: Any = type(value)
    for name, kinds, inside in _declared(kind):
        part = getattr(value, name)
        if type(part) not in kinds:
            raise TypeError(f"{name} is a {type(part).__name__}")
        if inside and not (all(type(key) is str for key in part) and all(type(one) in inside for one in part.values())):
            raise TypeError(f"{name} holds more than names and plain values")
    return value


@cache  # one entry a type of message
def _declared(kind: Any) -> tuple[tuple[str, frozenset[type], frozenset[type]], ...]:
    """Return name, types, and types inside a dictionary, of each field."""
    hints = typing.get_type_hints(kind)
    names = getattr(kind, "_fields", None) or [field.name for field in dataclasses.fields(kind)]
    return tuple((name, _kinds(hints[name]), _inside(hints[name])) for name in names)


def _kinds(hint: Any) -> frozenset[type]:
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        return frozenset().union(*(_kinds(part) for part in typing.get_args(hint)))
    plain = typing.get_origin(hint) or hint
    return frozenset(_ALSO.get(plain, (plain,)))


def _inside(hint: Any) -> frozenset[type]:
    return _kinds(typing.get_args(hint)[1]) if typing.get_origin(hint) is dict else frozenset()
