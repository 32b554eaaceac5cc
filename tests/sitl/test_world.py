import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flightlink.toml_fields import TableReader
from sitl.world.crowd_file import crowd_from
from sitl.world.errors import WorldError
from sitl.world.file import load_world
from sitl.world.world import World
from tests.sitl.conftest import DEMO

GROUND = DEMO.parent.parent / "grounds" / "square.webp"
WORLDS = sorted(DEMO.parent.glob("*.toml"))


def changed(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = DEMO.read_text().replace('"../grounds/square.webp"', f'"{GROUND}"')
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = tmp_path / "world.toml"
    path.write_text(text)
    return path


def test_the_demo_world_is_whole(world: World) -> None:
    assert 120 <= world.crowd.people_at_start <= 180
    assert {plan.system_id for plan in world.vehicles} == {1, 2}
    assert world.camera.hfov_deg == pytest.approx(38)


@pytest.mark.parametrize("path", WORLDS, ids=lambda path: path.stem)
def test_every_world_is_surveyed_and_named_as_its_file(path: Path) -> None:
    world = load_world(path)
    assert world.name == path.stem
    assert len(world.marks) >= 8
    for mark in world.marks:
        for gathering in world.crowd.gatherings:
            inside_east = gathering.east_m[0] <= mark.east_m <= gathering.east_m[1]
            assert not (inside_east and gathering.north_m[0] <= mark.north_m <= gathering.north_m[1])


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("seed = 20", "", r"world.toml: seed is missing"),
        ("seed = 20", 'seed = "x"', r"seed is 'x', not a whole number"),
        ("lasts_s = 120", "lasts_s = 0", r"lasts_s is 0, outside 1 to 86400"),
        ("[home]", "[house]", r"\[home\] is missing"),
        ("lat_deg = 48.85702", "lat_deg = 148.0", r"\[home\]: lat_deg is 148, outside -80 to 80"),
        ("square.webp", "round.webp", r"\[ground\]: file names .*round.webp, which is not there"),
        ("people = 56", "people = 0", r"\[\[strollers\]\] 1: people is 0"),
        ("people = 56", "people = 3000", r"\[\[strollers\]\] 1: people is 3000, too many for \d+ m2"),
        (
            "people = 33",
            "people = 300",
            r"\[\[gathering\]\] 1: people is 300, too many for \d+ m2; ask for at most \d+",
        ),
        ("people = 56", "people = 5001", r"people are 50\d\d together; ask for at most 5000"),
        ("apart_m = 1.1", "apart_m = 0.35", r"\[\[gathering\]\] 1: apart_m is 0.35, less than two bodies"),
        ("east_m = [0.7, 8.4]", "east_m = [-1, 8.4]", r"'before the stage, west' and 'before the stage, east' overlap"),
        ("east_m = [-20, 20]", "east_m = [20, -20]", r"east_m runs from 20 to -20; give the smaller number first"),
        (
            "party_sizes = [1, 1, 1, 2, 2, 3]",
            "party_sizes = [0]",
            r"party_sizes is \[0\]; expected how many go together",
        ),
        ("stays_s = [60, 240]", "stays_s = [-60, 240]", r"stays_s begins at -60"),
        (
            'strolls_in = "market"',
            'strolls_in = "fair"',
            r"\[\[entrance\]\] 1: strolls_in names 'fair'; there are market",
        ),
        (
            'exits = ["west street"]',
            'exits = ["gate"]',
            r"\[\[entrance\]\] 3: exits names 'gate'; there are west street",
        ),
        ('exits = ["west street"]', 'via = ["gate"]', r"\[\[entrance\]\] 3: via names 'gate'; there are none"),
        ('exits = ["west street"]', "exits = 3", r"exits is 3; expected a list of names"),
        ('name = "east street"', 'name = "west street"', r"\[\[exit\]\] has the name 'west street' twice"),
        (
            "east_m = [-21.8, -20]",
            "east_m = [-93.5, -91]",
            r"\[\[entrance\]\] 1: 'from the west' has no walkable ground",
        ),
        ("people_per_s = 0.15", "people_per_s = 0.12\nfrom_s = 9\nto_s = 8", r"to_s is 8, not after from_s \(9\)"),
        ("at_m = [-17, -5]", "at_m = [-17, -50]", r"\[\[mark\]\] 1: at_m of 'M1' is outside walkable_m"),
        ("at_m = [-17, -5]", "at_m = [-10, -6]", r"\[\[mark\]\] 1: at_m of 'M1' is under a \[\[prop\]\]"),
        ('name = "M2"', 'name = "M1"', r"\[\[mark\]\] 1: name 'M1' is there twice"),
        ("walkable_m = [[-22, -14], [22, -14]", "walkable_m = [[22, -14], [-22, -14]", r"walkable_m crosses itself"),
        ("walkable_m = [[-22, -14]", "walkable_m = [[-22, inf]", r"walkable_m 1: 2 is inf, not a finite number"),
        ("size_m = [12, 6, 1.2]", "size_m = [12, 6]", r"\[\[prop\]\] 1: size_m is \[12, 6\]"),
        ("size_m = [12, 6, 1.2]", "size_m = [12, 6, 0]", r"each side must be above 0"),
        ('"#4a4038"', '"brown"', r"colour is 'brown'; expected a colour"),
        ("system_id = 2", "system_id = 1", r"system_id is there twice"),
        ('name = "D1"', 'name = "D 1"', r"name is 'D 1'; use letters"),
        ("height_m = 24.5", "height_m = nan", r"\[\[vehicle\]\] 1: height_m is nan, not a finite number"),
        ("[23, 21]", "[23]", r"area_m: 3 is \[23\]"),
        ("[camera]", "[camera", r"is not valid TOML"),
    ],
)
def test_a_hole_in_a_world_file_is_one_clear_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(WorldError) as caught:
        load_world(changed(tmp_path, (old, new)))
    message = str(caught.value)
    assert re.search(says, message), message
    assert "\n" not in message
    assert str(tmp_path) in message


