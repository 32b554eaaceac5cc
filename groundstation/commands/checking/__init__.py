"""`check`: a station that serves nobody runs for some seconds; what it saw becomes points, a table, an exit status."""
