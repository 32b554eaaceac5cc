"""Users and what is kept of them: the command, the files that outlive a restart, and how often one may try."""

from __future__ import annotations

import asyncio
import io
import json
import stat
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundstation.__main__ import main
from groundstation.audit import AuditFile, acting
from groundstation.errors import BadInputError, NotKeptError
from groundstation.sessions.attempts import MOST_KEYS, WINDOW_S, Attempts
from groundstation.sessions.editing import ADMINISTRATOR
from groundstation.sessions.open_sessions import MOST_OPEN, OpenSessions
from groundstation.sessions.passwords import LEAST, Passwords
from groundstation.sessions.reading import DAMAGED, PART_BYTES, part_of
from groundstation.sessions.roles import Role
from groundstation.sessions.secret_key import key_in
from groundstation.sessions.users import MOST_USERS, User, UserFile, name_of
from tests.groundstation.entrances import LIFETIME, PASSWORD, QUICK, with_users


def users(folder: Path, *words: str, typed: str = "", monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    return main(["users", *words, "--state", str(folder)])


def test_users_are_added_listed_changed_and_removed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*words: str, typed: str = "") -> int:
        return users(tmp_path, *words, typed=typed, monkeypatch=monkeypatch)

    assert run("list") == 0
    assert "users add NAME --role supervisor" in capsys.readouterr().out
    assert run("add", "M. Diallo", "--role", "operator", typed=f"{PASSWORD}\n") == 0
    kept = (tmp_path / "users.json").read_text()
    assert "$argon2id$v=19$m=65536,t=3,p=4$" in kept
    assert PASSWORD not in kept + (tmp_path / "audit.jsonl").read_text()
    assert run("role", "m. diallo", "supervisor") == 0
    assert (tmp_path / "users.json").read_text() != kept
    before = UserFile(tmp_path / "users.json").users()["M. Diallo"]
    assert run("passwd", "M. Diallo", typed=f"another {PASSWORD}\n") == 0
    after = UserFile(tmp_path / "users.json").users()["M. Diallo"]
    assert before.stamp != after.stamp
    assert before.hashed != after.hashed
    capsys.readouterr()
    assert run("list", "--json") == 0
    assert json.loads(capsys.readouterr().out) == [{"name": "M. Diallo", "role": "supervisor"}]
    assert run("remove", "M. DIALLO") == 0
    assert UserFile(tmp_path / "users.json").users() == {}
    deeds = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [line["what"] for line in deeds if line["step"] == "done"] == [
        "user_added", "user_role_changed", "user_password_changed", "user_removed",
    ]  # fmt: skip
    assert {line["who"] for line in deeds} == {"administrator"}
    assert stat.S_IMODE((tmp_path / "users.json").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("words", "typed", "says"),
    [
        (("add", "a", "--role", "pilot"), "short\n", f"5 characters, expected {LEAST} to"),
        (("add", "a", "--role", "pilot"), "", "no password on standard input"),
        (("add", "demo", "--role", "pilot"), f"{PASSWORD}\n", "name 'demo'"),
        (("add", "a\tb\x00", "--role", "pilot"), f"{PASSWORD}\n", "expected 1 to 40 letters"),
        (("passwd", "nobody"), f"{PASSWORD}\n", "no user 'nobody'"),
        (("remove", "nobody"), "", "no user 'nobody'"),
    ],
)
def test_what_cannot_be_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...], typed: str, says: str,
) -> None:  # fmt: skip
    assert users(tmp_path, *words, typed=typed, monkeypatch=monkeypatch) == 2
    told = capsys.readouterr()
    assert says in told.err
    assert told.err.count("\n") == 1
    assert not (tmp_path / "users.json").exists()


def test_the_help_teaches(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["users", "--help"])
    told = capsys.readouterr().out
    assert "groundstation users add m.diallo --role supervisor" in told
    assert all(role.value in told for role in Role)


def test_a_terminal_asks_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    answers = iter([PASSWORD, "something else here", PASSWORD, PASSWORD])
    monkeypatch.setattr("getpass.getpass", lambda _: next(answers))
    for status in (2, 0):
        monkeypatch.setattr("sys.stdin", Terminal())
        assert main(["users", "add", "a", "--role", "pilot", "--state", str(tmp_path)]) == status
    assert "the two passwords differ" in capsys.readouterr().err


def test_an_audit_that_cannot_be_written_changes_no_user(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "audit.jsonl").mkdir()
    words = ("add", "a", "--role", "pilot")
    assert users(tmp_path, *words, typed=f"{PASSWORD}\n", monkeypatch=monkeypatch) == 1
    assert "audit.jsonl: cannot be written" in capsys.readouterr().err
    assert not (tmp_path / "users.json").exists()


@pytest.mark.parametrize("name", ["users.json", "sessions.json", "sessions.key"])
@pytest.mark.parametrize("text", ["", "{", "[1]", '{"users": [1], "sessions": [1]}', '{"users": 1, "sessions": 1}'])
def test_a_damaged_file_is_told_at_the_start(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    (tmp_path / name).chmod(0o600)
    with pytest.raises(BadInputError, match=rf"{name}: is (damaged|no key)") as told:
        with_users(tmp_path)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", ["users.json", "sessions.key"])
def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, name: str) -> None:
    with_users(tmp_path, Role.PILOT)
    (tmp_path / name).chmod(0o640)
    with pytest.raises(BadInputError, match=r"others may read .*\(mode 640\)"):
        with_users(tmp_path)


