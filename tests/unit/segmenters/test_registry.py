import subprocess
import sys

import numpy as np
import pytest

from lakeseg.errors import ConfigError, ModelError
from lakeseg.segmenters.registry import PRESETS, preset, rebuild, resolve

SIX_BANDS = (1, 2, 3, 4, 6, 7)


def test_every_model_of_the_plan_is_there():
    rules = {"naive", "ndwi", "mndwi", "awei", "logistic", "logistic-rgb", "boosting"}
    networks = {"fcn-paper-8", "fcn-paper-16", "fcn-paper-32", "fcn-paper-64", "fcn-lakeseg"}
    networks |= {f"{name}-rgb" for name in networks} | {"fcn-bands", "fcn-pixel"}
    assert set(PRESETS) == rules | networks | {"unet-paper-16", "unet-paper-32", "unet-lakeseg"}
    assert all(name == entry.name and entry.title and entry.description for name, entry in PRESETS.items())


def test_resolving_fills_in_the_datasets_bands():
    assert resolve("logistic", SIX_BANDS).bands == SIX_BANDS
    assert resolve("logistic-rgb", SIX_BANDS).bands == (1, 3, 4)
    assert resolve("awei", range(1, 8)).bands == (2, 4, 6, 7)
    assert resolve("naive", SIX_BANDS).bands == ()


def test_overrides_replace_and_none_leaves_alone():
    config = resolve("fcn-paper-32", SIX_BANDS, epochs=2, seed=None, bands=[1, 2])
    assert (config.epochs, config.seed, config.bands, config.patch) == (2, 0, (1, 2), 32)


def test_missing_bands_are_named():
    with pytest.raises(ModelError, match=r"awei needs bands 6, 7, the data has 1, 2, 3, 4"):
        resolve("awei", (1, 2, 3, 4))
    with pytest.raises(ModelError, match="logistic needs band 5, the data has 1, 2, 3, 4, 6, 7"):
        resolve("logistic", SIX_BANDS, bands=(4, 5))


def test_unknown_names_list_the_valid_ones():
    with pytest.raises(ConfigError, match="unknown model 'fnc': expected one of naive, ndwi"):
        preset("fnc")
    with pytest.raises(ConfigError, match="unknown setting 'epoch': expected one of kind, variant"):
        resolve("logistic", SIX_BANDS, epoch=3)


def test_weights_of_another_kind_are_refused():
    with pytest.raises(ModelError, match="weights of another kind"):
        rebuild(resolve("logistic", SIX_BANDS), {"threshold": np.zeros(())})
    with pytest.raises(ModelError, match="weights of another kind"):
        rebuild(resolve("ndwi", SIX_BANDS), b"skops")


def test_nothing_heavy_is_imported_before_a_model_runs():
    code = (
        "import sys, lakeseg.segmenters.registry, lakeseg.training, lakeseg.inference;"
        "print([name for name in ('keras', 'tensorflow', 'sklearn', 'skops', 'streamlit') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
