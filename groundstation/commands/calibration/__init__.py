"""A camera's optics: a video of a board goes to a sealed process; a camera file comes out, or a board to print."""
