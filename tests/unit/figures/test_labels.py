import pytest

from lakeseg.figures.labels import moved_apart


@pytest.mark.parametrize(
    ("places", "moved"),
    [
        ([0.2, 0.8], [0.2, 0.8]),  # far apart: left alone
        ([0.5, 0.5], [0.5, 0.6]),  # the second moves up
        ([0.98, 0.97], [1.0, 0.9]),  # no room above: the lower one moves down
        ([-1.0, 0.05], [0.0, 0.1]),
        ([], []),
    ],
)
def test_names_are_moved_as_little_as_needed(places, moved):
    assert moved_apart(places, 0.1, 0, 1) == pytest.approx(moved)
