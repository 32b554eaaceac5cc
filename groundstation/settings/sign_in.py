"""The table `[sign_in]`: how long a session lasts, and whether one opens by itself."""

from __future__ import annotations

from pydantic import Field

from groundstation.settings.tables import Table


class SignInTable(Table):
    """`[sign_in]`: without it people sign in, for a shift at the longest."""

    by_itself: bool = Field(
        default=False, title="By itself", examples=[True],
        description="Whoever asks from this machine is a supervisor without a password, as in `demo`; for a machine "
        "that nobody else can reach.",
    )  # fmt: skip
    idle_min: int = Field(
        default=30, title="Idle", ge=1, le=720, examples=[30],
        description="Minutes after which a session ends when no page of it is open and nothing is asked.",
    )  # fmt: skip
    longest_h: int = Field(
        default=12, title="Longest", ge=1, le=72, examples=[12],
        description="Hours after which a session ends, whatever happens.",
    )  # fmt: skip
