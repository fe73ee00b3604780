import numpy as np

from lakeseg.bands import ALL_BANDS
from lakeseg.data.statistics import class_spectra
from lakeseg.figures.spectra import spectrum_chart


def test_chart_holds_the_pixel_and_the_classes_in_order_of_wavelength():
    counts = np.arange(14, dtype=np.int16).reshape(2, 7) * 100
    spectra = class_spectra(counts, np.array([1, 2], np.uint8), 1e-4, -28672)
    chart = spectrum_chart(counts[0] * 1e-4, spectra, spectra, ALL_BANDS).to_dict()
    rows = next(iter(chart["datasets"].values()))
    pixel = [row for row in rows if row["scope"] == "pixel"]
    assert [row["nm"] for row in pixel] == sorted(row["nm"] for row in pixel)
    by_band = {row["band"]: row["reflectance"] for row in pixel}
    assert by_band["band 2 (NIR)"] == counts[0, 1] * 1e-4
    assert {row["line"] for row in rows} == {"this pixel", "water, lake", "land, lake", "water, dataset", "land, dataset"}
