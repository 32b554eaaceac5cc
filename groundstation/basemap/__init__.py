"""Base maps and site plans that the operator imports: read from files, never from a network, and never believed."""
