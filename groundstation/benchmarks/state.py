"""How much is kept: all objects that can be reached from some, weighed one by one."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Final

import numpy as np

_NOT_STATE: Final = (type, ModuleType, FunctionType, BuiltinFunctionType)


def deep_size(roots: Iterable[object]) -> tuple[int, int]:
    """Return bytes and number of all objects that can be reached, without code and types."""
    seen: set[int] = set()
    waiting: list[object] = list(roots)
    total_bytes = 0
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, _NOT_STATE):
            continue
        seen.add(id(one))
        total_bytes += sys.getsizeof(one)
        if isinstance(one, np.ndarray) and one.base is not None:
            waiting.append(one.base)
        waiting += gc.get_referents(one)
    return total_bytes, len(seen)
