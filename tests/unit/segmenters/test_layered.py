"""FCNs of equal layers: how far they see, what they count, what arithmetic they use."""

from dataclasses import replace

import numpy as np
import pytest

from lakeseg.errors import ConfigError
from lakeseg.segmenters import backend, network
from lakeseg.segmenters.config import SegmenterConfig
from lakeseg.segmenters.layered import Layers, parameters
from lakeseg.segmenters.normalise import Normaliser
from lakeseg.segmenters.unet import build_unet

BANDS = (1, 2, 3)
BASE = SegmenterConfig("fcn", "lakeseg", bands=BANDS, patch=16, width=6, dilations=(1, 2, 1))


def lively(config, seed=0):
    """Return an untrained network in which every weight does something."""
    made = network.Network(config, Normaliser.identity(len(config.bands)))
    rng = np.random.default_rng(seed)
    for weight in made.model.weights:
        if "variance" in weight.path:
            weight.assign(rng.uniform(0.5, 2.0, weight.shape))
        elif "bias" in weight.path or "norm" in weight.path:
            weight.assign(rng.uniform(0.2, 1.0, weight.shape))
    return made


def image(side, seed=1):
    return np.random.default_rng(seed).uniform(0, 1, (1, side, side, len(BANDS))).astype(np.float32)


@pytest.mark.parametrize(
    ("kernel", "dilations", "margin"),
    [(3, (1, 2, 1), 4), (3, (1, 1, 2, 4, 2, 1), 11), (5, (1, 2), 6), (1, (1, 1, 1), 0), (3, (8,), 8)],
)
def test_margins_add_up(kernel, dilations, margin):
    assert Layers(8, dilations, kernel).margin == margin


@pytest.mark.parametrize("settings", [{}, {"residual": True}, {"norms": "first"}, {"kernel": 5, "dilations": (1, 2)}])
def test_an_answer_rests_on_its_margin_and_on_nothing_beyond(settings):
    """The pixel in the middle: a change within the margin's square reaches it, one just outside does not."""
    made = lively(replace(BASE, **settings))
    margin, side = made.margin, 2 * made.margin + 5
    centre = side // 2
    seen = made.predict_padded(image(side))[0, centre - margin, centre - margin]
    for away, reaches in ((margin, True), (margin + 1, False)):
        for row, column in ((centre - away, centre), (centre, centre + away), (centre + away, centre - away)):
            changed = image(side)
            changed[0, row, column] += 5
            now = made.predict_padded(changed)[0, centre - margin, centre - margin]
            assert np.array_equal(now, seen) is not reaches, (away, row, column)


def test_kernels_of_one_pixel_see_that_pixel_alone():
    made = lively(replace(BASE, kernel=1, residual=True))
    assert made.margin == 0
    changed = image(6)
    changed[0, 2, 3] += 5
    moved = (made.predict_windows(changed) != made.predict_windows(image(6))).any(axis=-1)
    assert moved.sum() == 1
    assert moved[0, 2, 3]


# Weights by hand for 3 bands and width 6: convolutions 9·3·6 + 2 · 9·6·6 = 162 + 648, logits 6·3 + 3 = 21; batch
# normalisation has 4 numbers a channel, a convolution without it a bias a channel.
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, 810 + 21 + 3 * 24),
        ({"residual": True}, 810 + 21 + 3 * 24),
        ({"norms": "first"}, 810 + 21 + 24 + 12),
        ({"kernel": 1}, 3 * 6 + 2 * 36 + 21 + 72),
    ],
)
def test_parameters_are_counted_without_building(settings, expected):
    config = replace(BASE, **settings)
    assert parameters(config) == expected
    assert network.Network(config).parameters == expected


def test_residual_layers_pass_their_input_on():
    """With kernels of zero and neutral norms each residual layer gives ReLU of its input: the first layer's output."""
    made = lively(replace(BASE, residual=True, dilations=(1, 2, 1)))
    plain = lively(replace(BASE, residual=True, dilations=(1,)))
    for place in (2, 3):
        made.model.get_layer(f"conv{place}").kernel.assign(np.zeros((3, 3, 6, 6)))
        norm = made.model.get_layer(f"norm{place}")
        for weight, value in zip(norm.weights, (1.0, 0.0, 0.0, 1.0), strict=True):
            weight.assign(np.full(6, value))
    for name in ("conv1", "norm1", "logits"):
        for mine, others in zip(plain.model.get_layer(name).weights, made.model.get_layer(name).weights, strict=True):
            mine.assign(others)
    cropped = image(13)[:, 3:-3, 3:-3]
    np.testing.assert_allclose(made.predict_padded(image(13)), plain.predict_padded(cropped), atol=1e-6)


