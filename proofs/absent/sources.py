"""What a module's source imports, calls and opens, beside the lists. Pure: a syntax tree goes in, faults come out."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from proofs.absent.allowed import Allowed, Reserved, fits

ROOMS: Final = ("flightlink", "maps", "vision", "groundstation", "static", "sitl", "proofs")
SEALED_ROOM: Final = "vision"
OPENS_FOR_WRITING: Final = "open(w)"
LOADS_A_LIBRARY: Final = "CDLL(name)"
READING: Final = frozenset({"r", "rb", "rt"})


@dataclass(frozen=True, slots=True)
class Use:
    """One name that a module uses, dotted from its import on; `().name` where the owner is an expression."""

    line: int
    name: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing in a module that must be absent."""

    module: str
    line: int
    what: str

    def __str__(self) -> str:
        """Return module, line and fault as text."""
        return f"{self.module}:{self.line}: {self.what}"


def faults_of(module: str, tree: ast.Module, lists: Allowed) -> Iterator[Fault]:
    """Yield everything in a module that is on no list of its room, each name once.

    Args:
        module: dotted name; its first part is the room.
        tree: the module's syntax.
        lists: what is allowed.
    """
    nodes = list(ast.walk(tree))
    used = uses_of(nodes)
    parts = (
        _import_faults(module, nodes, lists),
        _engine_faults(module, used, lists),
        _forbidden_faults([*used, *_texts(nodes, lists)], lists),
        _switch_faults(module, nodes, lists),
        _reserved_faults(module, used, lists.sealed_room) if _top(module) == SEALED_ROOM else (),
    )
    for part in parts:
        for line, what in part:
            yield Fault(module, line, what)


def uses_of(nodes: Sequence[ast.AST]) -> list[Use]:
    """Return every name that a module imports or uses, once, where it stands first."""
    aliases = _aliases(nodes)
    first: dict[str, int] = {}
    for line, name in (*_imported(nodes), *_chains(nodes, aliases)):
        first.setdefault(name, line)
    return [Use(line, name) for name, line in first.items()]


def _aliases(nodes: Sequence[ast.AST]) -> dict[str, str]:
    """Return what each imported name stands for, dotted."""
    aliases: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                aliases[alias.asname or _top(alias.name)] = alias.name if alias.asname else _top(alias.name)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            aliases |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return aliases


def _imported(nodes: Sequence[ast.AST]) -> Iterator[tuple[int, str]]:
    """Yield every name that is imported out of a module."""
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names if "." in alias.name)


def _chains(nodes: Sequence[ast.AST], aliases: dict[str, str]) -> Iterator[tuple[int, str]]:
    """Yield every chain of names as long as it goes, every method called, and every opening for writing."""
    inner = {id(node.value) for node in nodes if isinstance(node, ast.Attribute)}
    for node in nodes:
        if isinstance(node, ast.Name | ast.Attribute) and id(node) not in inner:
            yield node.lineno, dotted(node, aliases)
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.lineno, f"().{node.func.attr}()"
            if _opens_for_writing(node):
                yield node.lineno, OPENS_FOR_WRITING
            if _loads_a_library(node):
                yield node.lineno, LOADS_A_LIBRARY


def _texts(nodes: Sequence[ast.AST], lists: Allowed) -> Iterator[Use]:
    """Yield texts that are a forbidden name: `getattr` could make one of them."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in lists.never_names:
            yield Use(node.lineno, f"().{node.value}")


def dotted(node: ast.expr, aliases: dict[str, str]) -> str:
    """Return a chain of names with its first part replaced by what was imported under it."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    first = aliases.get(node.id, node.id) if isinstance(node, ast.Name) else "()"
    return ".".join([first, *reversed(parts)])


def _opens_for_writing(call: ast.Call) -> bool:
    """Say whether a call of `open` could write: its mode is neither a reading one nor left out."""
    if not (isinstance(call.func, ast.Attribute | ast.Name) and dotted(call.func, {}).split(".")[-1] == "open"):
        return False
    named = [keyword.value for keyword in call.keywords if keyword.arg in {"mode", None}]
    place = 0 if isinstance(call.func, ast.Attribute) and len(call.args) < 2 else 1
    given = named + call.args[place : place + 1]
    return any(not (isinstance(mode, ast.Constant) and mode.value in READING) for mode in given)


def _loads_a_library(call: ast.Call) -> bool:
    """Say whether a call of `CDLL` names a library; with None it means the process itself."""
    if not (isinstance(call.func, ast.Attribute | ast.Name) and dotted(call.func, {}).split(".")[-1] == "CDLL"):
        return False
    return not (call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value is None)


def _import_faults(module: str, nodes: Sequence[ast.AST], lists: Allowed) -> Iterator[tuple[int, str]]:
    room = _top(module)
    more = [names for pattern, names in lists.imports_of_modules.items() if fits(module, (pattern,))]
    for line, name in _imports(nodes):
        if name in lists.never_modules:
            yield line, f"imports {name}: {lists.never_modules[name]}"
        elif room in lists.imports and not any(name in names for names in (lists.imports[room], *more)):
            yield line, f"imports {name}, which the list of room {room} does not name"


def _imports(nodes: Sequence[ast.AST]) -> Iterator[tuple[int, str]]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from ((node.lineno, _top(alias.name)) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.lineno, _top(node.module)


def _engine_faults(module: str, uses: Sequence[Use], lists: Allowed) -> Iterator[tuple[int, str]]:
    room = _top(module)
    if room not in lists.imports:
        return
    for use in uses:
        engine, _, inside = use.name.partition(".")
        names = lists.calls.get(room, {}).get(engine, frozenset())
        if engine not in lists.engines or inside in names or any(name.startswith(f"{inside}.") for name in names):
            continue
        if inside:
            yield use.line, f"uses {use.name}, which the list of room {room} does not name"
        else:
            yield use.line, f"hands on the whole of {engine}: what is called of it cannot be seen"


def _forbidden_faults(uses: Sequence[Use], lists: Allowed) -> Iterator[tuple[int, str]]:
    for use in uses:
        for name in set(use.name.split(".")[1:]) & lists.never_names.keys():
            yield use.line, f"uses {name}: {lists.never_names[name]}"
        for name, why in lists.never_dynamic.items():
            if use.name == name or use.name.startswith(f"{name}."):
                yield use.line, f"uses {name}: {why}"


def _reserved_faults(module: str, uses: Sequence[Use], sealed_room: tuple[Reserved, ...]) -> Iterator[tuple[int, str]]:
    for part in sealed_room:
        if fits(module, part.only):
            continue
        for use in uses:
            if any(_is_meant(use.name, name) for name in part.names):
                yield use.line, f"{part.what}: {use.name}"


def _switch_faults(module: str, nodes: Sequence[ast.AST], lists: Allowed) -> Iterator[tuple[int, str]]:
    promise = lists.switches.get(_top(module))
    if promise is None:
        return
    for node in nodes:
        if (name := _own_name(node)) and promise.search(name):
            yield getattr(node, "lineno", 0), f"{name} sounds like a switch; nothing turns redaction off"


def _own_name(node: ast.AST) -> str:
    """Return the name that a node uses or gives, empty for one without."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str(name)):
            return name
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return name
    return ""


def _is_meant(used: str, listed: str) -> bool:
    """Say whether a used name is the listed one, a part of it, or bears its last part under any owner."""
    if listed.startswith("."):
        return listed[1:] in used.split(".")[1:]
    return used == listed or used.startswith(f"{listed}.")


def _top(name: str) -> str:
    return name.split(".", maxsplit=1)[0]
