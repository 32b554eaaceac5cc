"""One module a benchmark: `measured()` runs it beside its peer or its floor and returns plain figures."""
