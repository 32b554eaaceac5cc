"""`[[canary]]` of a world file."""

from __future__ import annotations

import re
from typing import Final, cast

from flightlink.toml_fields import TableReader
from sitl.world.canary import CLOTHS, KINDS, Canary, Cloth
from sitl.world.fields import MEND_DEG, read_pair, read_within

PLATE_TEXT: Final = re.compile(r"[A-Z0-9-]{4,10}")


def canary_from(reader: TableReader) -> Canary:
    """Return the canary of a `[[canary]]` table.

    Raises:
        WorldError: one line with file, field and how to mend it.
    """
    name, at_m = reader.text("name", 'expected a name, for instance "C1"'), read_pair(reader, "at_m")
    if _choice(reader, "kind", KINDS) == "person":
        cloth = cast("Cloth", _choice(reader, "cloth", CLOTHS))
        seed = reader.whole("seed", "expected a whole number of at least 1")
        return Canary(name=name, kind="person", at_m=at_m, seed=seed, cloth=cloth)
    mend = "expected 4 to 10 capital letters, digits and -"
    text = reader.text("text", mend)
    if not PLATE_TEXT.fullmatch(text):
        raise reader.fault("text", f"is {text!r}", mend)
    facing_deg = read_within(reader, "facing_deg", -360, 360, MEND_DEG)
    return Canary(name=name, kind="plate", at_m=at_m, text=text, facing_deg=facing_deg)


def _choice(reader: TableReader, field: str, choices: tuple[str, ...]) -> str:
    mend = f"expected one of {', '.join(choices)}"
    found = reader.text(field, mend)
    if found not in choices:
        raise reader.fault(field, f"is {found!r}", mend)
    return found
