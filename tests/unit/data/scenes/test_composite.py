from __future__ import annotations

import numpy as np
import pytest

from lakeseg.data.readers.options import ReadOptions
from lakeseg.data.scenes.opening import open_scene, plan_scenes
from lakeseg.data.scenes.scene import Window
from lakeseg.errors import ConfigError, DatasetError
from tests.unit.data.scenes.hdf import tile_ga
from tests.unit.data.scenes.rasters import counting, write_tif

FILL = -28672
CLEAR, CLOUD, WATER = 8, 8 | 1, 3 << 3


def day(folder, number, blue, state=CLEAR, tile="h18v04", **bands):
    """Write one day of one cell of 1 km (2×2 px): band 1 tells the day, band 3 is `blue`."""
    values = {1: np.full((2, 2), number, "i2"), 3: np.full((2, 2), blue, "i2")} | {
        int(k[1:]): v for k, v in bands.items()
    }
    path = folder / f"MOD09GA.A2021{number:03d}.{tile}.061.hdf"
    return tile_ga(path, 2, 2, state=np.array([[state]]), bands=values)


def combined(folder, days=11, **options):
    with open_scene(folder, ReadOptions(days=days, **options)) as scene:
        window = Window(0, 0, *scene.shape)
        return scene, scene.read(window), scene.read_labels(window)


def test_the_clear_day_of_the_lowest_blue_is_taken(tmp_path):
    day(tmp_path, 100, 300)
    day(tmp_path, 101, 200, WATER)
    day(tmp_path, 102, 50, CLOUD)  # darker, but hidden
    scene, image, labels = combined(tmp_path)
    assert (image[..., 0] == 101).all()
    assert (image[..., 2] == 200).all()
    assert (labels == 1).all()
    assert (scene.date, scene.name) == ("2021-04-10", "h18v04-2021-04-10")
    assert scene.provenance["composite"]["days"] == ["2021-04-10", "2021-04-11", "2021-04-12"]


def test_where_every_day_is_hidden_the_lowest_blue_is_taken_without_a_label(tmp_path):
    day(tmp_path, 100, 300, CLOUD)
    day(tmp_path, 101, 200, CLOUD)
    _, image, labels = combined(tmp_path)
    assert (image[..., 0] == 101).all()
    assert not labels.any()
    assert (combined(tmp_path, clouds="keep")[2] == 2).all()


def test_a_day_that_lacks_a_band_comes_last(tmp_path):
    day(tmp_path, 100, 300, CLOUD)
    day(tmp_path, 101, 200, b6=np.array([[FILL, 1], [1, 1]], "i2"))
    _, image, _ = combined(tmp_path)
    assert image[..., 0].tolist() == [[100, 101], [101, 101]]


def test_days_beyond_the_period_and_other_tiles_are_images_of_their_own(tmp_path):
    for number in (100, 110, 111, 125):
        day(tmp_path, number, 300)
    day(tmp_path, 105, 300, tile="h19v04")
    plans = plan_scenes(tmp_path, ReadOptions(days=11))
    # from day 100: 100 and 110; from 111: 111 alone; 125; the other tile by itself
    assert [len(plan.images) for plan in plans] == [2, 1, 1, 1]
    assert len(plan_scenes(tmp_path, ReadOptions())) == 5
    with pytest.raises(DatasetError, match="holds 4 images"), open_scene(tmp_path, ReadOptions(days=11)):
        pass


def test_days_that_do_not_fit_each_other_are_refused(tmp_path):
    for number, shape in ((1, (4, 4)), (2, (4, 5))):
        write_tif(tmp_path / f"a_202101{number:02d}.tif", counting(7, *shape))
    with pytest.raises(DatasetError, match="other pixels"), open_scene(tmp_path, ReadOptions(days=11)):
        pass
    write_tif(tmp_path / "undated.tif", counting(7, 4, 4))
    with pytest.raises(ConfigError, match="says no day"):
        plan_scenes(tmp_path, ReadOptions(days=11))
