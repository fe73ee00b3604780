"""Whole tiles: rasters too large for one pass, predicted part by part, here or on a cluster, with the same answers."""
