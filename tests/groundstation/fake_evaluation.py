"""A program that speaks the evaluation's end of the wire: figures about what it was told, or a failure."""

import json
import sys

from vision.wire import Done, Failed, Figures, Message, WorkerHealth, packed

HEALTH = WorkerHealth(
    utc_ns=1, frames_in=3, frames_out=0, frames_withheld=0, withheld_because={}, gate="open", fps=10.0,
    latency_ms=None, masked_share=0.1, cap_px_per_m=None, count_rate_hz=0.0,
)  # fmt: skip


def answers(told: dict[str, object]) -> list[Message]:
    if sys.argv[1] == "failing":
        return [Failed(cause="bad_input", detail="line 3 of the truth is no JSON; mend it")]
    if sys.argv[1] == "foreign":
        return [Figures({"n": 0, "pictures": 0, "recall": None}), Done(health=HEALTH, seconds=0.1)]
    figures: list[Message] = [Figures({"n": 3, "recall": 0.9, "told": told})] if sys.argv[1] == "figures" else []
    return [*figures, Done(health=HEALTH, seconds=0.1)]


if __name__ == "__main__":
    for answer in answers(json.loads(sys.stdin.readline())):
        sys.stdout.buffer.write(packed(answer))
