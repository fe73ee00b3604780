"""Rasters with a place on the ground, read in windows: GeoTIFF, MODIS, Landsat, Sentinel-2, HLS."""
