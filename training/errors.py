"""What the trainer says when it cannot go on."""

from __future__ import annotations


class TrainingError(Exception):
    """Pictures, a network or a run cannot be used; the message says which and why."""
