"""Recorded flights and photos: their files enter, poses and ground points leave."""
