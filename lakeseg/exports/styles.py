"""What a GeoTIFF cannot hold, in files beside it: names of classes for GDAL, colours and legend for QGIS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from xml.sax.saxutils import quoteattr

from lakeseg.bands import CLASS_COLOURS, NO_LABEL, WATER
from lakeseg.data.write import replacing

# Name, type and usage of the columns of GDAL's attribute table, by the numbers of its C interface (GDALRATFieldType,
# GDALRATFieldUsage): https://gdal.org/en/stable/api/raster_c_api.html
_FIELDS: Final = (("Value", 0, 5), ("Class", 2, 2), ("Red", 0, 6), ("Green", 0, 7), ("Blue", 0, 8))


def rgba(colour: str, transparent: bool = False) -> tuple[int, int, int, int]:
    """Return `#rrggbb` as red, green, blue and opacity, each 0 to 255."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue, 0 if transparent else 255


def sidecars(path: Path) -> tuple[Path, Path]:
    """Return where GDAL and QGIS look beside the raster `path`."""
    return path.with_name(f"{path.name}.aux.xml"), path.with_suffix(".qml")


def write_sidecars(path: Path, names: Mapping[int, str], colours: Mapping[int, str], most: float) -> None:
    """Write both files; where values are no classes (`names` is empty) a legend from 0 to `most` alone.

    Raises:
        DatasetError: One cannot be written.
    """
    gdal, qgis = sidecars(path)
    if names:
        _write(gdal, _attributes(names, colours))
        _write(qgis, _style(_palette(names, colours)))
    else:
        gdal.unlink(missing_ok=True)  # of an earlier file of this name
        _write(qgis, _style(_ramp(most)))


def _write(path: Path, lines: Sequence[str]) -> None:
    with replacing(path) as temporary:
        temporary.write_text("\n".join([*lines, ""]), encoding="utf-8")


def _attributes(names: Mapping[int, str], colours: Mapping[int, str]) -> list[str]:
    """Return GDAL's sidecar: the classes as category names (values from 0) and as a table with colours."""
    lines = ["<PAMDataset>", '  <PAMRasterBand band="1">', "    <CategoryNames>"]
    lines += [f"      <Category>{names.get(value, '')}</Category>" for value in range(max(names) + 1)]
    lines += ["    </CategoryNames>", '    <GDALRasterAttributeTable tableType="thematic">']
    for index, (name, kind, usage) in enumerate(_FIELDS):
        inner = f"<Name>{name}</Name><Type>{kind}</Type><Usage>{usage}</Usage>"
        lines.append(f'      <FieldDefn index="{index}">{inner}</FieldDefn>')
    for index, (value, name) in enumerate(sorted(names.items())):
        cells = "".join(f"<F>{cell}</F>" for cell in (value, name, *rgba(colours[value])[:3]))
        lines.append(f'      <Row index="{index}">{cells}</Row>')
    return [*lines, "    </GDALRasterAttributeTable>", "  </PAMRasterBand>", "</PAMDataset>"]


def _style(renderer: Sequence[str]) -> list[str]:
    """Return a style as QGIS 3 loads it by itself; without one it lists all 256 colours that a palette has."""
    return ['<qgis version="3.22">', "  <pipe>", *renderer, "  </pipe>", "</qgis>"]


def _palette(names: Mapping[int, str], colours: Mapping[int, str]) -> list[str]:
    entries = [
        f'        <paletteEntry value="{value}" label={quoteattr(name)} color="{colours[value]}" alpha="255"/>'
        for value, name in sorted(names.items())
        if value != NO_LABEL
    ]
    head = '    <rasterrenderer type="paletted" band="1" opacity="1" alphaBand="-1">'
    return [head, "      <colorPalette>", *entries, "      </colorPalette>", "    </rasterrenderer>"]


def _ramp(most: float) -> list[str]:
    """Show the first band alone, that of water; QGIS would take three bands for red, green and blue."""
    ends = ((0, "#ffffff"), (most, CLASS_COLOURS[WATER]))
    items = [f'          <item value="{at:g}" label="{at:g}" color="{each}" alpha="255"/>' for at, each in ends]
    limits = f'classificationMin="0" classificationMax="{most:g}"'
    kind = f'colorRampType="INTERPOLATED" classificationMode="1" clip="0" minimumValue="0" maximumValue="{most:g}"'
    return [
        f'    <rasterrenderer type="singlebandpseudocolor" band="1" opacity="1" alphaBand="-1" {limits}>',
        "      <rastershader>",
        f"        <colorrampshader {kind}>",
        *items,
        "        </colorrampshader>",
        "      </rastershader>",
        "    </rasterrenderer>",
    ]
