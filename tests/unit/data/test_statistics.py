import numpy as np

from lakeseg.data.statistics import class_spectra, dataset_spectra

FILL = -28672


def test_mean_and_spread_by_hand_without_fill():
    # Water: 100 and 300 counts in band one: mean 200, population sd 100. The fill pixel is left out.
    counts = np.array([[100, 10], [300, 10], [FILL, 10], [50, 70]], np.int16)
    labels = np.array([1, 1, 1, 2], np.uint8)
    spectra = class_spectra(counts, labels, scale=1e-4, fill=FILL)
    np.testing.assert_allclose(spectra.mean[1], [0.02, 0.001])
    np.testing.assert_allclose(spectra.spread[1], [0.01, 0.0], atol=1e-12)
    np.testing.assert_allclose(spectra.mean[2], [0.005, 0.007])
    assert spectra.pixels.tolist() == [0, 2, 1, 0]
    assert np.isnan(spectra.mean[3]).all()


def test_dataset_spectra_equal_numpy_over_all_pixels(small_dataset):
    counts, labels = small_dataset.pixels()
    spectra = dataset_spectra(small_dataset)
    for code in (1, 2):
        np.testing.assert_allclose(spectra.mean[code], counts[labels == code].mean(axis=0) * 1e-4, rtol=1e-9)
        np.testing.assert_allclose(spectra.spread[code], counts[labels == code].std(axis=0) * 1e-4, rtol=1e-6)
