"""Who may speak to this station: addresses that are allowed, signatures that hold, and what was refused and why."""
