"""A fault in the settings as one line: file, field, what was found, what was expected, how to mend it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import get_origin

from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from groundstation.settings.tables import Table


def fault_line(path: Path, fault: ErrorDetails, *, root: type[Table], tables: Mapping[str, type[Table]]) -> str:
    """Return the line of one fault.

    Args:
        path: of the file.
        fault: as pydantic tells it.
        root: the whole file's model.
        tables: the models of its tables, by name.
    """
    where = f"{path}: {_field_name(fault)}"
    field = _field_at(fault, root, tables)
    example = _example(fault, field)
    if not fault["loc"]:
        return f"{path}: expected {fault['msg'].removeprefix('Value error, ')}; docs/settings.md tells how"
    match fault["type"]:
        case "missing":
            return f"{where}: missing; add {example}"
        case "extra_forbidden":
            return f"{where}: unknown setting; remove it or mend its spelling (docs/settings.md lists all)"
        case "tuple_type" if field is not None and field.examples:
            return f"{where}: found {_short(fault['input'])}, expected a list; write for instance {example}"
        case "tuple_type":
            return f"{where}: found one table, expected a list of them; write its header as [[{_field_name(fault)}]]"
        case "string_pattern_mismatch" if field is not None:
            return f"{where}: found {_short(fault['input'])}, expected {field.description} For instance {example}"
    expected = fault["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return f"{where}: found {_short(fault['input'])}, expected {expected}; write for instance {example}"


def _field_name(fault: ErrorDetails) -> str:
    """Return for instance `camera.1.level`: tables that repeat are counted from 1."""
    return ".".join(str(part + 1 if isinstance(part, int) else part) for part in fault["loc"]) or "file"


def _short(value: object) -> str:
    text = f"{len(value)} entries" if isinstance(value, dict | list | tuple) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _field_at(fault: ErrorDetails, root: type[Table], tables: Mapping[str, type[Table]]) -> FieldInfo | None:
    names = [part for part in fault["loc"] if isinstance(part, str)]
    model = tables.get(names[0], root) if len(names) > 1 else root
    return model.model_fields.get(names[-1]) if names else None


def _example(fault: ErrorDetails, field: FieldInfo | None) -> str:
    """Return `name = value` from the field's own example, or the header of its table."""
    name = next((part for part in reversed(fault["loc"]) if isinstance(part, str)), "")
    if field is None or not field.examples:
        header = f"[[{name}]]" if field is not None and get_origin(field.annotation) is tuple else f"[{name}]"
        return f"{header} as in docs/settings.md"
    example = field.examples[0]
    return f'{name} = "{example}"' if isinstance(example, str) else f"{name} = {example}"
