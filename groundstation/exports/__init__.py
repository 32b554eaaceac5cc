"""The operator map as files that leave the station: as published after gate 2, no figure without error and age."""
