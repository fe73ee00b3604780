"""A tile in parts is the tile in one pass, goes on after a stop, and is refused in one line."""

import numpy as np
import pytest
import rasterio
from rasterio.errors import NotGeoreferencedWarning

from lakeseg import framing, inference
from lakeseg.errors import ConfigError, DatasetError, ModelError
from lakeseg.inference import predict_lake
from lakeseg.tiles import parts as cutting
from lakeseg.tiles.rasters import Goal, to_percent
from lakeseg.tiles.tile import Tile, predict_tile
from tests.unit.tiles.rasters_by_hand import GRID, Raster, counts, here, model, read_back

REACHES = ["mndwi", "fcn-lakeseg", "fcn-paper-16", "unet-paper-16", "unet-lakeseg"]


@pytest.fixture
def small_parts(monkeypatch):
    """Cut into parts of about 64 × 96 px, and whole images into blocks of 32."""
    monkeypatch.setattr(framing, "BLOCK", 32)
    monkeypatch.setattr(inference, "_BLOCK", 32)
    monkeypatch.setattr(cutting, "_ROWS", 64)
    monkeypatch.setattr(cutting, "_ROWS_OF_TILES", 64)
    monkeypatch.setattr(cutting, "_COLUMNS", 96)


@pytest.fixture
def source(tmp_path):
    """A file that stands for the tile's own."""
    path = tmp_path / "tile.hdf"
    path.write_bytes(b"pixels")
    return path


def quiet(_share, _text):
    """Hear of progress and say nothing."""


def predict(image, source, name, goal, progress=quiet, **options):
    return predict_tile(Tile(Raster(image), source, {}), here(name), goal, progress, **options)


@pytest.mark.parametrize("name", REACHES)
def test_parts_give_what_one_pass_gives(name, source, tmp_path, small_parts):
    image = counts(170, 230)
    goal = Goal(tmp_path / "water.tif", tmp_path / "shares.tif")
    done = predict(image, source, name, goal)
    assert done.parts > 4 or name == "unet-lakeseg"
    once = predict_lake(model(name)[0], image, Raster.bands)
    missing = (image == -28672).any(axis=-1)
    values, proj, transform, tags = read_back(goal.classes)
    expected = np.where(missing, 0, once.argmax(axis=-1) + 1)
    second, first = np.sort(once, axis=-1)[..., 1:].transpose(2, 0, 1)
    assert ((values[0] == expected) | (first - second < 1e-5)).all()
    assert ("+proj=sinu" in proj, transform) == (True, GRID.transform)
    assert (tags["model"], tags["date"], tags["source"]) == (name, "2021-08-10", "by hand")
    shares = np.moveaxis(read_back(goal.probabilities)[0], 0, -1)
    np.testing.assert_allclose(shares[~missing], once[~missing], atol=1e-5, rtol=0)
    assert np.isnan(shares[missing]).all()
    assert done.pixels == {code: int((values[0] == code).sum()) for code in range(4)}
    assert not list(tmp_path.glob(".*"))  # nothing is left of what was kept


def test_a_tile_of_its_real_size_is_cut_without_a_seam(source, tmp_path):
    image = counts(700, 1500)
    goal = Goal(tmp_path / "water.tif")
    assert predict(image, source, "mndwi", goal).parts == 6
    once = predict_lake(model("mndwi")[0], image, Raster.bands)
    expected = np.where((image == -28672).any(axis=-1), 0, once.argmax(axis=-1) + 1)
    np.testing.assert_array_equal(read_back(goal.classes)[0][0], expected)


def test_a_part_without_data_is_not_asked_for(source, tmp_path, small_parts):
    image = counts(128, 96)
    image[:64] = -28672
    done = predict(image, source, "mndwi", Goal(tmp_path / "water.tif"))
    assert done.pixels[0] == 64 * 96 + int((image[64:] == -28672).any(axis=-1).sum())


class StopError(Exception):
    """Stands for a kill."""


def stopping_after(count):
    """Progress that stops the run once `count` parts are kept."""
    heard = []

    def progress(share, text):
        heard.append((share, text))
        if len(heard) > count:
            raise StopError

    return progress


def test_a_stopped_run_goes_on_where_it_was(source, tmp_path, small_parts):
    image, goal = counts(170, 230), Goal(tmp_path / "water.tif")
    with pytest.raises(StopError):
        predict(image, source, "mndwi", goal, stopping_after(3))
    assert not goal.classes.exists()
    said = []
    done = predict(image, source, "mndwi", goal, lambda share, text: said.append((share, text)))
    assert done.known == 3
    shares = [share for share, _ in said]
    assert shares == sorted(shares)
    assert shares[0] == pytest.approx(3 * 64 * 96 / (170 * 230), rel=0.3)
    assert [text for _, text in said[:3]] == ["", "", "about 0 s left"]
    fresh = tmp_path / "fresh.tif"
    predict(image, source, "mndwi", Goal(fresh))
    np.testing.assert_array_equal(read_back(goal.classes)[0], read_back(fresh)[0])


