"""Signing in, and a session that ends, in a real browser: nothing typed is lost, nothing is shown to nobody."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from groundstation.sessions.roles import Role
from tests.browser.officers_here import Desk, dense, surge
from tests.browser.station import Station
from tests.groundstation.entrances import PASSWORD, set_users, with_users

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import Opened, OpenPage

pytestmark = pytest.mark.browser

SAID: Final = "() => document.getElementById('sign-in-refusal').textContent"
DIALOG: Final = "#sign-in-dialog"


@pytest.fixture
def station(loop_thread: asyncio.AbstractEventLoop, tmp_path: Path) -> Iterator[Station]:
    station = Station(loop_thread)
    station.desk = Desk(station.outbox, tmp_path)
    station.desk.alerts = [surge(9, 9), dense(5, 5, critical=True, seconds_ago=190)]
    station.entrance = with_users(tmp_path, *Role)
    station.start()
    yield station
    station.stop()


def typed(page: Page, name: str, password: str = PASSWORD) -> None:
    page.fill("#sign-in-name", name)
    page.fill("#sign-in-password", password)
    page.keyboard.press("Enter")


@pytest.fixture
def operator(open_page: OpenPage, station: Station) -> Opened:
    opened = open_page()
    typed(opened.page, "operator")
    opened.page.wait_for_url(station.address)
    opened.page.wait_for_function("() => document.querySelectorAll('.alert-card').length === 2")
    return opened.drawn()


@pytest.mark.parametrize(
    ("locale", "wrong", "empty"),
    [
        ("fr-FR", "Nom et mot de passe ne vont pas ensemble.", "Écrivez votre nom et votre mot de passe."),
        ("en-GB", "Name and password do not belong together.", "Write your name and your password."),
    ],
)
def test_one_signs_in_by_keyboard_on_a_small_phone(
    open_page: OpenPage, station: Station, locale: str, wrong: str, empty: str
) -> None:
    opened = open_page(width=360, height=740, locale=locale)
    page = opened.page
    assert page.url == f"{station.address}sign-in?to=/"
    assert opened.console == [], "nothing is asked for that is refused"
    assert page.evaluate("() => document.activeElement.id") == "sign-in-name"
    page.keyboard.press("Enter")
    assert opened.text("#sign-in-refusal") == empty
    typed(page, "operator", "not the right one")
    page.wait_for_function(SAID)
    assert opened.text("#sign-in-refusal") == wrong
    assert page.input_value("#sign-in-name") == "operator"
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    for field in ("#sign-in-name", "#sign-in-password", "#sign-in-send"):
        box = page.locator(field).bounding_box()
        assert box is not None
        assert box["height"] >= 44
    page.fill("#sign-in-password", PASSWORD)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url(station.address)
    opened.drawn()


def test_a_password_manager_finds_its_fields(open_page: OpenPage) -> None:
    page = open_page().page
    assert page.get_attribute("#sign-in-name", "autocomplete") == "username"
    assert page.get_attribute("#sign-in-password", "autocomplete") == "current-password"
    assert page.get_attribute("#sign-in-password", "type") == "password"
    assert page.get_by_label("Mot de passe").count() == 1


def test_too_many_attempts_are_told_with_the_time_to_wait(open_page: OpenPage) -> None:
    opened = open_page()
    for number in range(11):
        opened.page.fill("#sign-in-name", "operator")
        opened.page.fill("#sign-in-password", f"guess number {number}")
        with opened.page.expect_response("**/api/v1/session"):
            opened.page.click("#sign-in-send")
    opened.page.wait_for_function("() => document.getElementById('sign-in-refusal').textContent.startsWith('Trop')")
    assert re.search(r"Attendez [45] min", opened.text("#sign-in-refusal"))


def test_the_header_says_who_and_signs_out(operator: Opened, station: Station) -> None:
    page = operator.page
    assert operator.text("#session-open") == "operator"
    page.click("#session-open")
    assert operator.text("#session-title") == "operator, opérateur"
    assert page.locator("#session-audit").is_hidden(), "not for this role"
    page.click("#sign-out")
    page.wait_for_url(f"{station.address}sign-in")
    page.goto(f"{station.address}check")
    assert page.url == f"{station.address}sign-in?to=/check"


def test_what_is_signed_carries_the_name_of_the_session(operator: Opened) -> None:
    page = operator.page
    page.keyboard.press("a")
    assert page.input_value("#acknowledge-by") == "operator"
    assert page.locator("#acknowledge-by").get_attribute("readonly") is not None
    page.click("#acknowledge-cancel")
    page.locator("#acknowledge").wait_for(state="hidden")
    page.keyboard.press("g")
    page.locator("#log-text").wait_for(state="visible")
    assert page.input_value("#log-author") == "operator"
    assert page.locator("#log-author").get_attribute("readonly") is not None
    page.evaluate("() => { document.getElementById('log-author').value = 'supervisor'; }")
    page.fill("#log-text", "Barrière ouverte")
    page.click("#log-send")
    page.wait_for_function("() => document.querySelector('#log-list .log-by')?.textContent === 'operator'")


def test_a_session_that_ends_in_the_middle_of_an_action_loses_nothing(
    operator: Opened, station: Station, tmp_path: Path
) -> None:
    page = operator.page
    page.keyboard.press("a")
    page.fill("#acknowledge-reason", "Agents envoyés porte nord")
    set_users(tmp_path, *Role, stamp="another password")
    page.click("#acknowledge-send")
    page.wait_for_selector(DIALOG)
    assert operator.text("#sign-in-title") == "Session expirée"
    assert operator.text("#acknowledge-refusal").startswith("Session expirée : rien n’est parti.")
    assert page.input_value("#sign-in-name") == "operator", "as it was typed before"
    assert page.evaluate("() => document.activeElement.id") == "sign-in-password"
    page.fill("#sign-in-password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(DIALOG, state="detached")
    assert page.input_value("#acknowledge-reason") == "Agents envoyés porte nord"
    page.click("#acknowledge-send")
    page.wait_for_function("() => !document.getElementById('acknowledge').open")
    done = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    (kept,) = [line for line in done if line["what"] == "alert_acknowledged" and line["step"] == "done"]
    assert (kept["who"], kept["role"], kept["reason"]) == ("operator", "operator", "Agents envoyés porte nord")
    assert "par operator : Agents envoyés porte nord" in operator.text("#last-acknowledged")


def test_a_session_that_ends_while_nobody_does_anything_is_told_within_seconds(
    operator: Opened, tmp_path: Path
) -> None:
    page = operator.page
    set_users(tmp_path, *Role, stamp="another password")
    page.wait_for_selector(DIALOG, timeout=6000)
    typed(page, "operator")
    page.wait_for_selector(DIALOG, state="detached")
    page.wait_for_function("() => document.getElementById('offline').hidden", timeout=12_000)
    page.wait_for_function("() => document.querySelector('.tile:not(.closed)')", timeout=12_000)


def test_whoever_signed_in_again_in_another_tab_goes_on(operator: Opened, station: Station) -> None:
    other = operator.page.context.new_page()
    other.goto(f"{station.address}sign-in")
    typed(other, "operator")
    other.wait_for_url(station.address)
    other.close()
    operator.page.keyboard.press("a")
    operator.page.fill("#acknowledge-reason", "Flux dévié")
    operator.page.click("#acknowledge-send")
    operator.page.wait_for_function("() => !document.getElementById('acknowledge').open")


def test_what_a_role_may_not_use_is_disabled_and_says_why(operator: Opened) -> None:
    told: Any = operator.page.evaluate(
        """async () => {
          const { allow } = await import('/static/session.js');
          return ['manage', 'act'].map((right) => {
            const button = document.createElement('button');
            button.dataset.right = right;
            allow(button);
            return [button.disabled, button.title];
          });
        }"""
    )
    assert told == [[True, "Votre rôle ne le permet pas."], [False, ""]]


def test_the_auditor_reads_who_did_what_and_nothing_else(open_page: OpenPage, station: Station, tmp_path: Path) -> None:
    with (tmp_path / "audit.jsonl").open("a") as file:
        file.writelines(
            json.dumps({"utc": "2026-11-23T05:00:00.000Z", "what": f"deed_{number}", "who": "somebody"}) + "\n"
            for number in range(1000)
        )
    opened = open_page(locale="en-GB")
    typed(opened.page, "auditor")
    opened.page.wait_for_url(f"{station.address}audit")
    opened.page.wait_for_selector("#audit-lines td")
    rows = opened.page.locator("#audit-lines tbody tr")
    assert "signed in" in opened.text("#audit-lines")
    assert "auditor (auditor)" in opened.text("#audit-lines")
    before = rows.count()
    opened.page.click("#audit-more")
    opened.page.wait_for_function(f"() => document.querySelectorAll('#audit-lines tbody tr').length > {before}")
    assert opened.text("#audit-lines").rstrip().endswith("somebody")
    assert rows.last.inner_text().split()[2:4] == ["deed", "0"]
    assert opened.console == []
    opened.page.goto(f"{station.address}check")
    assert opened.page.url == f"{station.address}audit"


def test_a_session_that_opened_by_itself_says_so(calm: Opened) -> None:
    assert calm.text("#session-open") == "démo"
    calm.page.click("#session-open")
    assert "d’elle-même" in calm.text("#session-says")
    assert calm.page.locator("#sign-out").is_hidden()
    assert calm.page.locator("#session-audit").is_visible()
    calm.page.keyboard.press("Escape")
    calm.page.wait_for_selector("#session-dialog", state="detached")
