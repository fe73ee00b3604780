"""Open a raster of any known kind as a scene.

- A GeoTIFF of several bands: `--bands`, else by what the file calls them, else the seven of MODIS if there are seven.
- A folder with one file a band (GeoTIFF, or JPEG 2000 of Sentinel-2): by the names of `products.PRODUCTS`.
- MOD09A1, MOD09GA, MYD09A1, MYD09GA as HDF4-EOS.

Labels come from `--labels FILE`, else from a file beside it that is called a mask or labels, else from the layer of
quality of the product; `--labels none` wants none.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lakeseg.data.readers.options import ReadOptions
from lakeseg.data.scenes.finding import find_images
from lakeseg.data.scenes.scene import Scene
from lakeseg.data.scenes.stack import StackScene
from lakeseg.errors import DatasetError


@contextmanager
def open_scene(path: Path | str, options: ReadOptions | None = None) -> Iterator[Scene]:
    """Open the one image that a file or folder holds.

    Raises:
        ConfigError: rasterio or pyhdf is not installed, or an option makes no sense.
        DatasetError: The file is damaged, is no raster that is known, or holds images of several days.
    """
    path, options = Path(path), options or ReadOptions()
    images = find_images(path)
    if not images:
        raise DatasetError(f"{path}: no raster: expected a GeoTIFF, a MODIS HDF4 file, or a folder of one file a band")
    if len(images) > 1:
        listed = ", ".join(image.name for image in images[:3])
        raise DatasetError(f"{path}: holds {len(images)} images ({listed} …): name one of them")
    scene = StackScene(images[0].parts(options), options.pixel_size)
    try:
        yield scene
    finally:
        scene.close()
