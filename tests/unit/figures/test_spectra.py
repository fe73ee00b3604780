import numpy as np

from lakeseg.bands import ALL_BANDS
from lakeseg.data.statistics import class_spectra
from lakeseg.figures.spectra import spectrum_chart


def test_chart_holds_the_pixel_and_the_classes_in_order_of_wavelength():
    counts = np.arange(14, dtype=np.int16).reshape(2, 7) * 100
    spectra = class_spectra(counts, np.array([1, 2], np.uint8), 1e-4, -28672)
    chart = spectrum_chart(counts[0] * 1e-4, spectra, spectra, ALL_BANDS).to_dict()
    rows = max(chart["datasets"].values(), key=len)
    pixel = [row for row in rows if row["scope"] == "pixel"]
    assert [row["nm"] for row in pixel] == sorted(row["nm"] for row in pixel)
    by_band = {row["band"]: row["reflectance"] for row in pixel}
    assert by_band["band 2 (NIR)"] == counts[0, 1] * 1e-4
    assert {row["line"] for row in rows} == {"this pixel", "water", "land", "water, dataset", "land, dataset"}


def test_names_of_lines_that_end_together_stand_apart():
    counts = np.full((2, 7), 1000, np.int16)
    spectra = class_spectra(counts, np.array([1, 2], np.uint8), 1e-4, -28672)
    chart = spectrum_chart(counts[0] * 1e-4, spectra, spectra, ALL_BANDS).to_dict()
    places = sorted(row["place"] for rows in chart["datasets"].values() for row in rows if "place" in row)
    assert len(places) == 3
    assert np.diff(places).min() > 0.005
