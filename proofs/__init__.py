"""The proofs: what the station promises, tried on the installed program; may open every room, and none may open it."""
