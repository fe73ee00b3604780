"""Options of `import` for rasters: how lakes are cut out, what clouds do, which days become one."""

from __future__ import annotations

import argparse


def add_rasters(parser: argparse.ArgumentParser) -> None:
    """Add the options, named as the fields of `ReadOptions`."""
    group = parser.add_argument_group(
        "rasters (GeoTIFF, MODIS HDF4, Landsat, Sentinel-2, HLS)",
        "Bands, scale and day come from the names of the files, scale and offset from the product's metadata where it "
        "has some; --labels and --second-labels take a raster of labels, or 'quality' for water and land by the "
        "layer of quality that comes with the product; --ids and --groups name columns of "
        "outlines; --pixel-size asks for coarser pixels, averaged by area. See docs/rasters.md.",
    )
    add = group.add_argument
    add(
        "--cut",
        metavar="HOW",
        help="whole, tiles, water (by the labels), NDWI, MNDWI or AWEI (water by that index), or a file of outlines: "
        "GeoJSON, GeoPackage, Shapefile (default: whole up to 512 px, above that water, tiles without labels)",
    )
    add("--margin", type=int, metavar="PX", help="pixels around a lake that is cut out (default: 8)")
    add("--min-size", type=int, metavar="PX", help="pixels of water below which a water body is left out (default: 16)")
    add("--tile", type=int, metavar="PX", help="side of a tile (default: 128)")
    add(
        "--clouds",
        metavar="WHAT",
        help="where cloud, shadow or snow hides the ground: unlabel (keep the pixel, give no label), keep (both), "
        "missing (neither) (default: unlabel)",
    )
    add("--days", type=int, metavar="N", help="combine the images of N days: of those that see the ground the clearest")
    add(
        "--offset",
        type=float,
        metavar="R",
        help="reflectance of a count of zero, such as -0.1 (default: the product's)",
    )
