"""The optics of a camera from a video of a board: pictures of a closed local file enter, numbers of the lens leave."""
