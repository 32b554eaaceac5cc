"""Which proof tries which guarantee: one line each."""

from __future__ import annotations

from collections.abc import Mapping

from proofs.row import Proof


def proofs() -> Mapping[int, Proof]:
    """Return the proofs by number; their engines are loaded here and not before."""
    from proofs import (  # noqa: PLC0415 - so that `--help` loads no engine
        absence,
        appearance,
        ceiling,
        closed,
        disclosure,
        interference,
        memory,
        sealed,
    )

    return {
        1: interference.proved,
        2: ceiling.proved,
        3: closed.proved,
        4: appearance.proved,
        5: memory.proved,
        6: absence.proved,
        7: sealed.proved,
        11: disclosure.proved,
    }
