"""The operator map as files that leave the station: as it was published after gate 2, no figure without error and age."""