def test_an_entrance_behind_a_fence_cannot_be_reached(tmp_path: Path) -> None:
    fence = '[[prop]]\nmiddle_m = [20.0, 2]\nsize_m = [0.2, 40, 1.2]\ncolour = "#888888"\n[[prop]]'
    path = changed(tmp_path, ("[[prop]]", fence))
    with pytest.raises(WorldError, match=r"\[\[entrance\]\] 3: 'passing through, east' cannot be reached; open a way"):
        load_world(path)


def test_a_world_that_nobody_can_leave_is_refused(tmp_path: Path) -> None:
    text = changed(tmp_path).read_text().replace("[[exit]]", "[[closed]]").replace("exits =", "# exits =")
    path = tmp_path / "world.toml"
    path.write_text(text)
    with pytest.raises(WorldError, match=r"\[\[exit\]\] is missing although people leave"):
        load_world(path)


@pytest.mark.parametrize(("kind", "before"), [("vehicle", "# Each flies"), ("mark", None)])
def test_a_world_without_vehicles_or_marks_is_refused(tmp_path: Path, kind: str, before: str | None) -> None:
    text = changed(tmp_path).read_text().replace(f"[[{kind}]]", f"[[other_{kind}]]")
    path = tmp_path / "world.toml"
    path.write_text(text)
    with pytest.raises(WorldError, match=rf"\[\[{kind}\]\] is missing"):
        load_world(path)


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="cannot be read"):
        load_world(tmp_path / "none.toml")


values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.sampled_from(["", "a", "b"]),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)
fields = st.sampled_from(
    [
        "name",
        "people",
        "east_m",
        "north_m",
        "people_per_s",
        "via",
        "exits",
        "stays_s",
        "party_sizes",
        "circles_of",
        "to_s",
    ]
)
rows = st.lists(st.dictionaries(fields, values, max_size=6) | values, max_size=3) | values
kinds = st.sampled_from(["gathering", "strollers", "entrance", "exit", "waypoint", "evacuation", "walkable_m"])


@given(tables=st.dictionaries(kinds, rows | st.just([[0.0, 0.0], [9.0, 0.0], [9.0, 9.0]]), max_size=5))
def test_whatever_a_crowd_is_told_to_be_is_read_or_refused_in_one_line(tables: dict[str, object]) -> None:
    reader = TableReader(where="world.toml", table=tables, error=WorldError)
    try:
        plan = crowd_from(reader)
    except WorldError as error:
        message = str(error)
        assert message.startswith("world.toml")
        assert "\n" not in message
        assert ";" in message
    else:
        assert len(plan.walkable_m) >= 3
