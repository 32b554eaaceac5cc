"""`Discovery`: asks for what is told once: the autopilot's own number, home, cameras, streams and gimbals. Pure.

Three tries a second apart, then seldom: a camera may boot late. One question at a time, so that a refusal says what it
refuses. What was answered is asked again after a while, because it may have changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from flightlink.links.reach.requests import REFUSED
from flightlink.mavlink.messages import (
    AUTOPILOT_VERSION,
    CAMERA_INFORMATION,
    GIMBAL_MANAGER_INFORMATION,
    HOME_POSITION,
    VIDEO_STREAM_INFORMATION,
)

_S: Final = 1_000_000_000
TRIES: Final = 3
TRY_AGAIN_NS: Final = _S
SELDOM_NS: Final = 60 * _S
RENEW_NS: Final = {
    AUTOPILOT_VERSION: 5 * _S,  # two vehicles behind one radio show by two numbers
    HOME_POSITION: 30 * _S,
    CAMERA_INFORMATION: 60 * _S,
    VIDEO_STREAM_INFORMATION: 30 * _S,
    GIMBAL_MANAGER_INFORMATION: 60 * _S,
}
"""How long an answer holds."""
_ANSWER_NS: Final = _S // 2
_MOST_COMPONENTS: Final = 8

Question = tuple[int, int]
"""Component id, message id."""


@dataclass(slots=True, kw_only=True)
class _Asked:
    tries: int = 0
    asked_utc_ns: int = 0
    answered_utc_ns: int | None = None
    is_refused: bool = False

    def is_due(self, now_utc_ns: int, renew_ns: int) -> bool:
        """Return whether to ask now."""
        if self.answered_utc_ns is not None and 0 <= now_utc_ns - self.answered_utc_ns < renew_ns:
            return False
        if self.tries == 0:
            return True
        is_seldom = self.is_refused or self.tries >= TRIES
        return not 0 <= now_utc_ns - self.asked_utc_ns < (SELDOM_NS if is_seldom else TRY_AGAIN_NS)


class Discovery:
    """The questions to one vehicle."""

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Ask everything anew: the vehicle rebooted."""
        self._asked: dict[Question, _Asked] = {}
        self._awaited: Question | None = None
        self._awaited_since_ns = 0
        self._quiet_until_ns = 0
        """Nothing was due a moment ago: no need to look again before, unless an answer raises a question."""

    def hear(self, component_id: int, message_id: int, now_utc_ns: int) -> None:
        """Note that an answer came, asked for or not."""
        if message_id not in RENEW_NS:
            return
        question = component_id, message_id
        known = self._asked.setdefault(question, _Asked())
        known.answered_utc_ns, known.tries, known.is_refused = now_utc_ns, 0, False
        if self._awaited == question:
            self._awaited = None
        self._quiet_until_ns = 0

    def acknowledge(self, result: int) -> None:
        """Take the result of the question that is open."""
        if self._awaited is not None and result in REFUSED:
            self._asked[self._awaited].is_refused = True
            self._awaited = None

    def due(
        self, now_utc_ns: int, *, autopilot: int, cameras: Iterable[int], gimbals: Iterable[int]
    ) -> Question | None:
        """Return what to ask now, taken as asked; None while an answer is awaited or nothing is due.

        Args:
            now_utc_ns: the station's clock.
            autopilot: component id of the autopilot, which may speak for cameras and gimbals.
            cameras: component ids of cameras that were heard.
            gimbals: component ids of gimbals that were heard.
        """
        if self._awaited is not None and 0 <= now_utc_ns - self._awaited_since_ns < _ANSWER_NS:
            return None
        if 0 < self._quiet_until_ns - now_utc_ns <= _ANSWER_NS:
            return None
        for question in self._questions(autopilot, list(cameras), list(gimbals)):
            known = self._asked.setdefault(question, _Asked())
            if known.is_due(now_utc_ns, RENEW_NS[question[1]]):
                known.tries, known.asked_utc_ns = known.tries + 1, now_utc_ns
                self._awaited, self._awaited_since_ns = question, now_utc_ns
                return question
        self._quiet_until_ns = now_utc_ns + _ANSWER_NS
        return None

    def _questions(self, autopilot: int, cameras: list[int], gimbals: list[int]) -> Iterator[Question]:
        """Yield all questions, the most urgent first."""
        yield autopilot, AUTOPILOT_VERSION
        yield autopilot, HOME_POSITION
        for component_id in dict.fromkeys([autopilot, *cameras[:_MOST_COMPONENTS]]):
            yield component_id, CAMERA_INFORMATION
            known = self._asked.get((component_id, CAMERA_INFORMATION))
            if known is not None and known.answered_utc_ns is not None:
                yield component_id, VIDEO_STREAM_INFORMATION
        for component_id in dict.fromkeys([autopilot, *gimbals[:_MOST_COMPONENTS]]):
            yield component_id, GIMBAL_MANAGER_INFORMATION
