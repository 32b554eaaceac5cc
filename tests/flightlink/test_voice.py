"""The fence around what the station says to vehicles: one module packs messages, from one short list of words."""

import ast
import math
from pathlib import Path

import pytest
from pymavlink.dialects.v20 import all as dialect

from flightlink.errors import LinkError
from flightlink.mavlink.voice import GIMBAL_PITCHYAW, PILOTS_SYSTEM_ID, READING, STATION_SYSTEM_ID, WORDS, Voice

ROOT = Path(__file__).parents[2]
ROOMS = ("flightlink", "maps", "vision", "groundstation", "static")
PACKS = "flightlink/mavlink/voice.py"
NOT_OF_THE_STATION = "groundstation/benchmarks/"
"""Packs messages to measure how quickly they are read; opens no link."""
MOVES = (
    "ARM", "TAKEOFF", "LAND", "MODE", "PARAM", "MISSION", "SERVO", "RELAY", "REPOSITION", "REBOOT", "RC_", "MANUAL",
)  # fmt: skip


HINTS = ("MAVLink_", "_encode", "_send", ".pack")
"""One of these is in every name that is looked for."""


def is_encoder(node: ast.AST, structs: set[str]) -> bool:
    """Say whether a name makes bytes of a MAVLink message: its class, or pymavlink's ways to encode, send and pack."""
    if isinstance(node, ast.Attribute) and node.attr == "pack":
        return not (isinstance(node.value, ast.Name) and node.value.id in structs)
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    if name.startswith("MAVLink_"):
        return name.endswith("_message")
    return isinstance(node, ast.Attribute) and len(name) > 7 and name.endswith(("_encode", "_send"))


def encoders(tree: ast.AST) -> list[str]:
    """Return the names in a module that make bytes of a message; `pack` of a `struct.Struct` constant makes none."""
    structs = {
        node.target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        if node.value is not None and "struct.Struct(" in ast.unparse(node.value)
    }
    return [ast.unparse(node) for node in ast.walk(tree) if is_encoder(node, structs)]


def test_no_other_module_of_the_product_packs_a_message() -> None:
    modules = {path.relative_to(ROOT).as_posix(): path for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    assert len(modules) > 100
    texts = {name: path.read_text(encoding="utf-8") for name, path in modules.items()}
    hinted = {name: text for name, text in texts.items() if any(hint in text for hint in HINTS)}
    packs = {name for name, text in hinted.items() if encoders(ast.parse(text))}
    assert PACKS in packs
    assert {name for name in packs - {PACKS} if not name.startswith(NOT_OF_THE_STATION)} == set()


@pytest.mark.parametrize("text", ["dialect.MAVLink_set_mode_message(1, 1, 4)", "link.mav.set_mode_send(1, 1, 4)",
                                  "mav.command_long_encode(1)", "message.pack(mav)"])  # fmt: skip
def test_the_walk_finds_what_packs(text: str) -> None:
    assert encoders(ast.parse(text))


def test_every_word_that_is_packed_is_one_of_the_list() -> None:
    tree = ast.parse((ROOT / PACKS).read_text(encoding="utf-8"))
    packed = {name for name in encoders(tree) if name != "message.pack"}
    kinds = {f"dialect.MAVLink_{message.lower()}_message" for message, _ in WORDS}
    assert packed == kinds
    commands = {command for _, command in WORDS if command is not None}
    assert commands == {511, 512, GIMBAL_PITCHYAW}
    assert not [name for command in commands for name in [dialect.enums["MAV_CMD"][command].name]
                if any(word in name for word in MOVES)]  # fmt: skip
    assert {("COMMAND_LONG", GIMBAL_PITCHYAW)} == WORDS - READING


@pytest.mark.parametrize(
    "message",
    [
        dialect.MAVLink_command_long_message(1, 1, dialect.MAV_CMD_COMPONENT_ARM_DISARM, 0, 1, 0, 0, 0, 0, 0, 0),
        dialect.MAVLink_command_int_message(1, 1, 0, dialect.MAV_CMD_DO_REPOSITION, 0, 0, 0, 0, 0, 0, 0, 0, 0),
        dialect.MAVLink_set_mode_message(1, 1, 4),
        dialect.MAVLink_param_set_message(1, 1, b"X", 1.0, 9),
        dialect.MAVLink_command_long_message(1, 1, dialect.MAV_CMD_DO_SET_ROI_LOCATION, 0, 0, 0, 0, 0, 48.0, 2.0, 0),
    ],
)
def test_what_is_no_word_is_not_packed(message: dialect.MAVLink_message) -> None:
    with pytest.raises(LinkError, match="no word of this station"):
        Voice()._packed(message)


def test_no_autopilot_takes_the_station_for_its_pilots_own() -> None:
    """It would not notice that the pilot's has fallen silent, or would turn home when this one stops."""
    heartbeat = dialect.MAVLink(None).decode(bytearray(Voice().heartbeat()))
    assert heartbeat.get_srcSystem() == STATION_SYSTEM_ID
    assert heartbeat.get_srcSystem() != PILOTS_SYSTEM_ID
    assert heartbeat.type != dialect.MAV_TYPE_GCS
    assert heartbeat.autopilot == dialect.MAV_AUTOPILOT_INVALID


def test_a_gimbal_is_told_angles_from_the_horizon_and_from_north() -> None:
    raw = Voice().point_gimbal(7, 154, device_id=1, pitch_deg=-33.5, yaw_deg=-120.25)
    (message,) = dialect.MAVLink(None).parse_buffer(bytearray(raw))
    assert (message.target_system, message.target_component, message.command) == (7, 154, GIMBAL_PITCHYAW)
    assert (message.param1, message.param2, message.param5, message.param7) == (-33.5, -120.25, 4 | 8 | 16 | 64, 1)
    assert math.isnan(message.param3)
    assert math.isnan(message.param4)


def test_peers_are_sent_nothing_but_words() -> None:
    """Every call of a peer's `send` gets what a voice packed."""
    for path in (ROOT / "flightlink").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text if "peer.send" in text else "")
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and ast.unparse(node.func).endswith(("peer.send", "way.peer.send"))):
                continue
            (said,) = node.args
            assert "voice." in ast.unparse(said), f"{path.name}:{node.lineno}"
