"""Keras and what stands behind it: loading, devices, the compiled call. TensorFlow's own is here and nowhere else.

`KERAS_BACKEND` chooses the backend before Keras loads; TensorFlow is the default.
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np

from lakeseg.errors import ConfigError

_LOCK: Final = threading.RLock()
_TENSORFLOW: Final = "tensorflow"
_STDERR: Final = 2
_loaded: list[Any] = []

Call = Callable[[np.ndarray], np.ndarray]


def load() -> Any:
    """Import Keras on its backend, once and without its start-up chatter, and return the module.

    On TensorFlow, GPU memory is set to grow with need instead of being taken whole.
    """
    with _LOCK:
        if not _loaded:
            os.environ.setdefault("KERAS_BACKEND", _TENSORFLOW)
            os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
            with _quiet():
                import keras

                if keras.backend.backend() == _TENSORFLOW:
                    _grow_memory()
            keras.config.set_image_data_format("channels_last")  # whatever ~/.keras/keras.json says
            keras.config.set_floatx("float32")
            _loaded.append(keras)
        return _loaded[0]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what native libraries write to standard error while they start; show it if they fail."""
    try:
        saved = os.dup(_STDERR)
    except OSError:  # standard error is closed: nothing to keep quiet
        yield
        return
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), _STDERR)
        try:
            yield
        except Exception:
            kept.seek(0)
            os.write(saved, kept.read())
            raise
        finally:
            os.dup2(saved, _STDERR)
            os.close(saved)


def _grow_memory() -> None:
    import tensorflow as tf

    for gpu in tf.config.list_physical_devices("GPU"):
        with contextlib.suppress(RuntimeError):  # the GPU is already in use: it keeps the setting it has
            tf.config.experimental.set_memory_growth(gpu, True)


def device_name() -> str:
    """Return the name of the GPU that networks run on, or "CPU"."""
    keras = load()
    if keras.backend.backend() != _TENSORFLOW:
        first = str(keras.distribution.list_devices()[0])
        return "CPU" if first.startswith("cpu") else first
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    if not gpus:
        return "CPU"
    return str(tf.config.experimental.get_device_details(gpus[0]).get("device_name", "GPU"))


def repeatable() -> None:
    """Make operations deterministic, so that a seed gives the same weights twice on one machine."""
    if load().backend.backend() == _TENSORFLOW:
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


@contextlib.contextmanager
def arithmetic(precision: str) -> Iterator[None]:
    """Build the layers of the block to compute in `precision`: float32, or bfloat16 with weights in float32."""
    config = load().config
    before = config.dtype_policy()
    config.set_dtype_policy("float32" if precision == "float32" else f"mixed_{precision}")
    try:
        yield
    finally:
        config.set_dtype_policy(before)


def batch_norm(momentum: float, name: str) -> Any:
    """Return batch normalisation over channels; on TensorFlow it learns by one fused kernel.

    Keras takes a pass over the values for each step of the formula, half the time of a training on a CPU. The fused
    kernel keeps the variance of n values with n − 1 in its moving average.
    """
    layer = load().layers.BatchNormalization
    kind = _fused(layer) if load().backend.backend() == _TENSORFLOW else layer
    return kind(momentum=momentum, name=name)


@functools.cache
def _fused(base: Any) -> Any:
    import tensorflow as tf

    class FusedBatchNormalization(base):  # type: ignore[misc]
        """What its base does, by one kernel while it learns."""

        def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
            """Return (n, h, w, c) values normalised by those of the batch in training, else by the moving averages."""
            if not training:
                return super().call(inputs, training=training, mask=mask)
            scale, shift = (tf.cast(weight.value, tf.float32) for weight in (self.gamma, self.beta))
            normed, mean, variance = tf.compat.v1.nn.fused_batch_norm(inputs, scale, shift, epsilon=self.epsilon)
            for kept, new in ((self.moving_mean, mean), (self.moving_variance, variance)):
                kept.assign(kept * self.momentum + new * (1 - self.momentum))
            return normed

    return FusedBatchNormalization


def compiled(model: Any) -> Call:
    """Return a Keras model as a fast call from (n, h, w, B) to (n, h, w, 3) float32 arrays; it follows its weights.

    On TensorFlow it is traced once for all sizes that the model leaves open, so lakes of many sizes cost nothing extra.
    `keras.Model.predict` would build a data pipeline for each call.
    """
    if load().backend.backend() != _TENSORFLOW:
        return lambda images: np.asarray(model.predict_on_batch(images))
    import tensorflow as tf

    signature = [tf.TensorSpec(model.input_shape, tf.float32)]
    traced = tf.function(lambda images: model(images, training=False), input_signature=signature, autograph=False)
    graph = traced.get_concrete_function()
    return lambda images: np.asarray(graph(tf.constant(images)).numpy())


def frozen(model: Any) -> Any:
    """Return a Keras model of named inputs as a TensorFlow function whose weights are constants.

    Raises:
        ConfigError: Keras runs on another backend.
    """
    name = load().backend.backend()
    if name != _TENSORFLOW:
        raise ConfigError(f"ONNX is written by way of TensorFlow, Keras runs on {name}: set KERAS_BACKEND=tensorflow")
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    signature = [tf.TensorSpec(each.shape, tf.float32, name=each.name) for each in model.inputs]

    def answer(*inputs: Any) -> Any:
        return model(inputs[0] if len(inputs) == 1 else list(inputs), training=False)

    # Not `model.export`: it leaves what Keras holds as eager tensors, such as band statistics, as inputs of the graph.
    traced = tf.function(answer, input_signature=signature, autograph=False)
    return convert_variables_to_constants_v2(traced.get_concrete_function())


def versions() -> dict[str, str]:
    """Return the versions of Keras and its backend for a model's card."""
    keras = load()
    name = keras.backend.backend()
    return {"keras": str(keras.__version__), name: str(getattr(sys.modules[name], "__version__", "unknown"))}
