"""Worlds on paper: what a detector of measured error would find of a true crowd, counted by the station's own code.

No picture is drawn, so that hundreds of crowds and hundreds of hours can be tried; in come worlds, out go figures.
"""
