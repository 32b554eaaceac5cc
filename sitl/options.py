"""What the simulator's programs understand of their command lines alike."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from sitl.world.errors import WorldError
from sitl.world.fault_file import fault_from_text
from sitl.world.faults import FaultBoard
from sitl.world.world import VehiclePlan, World

BAD_INPUT: Final = 2
Address = tuple[str, int]


def address(text: str) -> Address:
    """Return the host and port of `HOST:PORT`, for argparse."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no HOST:PORT")
    return host, int(port)


def plan_named(world: World, name: str) -> VehiclePlan:
    """Return a vehicle of the world.

    Raises:
        WorldError: there is none of that name.
    """
    for plan in world.vehicles:
        if plan.name == name:
            return plan
    known = ", ".join(plan.name for plan in world.vehicles)
    raise WorldError(f"{world.name}: has no vehicle {name!r}; it has {known}")


def with_faults(world: World, texts: Iterable[str]) -> World:
    """Return the world with the faults of a command line beside its own.

    Raises:
        WorldError: one of them is wrong; one line.
    """
    names = [plan.name for plan in world.vehicles]
    return replace(world, faults=(*world.faults, *(fault_from_text(text, names) for text in texts)))


def board_asked_for(world: World, plan: VehiclePlan, texts: Iterable[str]) -> FaultBoard:
    """Return the faults of a vehicle: the world's and a command line's.

    Raises:
        WorldError: one of them is wrong; one line.
    """
    return FaultBoard(with_faults(world, texts).faults, vehicle=plan.name, seed=world.seed)
