"""One file for all networks: importing TensorFlow takes seconds."""

import re
import threading

import numpy as np
import pytest

from lakeseg.errors import ConfigError, ModelError
from lakeseg.segmenters import backend, fcn, network
from lakeseg.segmenters.anyband import Told, with_masks
from lakeseg.segmenters.normalise import Normaliser
from lakeseg.segmenters.registry import rebuild, resolve
from lakeseg.segmenters.unet import build_unet

BANDS = (1, 2, 3, 4, 5, 6, 7)


def images(count=2, height=16, width=16, seed=0):
    return np.random.default_rng(seed).uniform(0, 0.6, (count, height, width, 7)).astype(np.float32)


@pytest.fixture(scope="module")
def mended():
    """An untrained `lakeseg` FCN whose normalisations all do something."""
    rng = np.random.default_rng(3)
    normaliser = Normaliser(rng.uniform(0.1, 0.4, 7).astype(np.float32), rng.uniform(0.01, 0.09, 7).astype(np.float32))
    made = network.Network(resolve("fcn-bands", BANDS, any_bands=False), normaliser)
    for weight in made.model.get_layer("norm1").weights:
        weight.assign(rng.uniform(0.5, 1.5, weight.shape))
    return made


# 473,619 weights of convolutions and four numbers for each of the rows that the first convolution leaves (height − 2).
@pytest.mark.parametrize(
    ("size", "parameters"), [(8, 473_643), (16, 473_675), (31, 473_735), (32, 473_739), (64, 473_867)]
)
def test_the_studys_fcn_has_the_studys_parameters(size, parameters):
    model = fcn.build_fcn("paper", bands=7, size=size)
    assert model.count_params() == parameters == 473_619 + 4 * (size - 2)
    assert model.output_shape == (None, size, size, 3)


def test_the_studys_fcn_is_built_of_the_studys_layers():
    layers = [layer for layer in fcn.build_fcn("paper", 7, 32).layers if hasattr(layer, "kernel_size")]
    assert [layer.filters for layer in layers] == [64, 128, 112, 112, 112, 64, 3]
    assert [layer.kernel_size[0] for layer in layers] == [3, 2, 2, 3, 4, 3, 2]
    assert [type(layer).__name__ for layer in layers] == ["Conv2D"] * 4 + ["Conv2DTranspose"] * 3
    assert all(layer.activation.__name__ == "relu" and layer.strides == (1, 1) for layer in layers)


def test_the_mended_fcn_normalises_channels():
    # The same convolutions, and four numbers for each of the 64 channels instead of for each row.
    assert fcn.build_fcn("lakeseg", 7).count_params() == 473_619 + 4 * 64


def test_the_cited_unet_has_its_parameters():
    assert build_unet("paper", 7, 16).count_params() == 7_847_875
    assert build_unet("paper", 7, 32).output_shape == (None, 32, 32, 3)


def test_sizes_that_cannot_be_are_refused():
    with pytest.raises(ConfigError, match="multiples of 16"):
        build_unet("paper", 7, 24)
    with pytest.raises(ConfigError, match="at least 7 px"):
        fcn.build_fcn("paper", 7, 6)


@pytest.mark.parametrize("name", ["fcn-paper-16", "fcn-lakeseg", "unet-paper-16", "unet-lakeseg"])
def test_a_network_predicts_and_survives_storage_in_half_precision(name):
    made = network.Network(resolve(name, BANDS), Normaliser.fit(images()))
    probabilities = made.predict_windows(images())
    assert probabilities.shape == (2, 16, 16, 3)
    assert probabilities.dtype == np.float32
    assert np.abs(probabilities.sum(axis=-1) - 1).max() < 1e-5
    state = made.state()
    assert all(value.dtype == np.float32 for value in state.values())
    assert made.parameters == sum(value.size for name, value in state.items() if not name.startswith("input."))
    again = rebuild(made.config, state)
    assert np.array_equal(again.predict_windows(images()), probabilities)
    halved = rebuild(made.config, {name: value.astype(np.float16) for name, value in state.items()})
    assert np.abs(halved.predict_windows(images()) - probabilities).max() < 0.02


def test_damaged_weights_are_refused_in_one_line():
    made = network.Network(resolve("fcn-paper-8", BANDS))
    state = made.state()
    bad = {
        "missing": {name: value for name, value in state.items() if name != "conv2.bias"},
        "other shape": state | {"conv2.bias": np.zeros(3, np.float32)},
        "not finite": state | {"conv2.bias": np.full(128, np.nan, np.float32)},
        "no numbers": state | {"conv2.bias": np.full(128, "x")},
    }
    for damaged in bad.values():
        with pytest.raises(ModelError, match=r"damaged weights \(conv2.bias of fcn\): train the model again"):
            rebuild(made.config, damaged)
    with pytest.raises(ModelError, match="no band statistics"):
        rebuild(resolve("fcn-lakeseg", BANDS), state)


def test_windows_that_do_not_fit_are_refused():
    paper, tiles = (network.Network(resolve(name, BANDS)) for name in ("fcn-paper-8", "unet-lakeseg"))
    with pytest.raises(ModelError, match=r"fcn takes windows of shape \('any', 8, 8, 7\); got \(1, 8, 9, 7\)"):
        paper.predict_windows(images(1, 8, 9))
    with pytest.raises(ModelError, match="sides multiples of 16; got"):
        tiles.predict_windows(images(1, 16, 20))


