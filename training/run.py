"""The state of a run, written whole or not at all, so that the same command takes it up where it stopped."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from training.errors import TrainingError
from training.network import Weights

STATE: Final = "state.pt"


@dataclass(kw_only=True, eq=False)
class Run:
    """Where a run stands."""

    asked: dict[str, Any]
    """What decides about the run; another request must not go on with it."""
    weights: Weights
    smooth: Weights
    """The running mean of the weights: what is exported."""
    optimiser: Any
    step: int = 0
    spent_s: float = 0.0
    """Time spent in steps, over all parts of the run."""
    best: float = -1.0
    """The highest F1 so far on what was held out."""

    def save(self, folder: Path) -> None:
        """Write the state beside its place, then put it there."""
        state = {
            "asked": self.asked,
            "weights": {name: weight.detach() for name, weight in self.weights.items()},
            "smooth": self.smooth,
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "spent_s": self.spent_s,
            "best": self.best,
        }
        part = folder / f"{STATE}.part"
        torch.save(state, part)
        part.replace(folder / STATE)

    def resume(self, folder: Path) -> bool:
        """Take up what a folder holds; False where there is nothing.

        Raises:
            TrainingError: it holds another run, or cannot be read.
        """
        path = folder / STATE
        if not path.is_file():
            return False
        try:
            state = torch.load(path, weights_only=True)
        except Exception as error:  # six kinds were seen of damaged files; none is torch's own
            raise TrainingError(f"{path}: cannot be read ({error}); delete it or name another --out") from error
        if state["asked"] != self.asked:
            differ = sorted(key for key in self.asked if self.asked[key] != state["asked"].get(key))
            raise TrainingError(f"{path}: belongs to a run with another {', '.join(differ)}; name another --out")
        with torch.no_grad():
            for name, weight in self.weights.items():
                weight.copy_(state["weights"][name])
        self.smooth, self.step = state["smooth"], state["step"]
        self.spent_s, self.best = state["spent_s"], state["best"]
        self.optimiser.load_state_dict(state["optimiser"])
        return True


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is never half there."""
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(data)
    part.replace(path)
