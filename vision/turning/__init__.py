"""How a camera turns, by its pictures and by its poses: both come in, the time between the two clocks leaves."""