def test_a_weak_hash_is_no_hash(tmp_path: Path) -> None:
    file = UserFile(tmp_path / "users.json")
    file.store([User(name="a", role=Role.PILOT, hashed="$argon2i$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g", stamp="x")])
    with pytest.raises(BadInputError, match="is damaged"):
        file.users()
    twice = [User(name=name, role=Role.PILOT, hashed=QUICK.hashed(PASSWORD), stamp="x") for name in ("a", "A")]
    file.store(twice)
    with pytest.raises(BadInputError, match="a name is there twice"):
        file.users()
    with pytest.raises(BadInputError, match=f"{MOST_USERS} users are the most"):
        file.store([twice[0]] * (MOST_USERS + 1))


def test_a_key_is_made_once(tmp_path: Path) -> None:
    assert key_in(tmp_path) == key_in(tmp_path)
    assert len(key_in(tmp_path)) == 32


@given(st.text(max_size=60))
def test_a_name_is_fine_or_refused_and_stays_what_it_is(text: str) -> None:
    try:
        name = name_of(text)
    except BadInputError:
        return
    assert name_of(name) == name
    assert name.isprintable()
    assert 1 <= len(name) <= 40


def test_an_accent_typed_in_two_ways_is_one_password() -> None:
    hashed = QUICK.hashed("une \u00e9p\u00e9e bien longue")
    assert QUICK.fits("une e\u0301pe\u0301e bien longue", hashed)
    assert not QUICK.fits("une epee bien longue", hashed)
    assert not QUICK.fits("anything", None)


def test_a_name_that_nobody_has_takes_as_long_as_one_that_somebody_has() -> None:
    passwords = Passwords()
    hashed = passwords.hashed(PASSWORD)
    taken: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(5):
        for is_known, seconds in taken.items():
            begun_s = time.process_time()
            assert not passwords.fits("not the password", hashed if is_known else None)
            seconds.append(time.process_time() - begun_s)
    known_s, unknown_s = min(taken[True]), min(taken[False])
    assert known_s > 0.01
    assert 0.5 < known_s / unknown_s < 2


def test_attempts_are_few_and_time_heals() -> None:
    now_s = 1000.0
    attempts = Attempts(3, steady_s=lambda: now_s)
    for _ in range(3):
        assert attempts.wait_s("a") == 0
        attempts.take("a")
    assert attempts.wait_s("a") == WINDOW_S
    assert attempts.wait_s("b") == 0
    attempts.give_back("a")
    assert attempts.wait_s("a") == 0
    attempts.take("a")
    now_s += WINDOW_S
    assert attempts.wait_s("a") == 0
    for number in range(MOST_KEYS + 10):
        attempts.take(str(number))
    assert len(attempts._taken) == MOST_KEYS


def test_sessions_are_bounded_and_the_oldest_makes_room(tmp_path: Path) -> None:
    now_ns = time.time_ns()
    sessions = OpenSessions(tmp_path / "sessions.json", lifetime=LIFETIME, clock=lambda: now_ns)
    user = User(name="a", role=Role.PILOT, hashed="", stamp="x")
    secrets = []
    for _ in range(MOST_OPEN + 1):
        now_ns += 1_000_000_000
        secrets.append(sessions.open(user)[0])
    assert sessions.found(secrets[0]) is None
    assert sessions.found(secrets[1]) is not None
    assert len(json.loads((tmp_path / "sessions.json").read_text())["sessions"]) == MOST_OPEN
    assert secrets[1] not in (tmp_path / "sessions.json").read_text()


def test_a_session_that_cannot_be_kept_is_not_open(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file in the way")
    sessions = OpenSessions(tmp_path / "state" / "sessions.json", lifetime=LIFETIME, clock=time.time_ns)
    with pytest.raises(NotKeptError, match="cannot be written"):
        sessions.open(User(name="a", role=Role.PILOT, hashed="", stamp="x"))


def test_the_audit_is_read_backwards_line_by_line_with_nothing_lost(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    audit = AuditFile(path)
    with acting(ADMINISTRATOR):
        audit.record("first", utc_ns=0, reason="é" * 50)
    with path.open("a") as half:
        half.write('{"utc": "2026')
    for number in range(2000):
        audit.record("deed", utc_ns=number, number=number)
    assert path.stat().st_size > 2 * PART_BYTES / 1.5
    seen, before = [], None
    while True:
        part = part_of(path, before)
        seen += part["lines"]
        if (before := part["earlier"]) is None:
            break
    assert [line["detail"] for line in seen[:2000]] == [f"number: {number}" for number in reversed(range(2000))]
    assert [line["what"] for line in seen[2000:]] == [DAMAGED, "first"]
    assert seen[-1]["who"] == "administrator"
    assert part_of(tmp_path / "none") == {"lines": [], "earlier": None}


async def test_who_guesses_waits_and_keeps_nobody_else_out(tmp_path: Path) -> None:
    now_s = 1000.0
    doors = with_users(tmp_path, Role.SUPERVISOR, steady_s=lambda: now_s).doors

    async def tried(password: str, address: str) -> str:
        came = await doors.sign_in("supervisor", password, address=address)
        return "no" if came is None else type(came).__name__

    assert [await tried("a wrong guess", "10.0.0.66") for _ in range(11)] == ["no"] * 10 + ["Wait"]
    assert await tried(PASSWORD, "10.0.0.66") == "Wait", "not even with the right one"
    assert await tried(PASSWORD, "10.0.0.7") == "Visitor"
    now_s += WINDOW_S
    assert await tried(PASSWORD, "10.0.0.66") == "Visitor"
    for name in range(30):
        await doors.sign_in(f"name {name}", "a wrong guess", address="10.0.0.67")
    assert await tried(PASSWORD, "10.0.0.67") == "Wait", "the address has had its share"
    at_once = await asyncio.gather(*(tried("a wrong guess", "10.0.0.68") for _ in range(40)))
    assert sorted(set(at_once)) == ["Wait", "no"]
    assert at_once.count("no") == 10, "many at once are no way round"
