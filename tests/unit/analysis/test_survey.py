import numpy as np
import pytest

from lakeseg.analysis.histograms import WIDTH, Histograms, coarse
from lakeseg.analysis.survey import OTHERS, UNKNOWN, domain_rows, survey
from lakeseg.bands import is_fill
from lakeseg.data.write import write_dataset
from tests.lakes import HEADER, make_lake, make_table


def chosen(dataset, domain, code):
    """Counts of one class in one domain, lake by lake."""
    lakes = [lake for lake in dataset.iter_lakes() if (lake.domain or UNKNOWN) == domain]
    parts = [lake.image[(lake.labels == code) & ~is_fill(lake.image, dataset.fill)] for lake in lakes]
    return np.concatenate(parts)


def test_a_survey_counts_every_pixel_of_its_domain_and_class(small_dataset1):
    made = survey(small_dataset1)
    assert made.lakes.sum() == len(small_dataset1.lakes)
    for row, domain in enumerate(made.domains):
        for code in (1, 2, 3):
            counts = chosen(small_dataset1, domain, code)
            assert made.moments.pixels[row, code] == len(counts)
            assert made.histograms.pixels[row, code].sum() == counts.size
            if len(counts) > 1:
                one = made.moments.union([row], [code])
                np.testing.assert_allclose(one.covariance, np.cov(counts, rowvar=False), rtol=1e-9)


def test_a_survey_over_several_parts_of_the_file_is_that_of_one(small_dataset, monkeypatch):
    whole = survey(small_dataset)
    plain = type(small_dataset).iter_pixels
    monkeypatch.setattr(type(small_dataset), "iter_pixels", lambda self: plain(self, 700))
    parts = survey(small_dataset)
    np.testing.assert_array_equal(parts.moments.pixels, whole.moments.pixels)
    np.testing.assert_allclose(parts.moments.products, whole.moments.products)
    np.testing.assert_array_equal(parts.histograms.pixels, whole.histograms.pixels)


def test_pixels_with_a_missing_value_are_left_out(tmp_path):
    lake = make_lake("a", 4, 5, codes=(1,))
    lake.image[0, 0, 3] = HEADER.fill
    made = survey(write_dataset(tmp_path / "a.h5", HEADER, [lake]))
    assert made.domains == (UNKNOWN,)
    assert made.moments.pixels.sum() == 19


def test_the_smallest_of_many_domains_are_taken_together():
    table = make_table([""] * 40)
    names = [f"d{n:02}" for n in range(20)] + [f"d{n:02}" for n in range(10) for _ in range(2)]
    table.columns["domain"] = np.char.encode(np.array(names), "utf-8")
    shown, row = domain_rows(table)
    assert shown == (*(f"d{n:02}" for n in range(11)), OTHERS)
    assert row[19] == 11
    assert np.bincount(row).tolist() == [3] * 10 + [1] + [9]


def test_an_unknown_domain_means_all(small_dataset):
    made = survey(small_dataset)
    assert made.rows("nowhere") == made.rows(None) == list(range(len(made.domains)))
    assert made.rows(made.domains[-1]) == [len(made.domains) - 1]


def test_bars_hold_every_pixel_between_their_edges():
    histograms = Histograms.empty((1,), 1)
    counts = np.array([[-32768], [0], [31], [32], [640], [32767]], np.int16)
    histograms.add((0,), counts)
    edges, bars = coarse(histograms.pixels[0], bars=10, share=1.0)
    assert bars.sum() == 6
    assert edges[0] == -32768
    fine, few = coarse(histograms.pixels[0], bars=8, share=0.5)
    assert few.sum() == 6  # what lies outside stands in the first and last bar
    assert np.diff(fine).tolist() == [fine[1] - fine[0]] * 8
    assert (fine[1] - fine[0]) % WIDTH == 0


@pytest.mark.parametrize("bars", [1, 7, 48])
def test_bars_agree_with_numpy(bars):
    counts = np.random.default_rng(3).integers(500, 4000, (5000, 1)).astype(np.int16)
    histograms = Histograms.empty((1,), 1)
    histograms.add((0,), counts)
    edges, made = coarse(histograms.pixels[0], bars=bars, share=1.0)
    np.testing.assert_array_equal(made[0], np.histogram(counts, np.append(edges[:-1], edges[-1] - 0.5))[0])
