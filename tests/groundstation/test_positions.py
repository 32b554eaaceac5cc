"""docs/positions.md says what the code does: every cause of a refusal, and the errors that it promises."""

import ast
import json
import math
import re
from functools import cache
from pathlib import Path

import pytest

from flightlink.pose import BODY_ATTITUDE, CONSUMER_GIMBAL, SURVEYED, UNSTATED, PoseSigma
from maps.georeference import GroundCause
from maps.request import SIGMA_FIELDS, answer_from_line
from tests.groundstation.test_causes import causes_in, emitted

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "positions.md").read_text(encoding="utf-8")
RTK = PoseSigma(horizontal_m=0.03, vertical_m=0.3, yaw_deg=0.5, pitch_deg=0.2, roll_deg=0.2)
SOURCES = {
    "a recording that states no error": UNSTATED,
    "consumer drone, gimbal, live": CONSUMER_GIMBAL,
    "camera fixed to the airframe, live": BODY_ATTITUDE,
    "RTK and a good yaw": RTK,
    "surveyed mast": SURVEYED,
}
NO_CAUSE = {"too_small", "lower_bound", "nearly_full"}
"""The public map's own state."""
ONE_WORD = re.compile(r"[a-z]+(_[a-z]+)*")


def section(title: str) -> str:
    return TEXT.split(f"## {title}\n")[1].split("\n## ")[0]


def rows(text: str) -> dict[str, list[str]]:
    """Return the rows of the tables in a text: first cell -> the others."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line[:1] == "|"]
    return {row[0].strip("`"): row[1:] for row in cells if not set(row[0]) <= {"-", " "}}


@cache
def causes() -> frozenset[str]:
    """Return every cause that the code can name."""
    found = set(emitted()) | {cause.name.lower() for cause in GroundCause if cause is not GroundCause.OK}
    for room in ("flightlink", "maps", "vision"):
        for path in (ROOT / room).rglob("*.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found |= set(named(tree)) | (set(causes_in(tree)) if room == "maps" else set())
    return frozenset(found - NO_CAUSE)


def named(tree: ast.Module) -> set[str]:
    """Return what is handed on as `cause=`, of one word too."""
    keywords = [node for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "cause"]
    values = [keyword.value.value for keyword in keywords if isinstance(keyword.value, ast.Constant)]
    return {value for value in values if isinstance(value, str) and ONE_WORD.fullmatch(value)}


def test_every_cause_has_its_row_and_every_row_its_cause() -> None:
    told = rows(section("Every refusal, what it means and what mends it"))
    told.pop("cause")
    assert causes() - told.keys() == set()
    assert told.keys() - causes() == set()
    assert [cause for cause, cells in told.items() if len(cells) != 2 or not all(cells)] == []


def ce90(sigma: PoseSigma, alt_agl_m: float, depression_deg: float) -> str:
    line = {
        "u_px": 959.5, "v_px": 539.5, "lat_deg": 48.857, "lon_deg": 2.352, "alt_m": alt_agl_m, "ground_alt_m": 0,
        "yaw_deg": 0, "pitch_deg": -depression_deg, "roll_deg": 0, "width_px": 1920, "height_px": 1080,
        "fx_px": 1400, "fy_px": 1400, "cx_px": 959.5, "cy_px": 539.5,
        "sigma": {name: getattr(sigma, name) for name in SIGMA_FIELDS},
    }  # fmt: skip
    answer = answer_from_line(json.dumps(line))
    return "-" if "error" in answer else f"{answer['ce90_m']:.1f}"


@pytest.mark.parametrize("name", SOURCES)
def test_the_errors_to_expect_are_those_of_the_product(name: str) -> None:
    found = [ce90(SOURCES[name], height, depression) for height in (30, 60, 120) for depression in (20, 30, 45, 90)]
    first = section("What to expect").split("The sigmas behind")[0]
    assert rows(first)[name] == found


@pytest.mark.parametrize("name", SOURCES)
def test_the_sigmas_behind_them_are_those_of_the_code(name: str) -> None:
    sigma = SOURCES[name]
    told = rows(section("What to expect").split("The sigmas behind")[1])[name]
    assert told == [f"{sigma.horizontal_m:g}, {sigma.vertical_m:g}, {sigma.yaw_deg:g}, {sigma.pitch_deg:g}"]


def test_the_budget_is_what_its_formulas_say() -> None:
    table = rows(section("What an error is made of"))
    angles = [math.radians(degrees) for degrees in (20, 30, 45, 60, 90)]
    degree = math.radians(1)
    assert table["1 degree of pitch"][-5:] == [f"{60 / math.sin(d) ** 2 * degree:.1f} m" for d in angles]
    assert table["1 degree of yaw"][-5:] == [f"{60 / math.tan(d) * degree:.1f} m" for d in angles]
    assert table["1 m of height"][-5:] == [f"{1 / math.tan(d):.1f} m" for d in angles]


def test_the_budget_is_what_the_product_states() -> None:
    nothing = dict.fromkeys(SIGMA_FIELDS, 0.0)
    pitch = float(ce90(PoseSigma(**{**nothing, "pitch_deg": 1.0}), 60, 45))
    assert pitch == pytest.approx(1.645 * 60 / math.sin(math.pi / 4) ** 2 * math.radians(1), abs=0.1)


def test_the_example_line_is_answered() -> None:
    quoted = re.search(r"echo '(\{.*?\})'", TEXT, re.DOTALL)
    assert quoted is not None
    assert answer_from_line(quoted.group(1).replace("\n", ""))["ce90_m"] > 0


def test_the_document_is_short_enough_to_be_read() -> None:
    assert TEXT.count("\n") <= 300
