"""Guarantee 6, part by part: what is installed, imported, called, loaded and read, beside the lists of what may be."""