def test_a_network_comes_back_from_its_state():
    config = replace(BASE, residual=True, norms="first")
    made = lively(config)
    again = network.rebuild(config, made.state())
    assert np.array_equal(again.predict_windows(image(9)), made.predict_windows(image(9)))


def test_bfloat16_computes_in_it_and_keeps_weights_in_float32():
    with backend.arithmetic("bfloat16"):
        made = network.Network(BASE)
    assert made.model.get_layer("conv2").compute_dtype == "bfloat16"
    assert {str(weight.dtype) for weight in made.model.weights} == {"float32"}
    assert made.predict_windows(image(8)).dtype == np.float32
    assert network.Network(BASE).model.get_layer("conv2").compute_dtype == "float32"  # the block left no trace
    exact = network.rebuild(BASE, made.state())
    np.testing.assert_allclose(exact.predict_windows(image(8)), made.predict_windows(image(8)), atol=0.03)


def test_arithmetic_is_put_back_after_an_error():
    keras = backend.load()
    with pytest.raises(KeyError), backend.arithmetic("bfloat16"):
        raise KeyError
    assert keras.config.dtype_policy().name == "float32"


def test_a_unet_may_be_narrow_and_learn_its_up_sampling():
    # Half the width: about a quarter of the weights. Learned: 2×2 kernels c → c/2 instead of plain repetition.
    plain, narrow = build_unet("paper", 7, 32), build_unet("paper", 7, 32, base=16)
    learned = build_unet("paper", 7, 32, learned=True)
    assert 3.9 < plain.count_params() / narrow.count_params() < 4.0
    kinds = [type(layer).__name__ for layer in learned.layers]
    assert kinds.count("Conv2DTranspose") == 4
    assert "UpSampling2D" not in kinds
    assert plain.output_shape == narrow.output_shape == learned.output_shape


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "unet", "variant": "lakeseg", "patch": 32, "dilations": [1], "width": 8}, "dilations: expected"),
        ({"variant": "paper", "dilations": [1], "width": 8}, "dilations: expected"),
        ({"dilations": [0, 1], "width": 8}, "dilations: expected one number of at least 1"),
        ({"dilations": [1, 1], "width": 0}, "the layers' width with them"),
        ({"dilations": [], "width": 8}, "the layers' width with them"),
        ({"dilations": [1, 1.5], "width": 8}, "expected whole numbers"),
        ({"dilations": [1], "width": 8, "any_bands": True}, "for bands of its own"),
        ({"dilations": [1], "width": 8, "kernel": 0}, "kernel 0: expected a whole number of at least 1"),
        ({"dilations": [1], "width": 8, "kernel": 2}, "kernel 2: expected an odd number"),
        ({"kernel": 1}, "kernel, residual and norms are of layers of its own"),
        ({"residual": True}, "expected dilations and width with them"),
        ({"loss": "hinge"}, "unknown loss 'hinge': expected one of crossentropy"),
        ({"windows": "all"}, "unknown windows 'all': expected one of random, grid"),
        ({"precision": "int8"}, "unknown precision 'int8': expected one of float32, bfloat16"),
        ({"norms": "none"}, "unknown norms 'none': expected one of every, first"),
        ({"learned_upsampling": True}, "learned_upsampling: expected a unet, got fcn"),
        ({"kind": "naive", "variant": "", "width": 8}, "expected"),
        ({"kind": "naive", "variant": "", "calibrate": True}, "calibrate: expected a network, got naive"),
    ],
)
def test_settings_of_other_networks_are_refused_in_one_line(settings, message):
    with pytest.raises(ConfigError, match=message) as caught:
        SegmenterConfig.from_json({"kind": "fcn", "variant": "lakeseg", "patch": 16} | settings)
    assert "\n" not in str(caught.value)
