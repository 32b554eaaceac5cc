"""Every alarm of a vehicle, and every word for what a link turned away, is on the page, in the API and in the log."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from flightlink.links.admission.refusals import Refused
from groundstation.vehicles import Alarms
from tests.architecture.documents import ALL_KNOWN

ROOT = Path(__file__).parents[2]


def told(language: str, kind: str) -> set[str]:
    text = (ROOT / "static" / f"words-{language}.js").read_text(encoding="utf-8")
    return set(re.findall(rf"^  {kind}_(\w+): '[^']+',$", text, re.MULTILINE))


def alarms() -> set[str]:
    """Return the words that `VehicleState.alarms` names."""
    text = (ROOT / "flightlink" / "vehicle" / "state.py").read_text(encoding="utf-8")
    found = re.search(r"Constant words: (.+)\.", text)
    assert found is not None
    return set(re.findall(r"`(\w+)`", found.group(1)))


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_word_is_on_the_page(language: str) -> None:
    assert {word.value for word in Refused} == told(language, "refused")
    assert alarms() == told(language, "alarm")


def test_the_alarms_that_are_raised_are_those_that_are_named() -> None:
    raised = set[str]()
    for name in ("links/hub.py", "vehicle/tracker.py"):
        text = (ROOT / "flightlink" / name).read_text(encoding="utf-8")
        raised |= set(re.findall(r'raise_alarm\("(\w+)"', text)) | set(re.findall(r'\{"(\w+)"\} if', text))
    assert raised == alarms()


def test_every_word_is_in_the_api() -> None:
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    assert {f"`{word}`" for word in [*Refused, *alarms()]} - set(re.findall(r"`\w+`", text)) == set()


def test_an_alarm_is_told_once_when_it_begins_and_once_when_it_is_over() -> None:
    log, wrong, right = Alarms(), replace(ALL_KNOWN, alarms=("second_peer_refused",)), replace(ALL_KNOWN, alarms=())
    assert log.changes([right]) == []
    assert log.changes([wrong]) == [("alarm_raised", 2, "second_peer_refused")]
    assert log.changes([wrong]) == []
    assert log.changes([right]) == [("alarm_over", 2, "second_peer_refused")]
