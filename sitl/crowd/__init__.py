"""The crowd: who stands, strolls, comes and goes, moved by JuPedSim; out come people with known places.

In comes a plan out of a world file. Nothing here knows a camera or a picture.
"""
