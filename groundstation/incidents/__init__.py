"""The incident log: what officers write and what the station sees change, appended and never changed; shifts change."""
