"""The ledger of the public level: how much differential privacy may still be given away. A value inside the station."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

NS_PER_S: Final = 1_000_000_000
WINDOW_S: Final = 60
EPSILON_PER_WINDOW: Final = Fraction(1)
RELEASES_PER_WINDOW: Final = 6
EVERY_S: Final = WINDOW_S // RELEASES_PER_WINDOW
EPSILON_PER_RELEASE: Final = EPSILON_PER_WINDOW / RELEASES_PER_WINDOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What the ledger says at an instant, for everybody to read."""

    spent: Fraction
    """Epsilon, in the window that ends at the instant."""
    left: Fraction


class Ledger:
    """Counts releases in every window of `WINDOW_S` that ends now: sliding, so that no border of windows gives two.

    Instants come from a clock that nobody sets (monotonic). When it stands or runs back all the same, nothing that was
    spent comes back. After a start the whole window before counts as spent, because nobody remembers what an earlier
    run gave away: starting anew gains nothing.
    """

    def __init__(self, *, starts_ns: int) -> None:
        self._spent_ns = deque([starts_ns] * RELEASES_PER_WINDOW)
        self._newest_ns = starts_ns

    def spend(self, now_ns: int) -> bool:
        """Spend one release's epsilon, if it is there; releases are `EVERY_S` apart, and none is made up for."""
        if self.balance(now_ns).left < EPSILON_PER_RELEASE or self._spent_too_lately():
            return False
        self._spent_ns.append(self._newest_ns)
        return True

    def balance(self, now_ns: int) -> Balance:
        """Return what is spent and left now."""
        self._newest_ns = max(self._newest_ns, now_ns)
        while self._spent_ns and self._newest_ns - self._spent_ns[0] >= WINDOW_S * NS_PER_S:
            self._spent_ns.popleft()
        spent = len(self._spent_ns) * EPSILON_PER_RELEASE
        return Balance(spent=spent, left=EPSILON_PER_WINDOW - spent)

    def _spent_too_lately(self) -> bool:
        return bool(self._spent_ns) and self._newest_ns - self._spent_ns[-1] < EVERY_S * NS_PER_S
