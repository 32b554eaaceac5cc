"""How a vehicle is reached: its links, which of them is used, what it is asked for and how often."""