def test_the_mended_fcn_is_translation_equivariant(mended):
    whole = images(1, 40, 33)
    # Away from the image's edge by its margin, a pixel's answer does not depend on where the window was cut.
    answer = mended.predict_windows(whole)[0]
    cut = mended.predict_padded(whole[:, 5:33, 4:31])[0]
    assert np.abs(cut - answer[11:27, 10:25]).max() < 1e-5


def test_the_fast_call_equals_the_model_as_keras_runs_it(mended):
    padded = images(2, 30, 37)
    assert np.abs(mended.predict_padded(padded) - mended.model.predict(padded, verbose=0)).max() < 1e-5


def test_a_transposed_convolution_of_stride_one_is_a_convolution():
    """What `lakeseg` rests on: the study's deconvolution is a convolution of the zero-padded image, kernel turned."""
    keras = backend.load()
    features = images(1, 6, 6)
    transposed = keras.layers.Conv2DTranspose(5, 4)
    expected = np.asarray(transposed(features))
    kernel = np.asarray(transposed.kernel)[::-1, ::-1].transpose(0, 1, 3, 2)
    padded = np.pad(features, ((0, 0), (3, 3), (3, 3), (0, 0)))
    assert np.abs(np.asarray(keras.ops.conv(padded, kernel)) - expected).max() < 1e-5


def test_threads_share_a_network(mended):
    batches = [images(1, 20 + n, 24, seed=n) for n in range(8)]
    expected = [mended.predict_windows(batch) for batch in batches]
    results: dict[int, np.ndarray] = {}
    threads = [
        threading.Thread(target=lambda n=n: results.update({n: mended.predict_windows(batches[n])})) for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(results[n], expected[n]) for n in range(8))


def test_statistics_of_a_constant_band_stay_finite():
    statistics = Normaliser.fit(np.full((4, 4, 2), 0.3, np.float32))
    assert np.allclose(statistics.mean, 0.3)
    assert (statistics.variance > 0).all()
    with pytest.raises(ModelError, match="do not fit 3 bands"):
        Normaliser.from_state(statistics.state(), bands=3)


def test_the_device_has_a_name():
    assert backend.device_name()
    assert set(backend.versions()) == {"keras", backend.load().backend.backend()}


@pytest.fixture(scope="module")
def any_bands():
    """An untrained network for any bands whose adaptation to them does something."""
    rng = np.random.default_rng(4)
    made = network.Network(resolve("fcn-bands", BANDS), Normaliser.identity(7))
    for name in [f"{kind}{place}" for kind in ("scale", "shift") for place in range(1, 7)]:
        kernel = made.model.get_layer(name).kernel
        kernel.assign(rng.normal(0, 0.3, kernel.shape))
    return made


def test_a_network_for_any_bands_hears_them_in_every_layer_but_the_last(any_bands):
    # 32 units hear 7 bands: 7 · 32 + 32. Each of the 64 + 128 + 112 + 112 + 112 + 64 channels has a scale and a shift
    # of 32 weights and a bias each.
    assert any_bands.parameters == 473_619 + 4 * 64 + 256 + 2 * 33 * 592


def test_no_step_of_a_network_for_any_bands_is_named_by_keras(any_bands):
    # Keras numbers the names that it gives by a count of the thread: they have clashed, and then no model was built.
    given = [operation.name for operation in any_bands.model.operations]
    assert not [name for name in given if re.match(r"(multiply|add|get_item|dense|rescaling)(_\d+)?$", name)]


def test_a_network_for_any_bands_begins_as_one_that_hears_nothing():
    fresh = network.Network(resolve("fcn-bands", BANDS), Normaliser.identity(7))
    plain = network.Network(resolve("fcn-bands", BANDS, any_bands=False), Normaliser.identity(7))
    plain.assign(fresh.state())
    shown = images()
    whole = np.ones((2, 7), bool)
    np.testing.assert_allclose(
        fresh.predict_windows(with_masks(shown, whole)), plain.predict_windows(shown), rtol=1e-4, atol=1e-6
    )


def test_what_a_missing_band_holds_does_not_matter(any_bands):
    shown, told = images(), Told(any_bands, (1, 2, 3, 4, 6, 7))
    six = shown[..., [0, 1, 2, 3, 5, 6]]
    marked = np.concatenate([shown, np.broadcast_to(np.array([1, 1, 1, 1, 0, 1, 1], np.float32), shown.shape)], axis=-1)
    np.testing.assert_allclose(told.predict_windows(six), any_bands.predict_windows(marked), atol=1e-6)
    other = any_bands.predict_windows(with_masks(shown, np.ones((2, 7), bool)))
    assert np.abs(other - told.predict_windows(six)).max() > 1e-4


def test_a_network_for_any_bands_comes_back_from_its_weights(any_bands):
    again = rebuild(any_bands.config, any_bands.state())
    shown = with_masks(images(), np.eye(7, dtype=bool)[:2])
    np.testing.assert_array_equal(again.predict_windows(shown), any_bands.predict_windows(shown))
