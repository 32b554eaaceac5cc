"""Some chaos runs in a process of their own: `python -m proofs.chaos SEED FIRST STOP STEP product|control`."""

from __future__ import annotations

import sys

from proofs.chaos.batch import judged, line_of

if __name__ == "__main__":
    seed, first, stop, step = map(int, sys.argv[1:5])
    for one in judged(range(first, stop, step), seed=seed, control=sys.argv[5] == "control"):
        sys.stdout.write(line_of(one) + "\n")
        sys.stdout.flush()
