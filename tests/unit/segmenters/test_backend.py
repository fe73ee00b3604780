from __future__ import annotations

import numpy as np
import pytest

from lakeseg.segmenters import backend


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_batch_norm_does_what_keras_does(precision):
    keras = backend.load()
    values = np.random.default_rng(0).normal(3, 2, (4, 5, 6, 8)).astype(np.float32)
    with backend.arithmetic(precision):
        ours, theirs = backend.batch_norm(0.9, "ours"), keras.layers.BatchNormalization(momentum=0.9, name="theirs")
    for layer in (ours, theirs):
        layer.build(values.shape)
        layer.gamma.assign(np.linspace(0.5, 2, 8))
        layer.beta.assign(np.linspace(-1, 1, 8))
    near = 1e-5 if precision == "float32" else 0.1  # bfloat16 has 8 bits
    for _ in range(2):
        pair = [np.asarray(keras.ops.cast(layer(values, training=True), "float32")) for layer in (ours, theirs)]
        assert np.abs(pair[0] - pair[1]).max() < near
    count = values[..., 0].size
    bessel = count / (count - 1)
    kept = 0.81 * 1 + 0.19 * values.var(axis=(0, 1, 2)) * bessel
    assert np.asarray(ours.moving_variance) == pytest.approx(kept, rel=near)
    assert np.asarray(ours.moving_mean) == pytest.approx(0.19 * values.mean(axis=(0, 1, 2)), rel=near)
    assert [weight.path.split("/")[-1] for weight in ours.weights] == [w.path.split("/")[-1] for w in theirs.weights]


def test_arithmetic_ends_with_its_block():
    keras = backend.load()
    with backend.arithmetic("bfloat16"):
        assert keras.config.dtype_policy().compute_dtype == "bfloat16"
        assert keras.config.dtype_policy().variable_dtype == "float32"
    assert keras.config.dtype_policy().name == "float32"
