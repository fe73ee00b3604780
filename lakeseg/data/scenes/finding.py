"""Find the images in a file or folder: which files belong together, of what product and day they are.

An image is not opened yet: `path` is its file or the folder of its files, `name` what a person calls it, `date` an ISO
date, empty where unknown, `mask` the file of labels beside it; `parts` opens it, and the caller closes what it gets.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lakeseg.data.readers.folders import files_below
from lakeseg.data.readers.options import ReadOptions
from lakeseg.data.scenes.layers import ENDINGS
from lakeseg.data.scenes.products import LANDSAT, PRODUCTS, Product, date_in, product
from lakeseg.data.scenes.stack import Parts
from lakeseg.errors import DatasetError

HDF_ENDINGS: Final = (".hdf", ".hdf4", ".he4")
MASK: Final = re.compile(r"(?:^|.*[_.-])(?:water[_-]?mask|mask|labels?|classes)\.tiff?$", re.IGNORECASE)
_BY_RESOLUTION: Final = re.compile(r"R\d\dm")  # of Sentinel-2: a folder for each size of pixels
_OF_A_LAYER: Final = re.compile(  # what tells the layers of one exported MODIS image apart
    r"(?:MODIS_Grid_)?(?:(?:250m|500m|1km)_(?:2D_)?)?(?:sur_refl_|state_)+(?:b0[1-7]|250m|500m|1km)(?:_1)?",
    re.IGNORECASE,
)
_PREFERRED_METRES: Final = ("20", "10", "60", None)


_Key = tuple[str, str, str]


@dataclass(frozen=True)
class BandFiles:
    """Files of a product, one a band, keyed by the code of the band (upper case)."""

    path: Path
    product: Product
    files: dict[str, Path]
    name: str
    date: str
    mask: Path | None = None

    def title(self) -> str:
        """Return what kind of image it is, in a few words."""
        return f"{self.product.title}, one file a band"

    def parts(self, options: ReadOptions) -> Parts:
        """Open its files."""
        from lakeseg.data.scenes.assembling import parts_of_files

        return parts_of_files(self, options)


@dataclass(frozen=True)
class StackFile:
    """A raster of several bands."""

    path: Path
    name: str
    date: str
    mask: Path | None = None

    def title(self) -> str:
        """Return what kind of image it is, in a few words."""
        return "GeoTIFF of several bands"

    def parts(self, options: ReadOptions) -> Parts:
        """Open the file."""
        from lakeseg.data.scenes.assembling import parts_of_stack

        return parts_of_stack(self, options)


@dataclass(frozen=True)
class HdfFile:
    """A MODIS surface reflectance product as HDF4-EOS."""

    path: Path
    name: str
    date: str
    mask: Path | None = None

    def title(self) -> str:
        """Return what kind of image it is, in a few words."""
        return "MODIS surface reflectance (HDF4-EOS)"

    def parts(self, options: ReadOptions) -> Parts:
        """Read the file."""
        from lakeseg.data.scenes.hdf import parts_of_hdf

        return parts_of_hdf(self, options)


Image = BandFiles | StackFile | HdfFile


def find_images(path: Path) -> list[Image]:
    """Return the images at `path`, in the order of their days and names; none where it holds no raster.

    Raises:
        DatasetError: Nothing is there, or a link leads out of the folder.
    """
    if path.is_dir():
        return sorted(_in_folder(path), key=lambda image: (image.date, image.name))
    if not path.is_file():
        raise DatasetError(f"{path}: no such file or folder: expected a raster")
    if path.suffix.lower() in HDF_ENDINGS:
        return [HdfFile(path, path.stem, date_in(path.name))]
    if path.suffix.lower() in ENDINGS:
        return [StackFile(path, path.stem, date_in(path.name), _beside(path))]
    return []


def _beside(path: Path) -> Path | None:
    """Return the file of labels that belongs to a stack by its name."""
    for word in ("mask", "labels", "label", "watermask", "water_mask"):
        for ending in (path.suffix, ".tif", ".tiff"):
            for separator in "_-.":
                found = path.with_name(f"{path.stem}{separator}{word}{ending}")
                if found.is_file() and found.resolve().parent == path.resolve().parent:
                    return found
    return None


def _in_folder(folder: Path) -> list[Image]:
    files = files_below(folder)
    hdf = [HdfFile(file, file.stem, date_in(file.name)) for file in files if file.suffix.lower() in HDF_ENDINGS]
    rasters = [file for file in files if file.suffix.lower() in ENDINGS]
    masks = [file for file in rasters if MASK.match(file.name)]
    bands = [file for file in rasters if file not in masks]
    found: list[Image] = [*_by_product(folder, bands, masks)]
    if not found:
        found = [StackFile(file, file.stem, date_in(file.name), _beside(file)) for file in bands]
    return [*hdf, *found]


def _by_product(folder: Path, files: list[Path], masks: list[Path]) -> list[BandFiles]:
    """Return the images of the products whose names fit; names with a mere number count where there are no others."""
    images: dict[tuple[str, _Key], dict[str, tuple[int, Path]]] = {}
    for file in files:
        for each in PRODUCTS:
            match = each.pattern.match(file.name)
            if match:
                _add(images.setdefault((each.key, _key(folder, file, match)), {}), match, file)
                break
    made = [_image(key, held, product(name), masks) for (name, key), held in images.items()]
    found = [image for image in made if set(image.files) & set(image.product.bands)]
    other = next((file for file in files if LANDSAT.match(file.name)), None) if not found else None
    if other is not None:
        remedy = "order Collection 2 Level 2, whose files are called LC08_L2SP_…_SR_B4.TIF"
        raise DatasetError(f"{other}: a Landsat file, but no surface reflectance by its name: {remedy}")
    return [image for image in found if image.product.key != "named"] or found


def _key(folder: Path, file: Path, match: re.Match[str]) -> _Key:
    """Return what the files of one image share: their folder, their scene by name, and the day."""
    if "scene" in match.re.groupindex:
        scene = match["scene"] or ""
    else:
        scene = _OF_A_LAYER.sub("", file.name.removesuffix(file.suffix)).strip("._- ")
    home = file.parent.parent if _BY_RESOLUTION.fullmatch(file.parent.name) else file.parent
    return str(home), scene, date_in(file.name) or date_in(file.parent.name) or date_in(folder.resolve().name)


def _add(held: dict[str, tuple[int, Path]], match: re.Match[str], file: Path) -> None:
    """Keep a file under the code of its band; of several resolutions 20 m comes first, then 10 m."""
    code = match["band"].upper()
    rank = _PREFERRED_METRES.index(match.groupdict().get("metres"))
    if code in held and rank == held[code][0]:
        raise DatasetError(f"{file}: is the same band of the same image as {held[code][1].name}: leave one out")
    if code not in held or rank < held[code][0]:
        held[code] = (rank, file)


def _image(key: _Key, held: dict[str, tuple[int, Path]], product: Product, masks: list[Path]) -> BandFiles:
    files = {code: file for code, (_, file) in held.items()}
    home = next(iter(files.values())).parent
    near = [mask for mask in masks if mask.parent == home and (not key[1] or mask.name.startswith(key[1]))]
    near = near or [mask for mask in masks if mask.parent == home]
    return BandFiles(home, product, files, key[1] or home.resolve().name, key[2], near[0] if len(near) == 1 else None)
