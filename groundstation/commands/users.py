"""`users`: who may sign in at a station, and as what."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundstation.commands.arguments import Subparsers, add_command, add_json_argument, print_document, print_line

if TYPE_CHECKING:
    from groundstation.sessions.editing import Editor
    from groundstation.sessions.users import User

ROLES = """roles:
  pilot       the pilot's page: vehicles, health, the map; points a gimbal where the settings allow it
  operator    the command post: redacted video, acknowledges alerts, draws zones, aligns cameras, exports
  supervisor  all that an operator may, and what changes the station for everybody; reads the audit
  auditor     reads the audit and the register; no video, no map, changes nothing"""


def add(subparsers: Subparsers[Any]) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "users", help="add, list, change and remove who may sign in at a station",
        description="Who may sign in at a station, and as what.",
        epilog=f"{ROLES}\n\nThe first one:  groundstation users add m.diallo --role supervisor --state state\n"
        "A running station takes every change up at once.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parts = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    adding = _part(parts, "add", "add a user; the password is asked for", "add m.diallo --role operator", run_add)
    _name(adding)
    adding.add_argument("--role", required=True, choices=_roles(), help="what they may do")
    _part(parts, "list", "list users and roles", "list --json", run_list)
    _name(_part(parts, "remove", "remove a user; their sessions end", "remove m.diallo", run_remove))
    changing = _part(parts, "passwd", "give a user another password; their sessions end", "passwd m.diallo", run_passwd)
    _name(changing)
    role = _part(parts, "role", "give a user another role, at once", "role m.diallo supervisor", run_role)
    _name(role)
    role.add_argument("role", choices=_roles(), metavar="ROLE", help=", ".join(_roles()))


def _part(
    parts: Subparsers[Any], name: str, says: str, example: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    parser = add_command(parts, name, says=says, example=f"users {example}", run=run)
    parser.add_argument(
        "--state", type=Path, default=Path("state"), metavar="DIR",
        help="the station's state_dir, where users are kept (default: %(default)s)",
    )  # fmt: skip
    add_json_argument(parser)
    return parser


def _name(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="as it is typed to sign in; capitals make no difference")


def _roles() -> list[str]:
    from groundstation.sessions.roles import Role

    return [role.value for role in Role]


def run_add(arguments: argparse.Namespace) -> int:
    """Add a user."""
    from groundstation.sessions.roles import Role

    editor = _editor(arguments)
    name = editor.free_name(arguments.name)  # before anybody types a password in vain
    return _told(arguments, editor.add(name, Role(arguments.role), new_password(name)), "added as")


def run_list(arguments: argparse.Namespace) -> int:
    """List all users."""
    users = _editor(arguments).users()
    if arguments.json:
        print_document([_row(user) for user in users])
        return 0
    for user in users:
        print_line(f"{user.name}\t{user.role.value}")
    if not users:
        print_line(f"no users in {arguments.state}; `groundstation users add NAME --role supervisor` makes the first")
    return 0


def run_remove(arguments: argparse.Namespace) -> int:
    """Remove a user."""
    return _told(arguments, _editor(arguments).remove(arguments.name), "removed; was")


def run_passwd(arguments: argparse.Namespace) -> int:
    """Give a user another password."""
    editor = _editor(arguments)
    name = editor.named(arguments.name).name
    return _told(arguments, editor.set_password(name, new_password(name)), "has a new password and is still")


def run_role(arguments: argparse.Namespace) -> int:
    """Give a user another role."""
    from groundstation.sessions.roles import Role

    return _told(arguments, _editor(arguments).set_role(arguments.name, Role(arguments.role)), "is now")


def new_password(name: str) -> str:
    """Return the password that somebody gives a user.

    Raises:
        BadInputError: typed twice they differ, or nothing came.
    """
    from groundstation.commands.typing_in import typed_password
    from groundstation.sessions.passwords import LEAST

    return typed_password(f"new password of {name} (at least {LEAST} characters): ", again="once more: ")


def _editor(arguments: argparse.Namespace) -> Editor:
    from groundstation.instants import utc_now_ns
    from groundstation.sessions.editing import Editor
    from groundstation.sessions.passwords import Passwords

    return Editor(arguments.state, clock=utc_now_ns, passwords=Passwords())


def _row(user: User) -> dict[str, str]:
    return {"name": user.name, "role": user.role.value}


def _told(arguments: argparse.Namespace, user: User, done: str) -> int:
    if arguments.json:
        print_document(_row(user))
    else:
        print_line(f"{user.name} {done} {user.role.value}")
    return 0