@pytest.mark.parametrize("change", ["model", "source", "probabilities", "anew", "damage"])
def test_parts_of_something_else_are_not_gone_on_with(change, source, tmp_path, small_parts):
    image, goal, name, anew = counts(170, 230), Goal(tmp_path / "water.tif"), "mndwi", False
    with pytest.raises(StopError):
        predict(image, source, "mndwi", goal, stopping_after(3))
    if change == "model":
        name = "ndwi"
    elif change == "source":
        source.write_bytes(b"other pixels")
    elif change == "probabilities":
        goal = Goal(goal.classes, tmp_path / "shares.tif")
    elif change == "anew":
        anew = True
    else:
        for path in (tmp_path / ".water.tif.parts").glob("*.npz"):
            path.write_bytes(path.read_bytes()[:-40])
    assert predict(image, source, name, goal, anew=anew).known == 0


def test_what_is_there_is_left_as_it_is(source, tmp_path, small_parts):
    image, goal = counts(70, 80), Goal(tmp_path / "water.tif")
    first = predict(image, source, "mndwi", goal)
    stamp = goal.classes.stat().st_mtime_ns
    again = predict(image, source, "mndwi", goal)
    assert (again.was_there, again.pixels) == (True, first.pixels)
    assert goal.classes.stat().st_mtime_ns == stamp
    assert not predict(image, source, "mndwi", goal, anew=True).was_there
    assert not predict(image, source, "ndwi", goal).was_there


def test_percent_is_rounded_and_marks_what_is_missing():
    shares = np.array([[[0.004, 0.996, 0], [np.nan] * 3]], np.float32)
    assert to_percent(shares).tolist() == [[[0, 100, 0], [255] * 3]]


def test_a_tile_that_changes_meanwhile_is_refused(source, tmp_path, small_parts):
    def progress(share, _text):
        if share > 0.5:
            source.write_bytes(b"changed pixels")

    with pytest.raises(DatasetError, match="changed while it was read"):
        predict(counts(170, 230), source, "mndwi", Goal(tmp_path / "water.tif"), progress)
    assert not (tmp_path / "water.tif").exists()


def test_two_processes_do_not_write_one_file(source, tmp_path, small_parts):
    goal = Goal(tmp_path / "water.tif")

    def progress(_share, _text):
        predict(counts(70, 80), source, "mndwi", goal)

    with pytest.raises(ConfigError, match="another process is writing it"):
        predict(counts(70, 80), source, "mndwi", goal, progress)


def test_a_tile_without_a_band_is_refused_before_anything_is_made(source, tmp_path):
    scene = Raster(counts(9, 9)[..., :3])
    scene.bands = (1, 2, 3)
    with pytest.raises(ModelError, match="mndwi needs bands 4, 6, the data has 1, 2, 3"):
        predict_tile(Tile(scene, source, {}), here("mndwi"), Goal(tmp_path / "water.tif"), quiet)
    assert [path.name for path in tmp_path.iterdir()] == ["tile.hdf"]


@pytest.mark.parametrize(
    ("classes", "probabilities", "message"),
    [
        ("water.png", None, "expected a name ending in .tif"),
        ("tile.hdf", None, "expected a name ending in .tif"),
        ("a.tif", "a.tif", "need a file each"),
        ("folder.tif", None, "is a folder"),
    ],
)
def test_goals_that_make_no_sense_are_refused(classes, probabilities, message, source, tmp_path):
    (tmp_path / "folder.tif").mkdir()
    goal = Goal(tmp_path / classes, tmp_path / probabilities if probabilities else None)
    with pytest.raises(ConfigError, match=message):
        predict(counts(9, 9), source, "mndwi", goal)


def test_a_tile_is_not_written_over_itself(tmp_path):
    source = tmp_path / "tile.tif"
    source.write_bytes(b"pixels")
    with pytest.raises(ConfigError, match="is the tile itself"):
        predict(counts(9, 9), source, "mndwi", Goal(source))


def test_a_folder_that_cannot_be_made_is_one_line(source, tmp_path):
    with pytest.raises(DatasetError, match="a file is in the way"):
        predict(counts(9, 9), source, "mndwi", Goal(source / "water.tif"))


def test_a_tile_without_a_place_gives_a_raster_without_one(source, tmp_path):
    scene, goal = Raster(counts(20, 30)), Goal(tmp_path / "water.tif")
    scene.grid = None
    predict_tile(Tile(scene, source, {}), here("mndwi"), goal, quiet)
    assert predict_tile(Tile(scene, source, {}), here("mndwi"), goal, quiet).was_there  # without a warning
    with pytest.warns(NotGeoreferencedWarning), rasterio.open(goal.classes) as file:
        assert file.crs is None
