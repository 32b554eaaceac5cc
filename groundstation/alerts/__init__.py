"""Alerts and who has taken them up: events of the map and an officer's reason enter, alerts as served leave."""
