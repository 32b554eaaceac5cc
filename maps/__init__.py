"""The ground: image points and counts per cell enter; positions with their error and a disclosed density map leave."""
