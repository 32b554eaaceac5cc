"""A world's figures: its flights are filmed and logged, watched by the station like any recording, then compared.

In comes a world; out go the figures of `evaluate density`. The truth is asked after the station has answered.
"""
