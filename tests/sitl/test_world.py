import re
from pathlib import Path

import pytest

from sitl.errors import WorldError
from sitl.world import World
from sitl.world_file import load_world

DEMO = Path(__file__).parents[2] / "sitl" / "worlds" / "demo.toml"
GROUND = DEMO.parent.parent / "grounds" / "square.webp"


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = DEMO.read_text().replace('"../grounds/square.webp"', f'"{GROUND}"')
    assert old in text
    path = tmp_path / "world.toml"
    path.write_text(text.replace(old, new, 1))
    return path


def test_the_demo_world_is_whole(world: World) -> None:
    assert world.audience.people > 50
    assert world.strollers.people > 50
    assert {plan.system_id for plan in world.vehicles} == {1, 2}
    assert world.camera.hfov_deg == pytest.approx(35)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("seed = 20", "", r"world.toml: seed is missing"),
        ("seed = 20", 'seed = "x"', r"seed is 'x', not a whole number"),
        ("[home]", "[house]", r"\[home\] is missing"),
        ("lat_deg = 48.85702", "lat_deg = 148.0", r"\[home\]: lat_deg is 148, outside -80 to 80"),
        ("square.webp", "round.webp", r"\[ground\]: file names .*round.webp, which is not there"),
        ("people = 85", "people = 0", r"\[strollers\]: people is 0"),
        ("east_m = [-22, 22]", "east_m = [22, -22]", r"east_m runs from 22 to -22; give the smaller number first"),
        ("size_m = [12, 6, 1.2]", "size_m = [12, 6]", r"\[\[prop\]\] 1: size_m is \[12, 6\]"),
        ("size_m = [12, 6, 1.2]", "size_m = [12, 6, 0]", r"each side must be above 0"),
        ('"#4a4038"', '"brown"', r"colour is 'brown'; expected a colour"),
        ("system_id = 2", "system_id = 1", r"system_id is there twice"),
        ('name = "D1"', 'name = "D 1"', r"name is 'D 1'; use letters"),
        ("height_m = 34", "height_m = nan", r"\[\[vehicle\]\] 1: height_m is nan, not a finite number"),
        ("[24, 24]", "[24]", r"area_m: 2 is \[24\]"),
        ("[camera]", "[camera", r"is not valid TOML"),
    ],
)
def test_a_hole_in_a_world_file_is_one_clear_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(WorldError) as caught:
        load_world(changed(tmp_path, old, new))
    message = str(caught.value)
    assert re.search(says, message), message
    assert "\n" not in message
    assert str(tmp_path) in message


def test_a_world_without_vehicles_is_refused(tmp_path: Path) -> None:
    text = changed(tmp_path, "seed", "seed").read_text().split("[[vehicle]]")[0]
    path = tmp_path / "world.toml"
    path.write_text(text)
    with pytest.raises(WorldError, match=r"\[\[vehicle\]\] is missing"):
        load_world(path)


def test_a_missing_file_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="cannot be read"):
        load_world(tmp_path / "none.toml")
