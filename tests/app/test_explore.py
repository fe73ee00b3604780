import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from lakeseg.bands import CLASS_NAMES
from lakeseg.data.dataset import open_dataset

ROOT = Path(__file__).parents[2]
KINDS = ("subheader", "markdown", "caption", "warning", "error")


def text(app: AppTest) -> str:
    return "\n".join(str(part.value) for kind in KINDS for part in getattr(app, kind))


def tables(app: AppTest) -> list:
    return [frame.value for frame in app.dataframe]


def test_opens_on_the_first_lake_with_numbers_of_the_models(app, in_lab):
    run = app()
    assert not run.exception
    dataset = open_dataset(in_lab / "data" / "dataset1.h5")
    assert run.selectbox("lake").value == dataset.lake_ids[0]
    assert dataset.lake_ids[0].replace("-", "\\-") in text(run) or dataset.lake_ids[0] in text(run)
    assert "simulated" in text(run)
    assert list(tables(run)[0]["Model"]) == ["Logistic regression", "MNDWI threshold"]


def test_a_link_restores_the_view(app, in_lab):
    lake = open_dataset(in_lab / "data" / "dataset2.h5").lake_ids[4]
    run = app(dataset="dataset2", lake=lake, models=["mndwi"], composite="False colour 7-2-1", pixel="2,3")
    assert not run.exception
    assert run.selectbox("dataset").value == "dataset2"
    assert run.selectbox("lake").value == lake
    assert run.selectbox("composite").value == "False colour 7-2-1"
    assert list(tables(run)[0]["Model"]) == ["MNDWI threshold"]
    assert "Pixel row 2, column 3" in text(run)


def test_next_and_previous_stop_at_the_ends_and_forget_the_pixel(app, in_lab):
    ids = open_dataset(in_lab / "data" / "dataset1.h5").lake_ids
    run = app(pixel="1,1")
    run.button("step_Right").click().run()
    assert run.selectbox("lake").value == ids[1]
    assert "pixel" not in run.query_params
    run.button("step_Left").click().run()
    run.button("step_Left").click().run()
    assert run.selectbox("lake").value == ids[0]
    assert not run.exception


def test_a_click_shows_the_pixel_with_its_label_and_truth(app, in_lab):
    dataset = open_dataset(in_lab / "data" / "dataset1.h5")
    lake = dataset.lake(dataset.lake_ids[0])
    run = app(lake=lake.id)
    run.session_state["viewer"] = {"pixel": [5, 7, 1]}
    run.run()
    assert f"label {CLASS_NAMES[int(lake.labels[5, 7])]}" in text(run)
    assert f"true water fraction {lake.truth[5, 7]} %" in text(run)
    assert run.query_params["pixel"] == "5,7"
    models = tables(run)[1]
    assert {"Model", "Says", "Water", "Land"} <= set(models.columns)


def test_numbers_name_their_pixels(app, in_lab):
    dataset = open_dataset(in_lab / "data" / "dataset1.h5")
    labels = dataset.lake(dataset.lake_ids[0]).labels
    run = app()
    classified = int(np.isin(labels, (1, 2)).sum())
    assert set(tables(run)[0]["Pixels"]) == {f"{classified:,}"}
    assert f"{labels.size:,} px" in text(run)
    assert f"{(labels == 3).sum():,} unclassified" in text(run)


@pytest.mark.parametrize("panels", [["Difference"], ["Probability", "Entropy"], ["Classes", "True water"], []])
def test_every_kind_of_panel(app, panels):
    run = app(show=panels) if panels else app()
    if not panels:
        run.button_group("show").set_value([]).run()
    assert not run.exception


@pytest.mark.parametrize("composite", ["Three bands", "Index", "False colour 2-1-4"])
def test_every_kind_of_composite(app, composite):
    run = app(composite=composite)
    assert not run.exception


def test_a_damaged_model_says_so_and_the_others_live_on(app):
    run = app(models=["logistic", "damaged"])
    assert not run.exception
    assert list(tables(run)[0]["Model"]) == ["Logistic regression"]


def test_a_damaged_dataset_is_named_in_one_line(app):
    run = app()
    assert any("torn.h5" in warning.value and "not an HDF5 file" in warning.value for warning in run.warning)


def test_an_unknown_lake_in_a_link_is_named(app):
    run = app(lake="D9-9999")
    assert not run.exception
    assert any("D9-9999" in warning.value for warning in run.warning)


@pytest.mark.parametrize("pixel", ["", "a,b", "-1,3", "5", "99999,1", "1,2,3"])
def test_a_bad_pixel_in_a_link_is_no_pixel(app, pixel):
    run = app(pixel=pixel)
    assert not run.exception
    assert "Click a pixel" in text(run)


def test_sorting_and_filtering_the_list(app, in_lab):
    dataset = open_dataset(in_lab / "data" / "dataset2.h5")
    run = app(dataset="dataset2", order="Largest first")
    sizes = dict(zip(dataset.lake_ids, dataset.lakes.size, strict=True))
    listed = [sizes[lake] for lake in run.selectbox("lake").options]
    assert listed == sorted(listed, reverse=True)
    for order in ("Worst F1 first", "Most disagreement first"):
        assert not app(dataset="dataset2", order=order).exception


def test_a_filter_that_leaves_nothing_keeps_the_page(app):
    run = app(min_px="99999999")
    assert not run.exception
    assert "loosen" in text(run)


def test_changing_the_dataset_starts_at_its_first_lake(app, in_lab):
    run = app(lake=open_dataset(in_lab / "data" / "dataset1.h5").lake_ids[3], pixel="1,1")
    run.selectbox("dataset").set_value("dataset2").run()
    assert not run.exception
    assert all("torn.h5" in warning.value for warning in run.warning)
    assert run.selectbox("lake").value == open_dataset(in_lab / "data" / "dataset2.h5").lake_ids[0]


def test_first_paint_imports_no_tensorflow(in_lab):
    code = (
        "import sys\n"
        "from streamlit.testing.v1 import AppTest\n"
        "run = AppTest.from_file('app.py', default_timeout=60).run()\n"
        "assert not run.exception, run.exception\n"
        "assert run.dataframe, 'no numbers'\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'tensorflow', 'keras', 'jax', 'torch'}))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], check=False, cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
