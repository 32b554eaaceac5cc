"""The workshop: a detector of the user's own is exported, tried, measured, trained; never beside a live link."""
