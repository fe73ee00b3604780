import numpy as np
import pytest

from lakeseg.errors import ConfigError
from lakeseg.review.dividing import brush, divide, lasso


def drawn(mask):
    return ["".join("#" if one else "." for one in row) for row in mask]


def test_a_lasso_holds_the_pixels_whose_centres_it_holds():
    # x from 1 to 3, y from 0 to 2: the centres of columns 1 and 2 and of rows 0 and 1
    square = np.array([[1, 0], [3, 0], [3, 2], [1, 2]])
    assert drawn(lasso(square, (3, 4))) == [".##.", ".##.", "...."]
    # the triangle below x + y < 3 holds the centres (.5, .5), (1.5, .5), (.5, 1.5); (1.5, 1.5) lies on it
    assert drawn(lasso(np.array([[0, 0], [3, 0], [0, 3]]), (3, 3)))[0] == "##."
    assert not lasso(np.array([[0, 0], [3, 3]]), (3, 3)).any()


def test_a_brush_paints_within_its_radius():
    line = np.array([[0.5, 1.5], [3.5, 1.5]])
    assert drawn(brush(line, 0.4, (3, 5))) == [".....", "####.", "....."]
    assert drawn(brush(line, 1.0, (3, 5))) == ["####.", "#####", "####."]
    assert drawn(brush(np.array([[2.2, 0.1]]), 0.1, (2, 4))) == ["..#.", "...."]  # a dot paints where it is
    assert not brush(np.empty((0, 2)), 2, (2, 2)).any()
    assert not brush(np.array([[-9, -9]]), 1, (2, 2)).any()


def test_a_region_is_divided_into_all_of_its_pixels():
    mask = np.zeros((2, 3), bool)
    mask[0] = True
    inside, outside = divide(np.array([5, 1, 2]), mask)
    assert (inside.tolist(), outside.tolist()) == ([1, 2], [5])


@pytest.mark.parametrize(("value", "held"), [(True, "all"), (False, "none")])
def test_a_drawing_that_divides_nothing_says_so(value, held):
    with pytest.raises(ConfigError, match=f"the drawing holds {held} of the region's 2 px"):
        divide(np.array([0, 1]), np.full((1, 2), value))


@pytest.mark.parametrize("points", [np.array([[0, np.nan]]), np.arange(3)])
def test_a_drawing_that_is_none_says_so(points):
    with pytest.raises(ConfigError, match="something else than points"):
        lasso(points, (2, 2))
