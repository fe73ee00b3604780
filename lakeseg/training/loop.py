"""The epochs of a network: batches in, loss curves out, resumable after each epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np

from lakeseg.errors import ModelError
from lakeseg.segmenters import backend
from lakeseg.segmenters.network import Network
from lakeseg.training import checkpoint
from lakeseg.training.checkpoint import History, Standing
from lakeseg.training.loss import masked_crossentropy, summed_crossentropy
from lakeseg.training.samples import Patches, Samples

Progress = Callable[[float, str], None]
_UNUSABLE: Final = "what an earlier run left cannot be used (damaged, or of other software): starting anew"


def mean_loss(network: Network, patches: Patches) -> float:
    """Return the mean cross-entropy over all labelled pixels of `patches`; NaN where there is none."""
    total, count = 0.0, 0
    at_once = max(1, (1 << 16) // patches.labels[0].size) if len(patches.labels) else 1
    for start in range(0, len(patches.labels), at_once):
        labels = patches.labels[start : start + at_once]
        probabilities = network.predict_padded(patches.images[start : start + at_once])
        known = labels > 0
        total += summed_crossentropy(labels[known], probabilities[known])
        count += int(known.sum())
    return total / count if count else math.nan


def fit(
    network: Network, samples: Samples, validation: Patches | None, progress: Progress, path: Path | None
) -> History:
    """Train a network for its config's epochs and return loss, val_loss and seconds of each epoch.

    With a `path`, the standing after each epoch is kept there, and a training that was interrupted goes on from it:
    every draw depends on the seed and the epoch alone, so the result is that of an uninterrupted run. A standing that
    is damaged, or of another version of Keras, is passed over with a note.
    """
    _compile(network)
    standing = _resumed(network, progress, path)
    for epoch in range(standing.epochs, network.config.epochs):
        started = time.perf_counter()
        loss = _epoch(network, samples, epoch, standing.history, progress)
        val_loss = mean_loss(network, validation) if validation else math.nan
        _record(network, standing, loss, val_loss, time.perf_counter() - started)
        if path:
            checkpoint.save(path, standing)
    network.assign(standing.best if network.config.keep == "best" and standing.best else standing.weights)
    return standing.history


def _compile(network: Network) -> None:
    """Compile with XLA on a GPU only: on a CPU it doubles the time of a step."""
    keras = backend.load()
    jit = False if backend.device_name() == "CPU" else "auto"
    optimizer = keras.optimizers.Adam(network.config.learning_rate)
    network.model.compile(optimizer=optimizer, loss=masked_crossentropy, jit_compile=jit)
    optimizer.build(network.model.trainable_variables)


def _resumed(network: Network, progress: Progress, path: Path | None) -> Standing:
    """Set the network to what an earlier run left at `path` and return that; a new standing where there is none."""
    standing = checkpoint.load(path) if path else None
    if standing is not None and _restore(network, standing):
        return standing
    if path is not None and path.exists():
        progress(0.0, _UNUSABLE)
    return Standing({}, [], made_by=_software())


def _restore(network: Network, standing: Standing) -> bool:
    """Set weights and optimizer; False, with both as they were, where the standing is not of this network."""
    variables, fresh = network.model.optimizer.variables, network.state()
    shapes = [tuple(variable.shape) for variable in variables]
    if standing.made_by != _software() or shapes != [value.shape for value in standing.optimizer]:
        return False
    try:
        for weights in (standing.best or standing.weights, standing.weights):
            network.assign(weights)
    except ModelError:
        network.assign(fresh)
        return False
    for variable, value in zip(variables, standing.optimizer, strict=True):
        variable.assign(value)
    return True


def _software() -> str:
    return " ".join(f"{name} {version}" for name, version in backend.versions().items())


def _epoch(network: Network, samples: Samples, epoch: int, history: History, progress: Progress) -> float:
    """Train one epoch and return the mean loss over its labelled pixels, each as it was before its batch's step."""
    config, model, steps = network.config, network.model, samples.steps
    model.optimizer.learning_rate = learning_rate(config.learning_rate, config.schedule, epoch, config.epochs)
    last = f", validation loss {history['val_loss'][-1]:.4f}" if history["val_loss"] else ""
    total, count = 0.0, 0
    for step, (images, labels) in enumerate(samples.batches(np.random.default_rng((config.seed, epoch))), 1):
        known = int(np.count_nonzero(labels))
        total += known * float(model.train_on_batch(images, labels, return_dict=True)["loss"])
        count += known
        done = (epoch + min(step / steps, 1)) / config.epochs
        progress(done, f"epoch {epoch + 1}/{config.epochs}, loss {total / max(count, 1):.4f}{last}")
    if not math.isfinite(total):
        raise ModelError(f"training broke down in epoch {epoch + 1} (loss {total}): try a smaller learning rate")
    return total / max(count, 1)


def learning_rate(start: float, schedule: str, epoch: int, epochs: int) -> float:
    """Return the learning rate of an epoch: `start` throughout, or falling along half a cosine towards 0."""
    return start if schedule == "constant" else start * (1 + math.cos(math.pi * epoch / epochs)) / 2


def _record(network: Network, standing: Standing, loss: float, val_loss: float, seconds: float) -> None:
    """Enter an epoch into the standing."""
    standing.weights = network.state()
    standing.optimizer = [np.asarray(variable.numpy()) for variable in network.model.optimizer.variables]
    earlier = [value for value in standing.history["val_loss"] if not math.isnan(value)]
    if network.config.keep == "best" and val_loss < min(earlier, default=math.inf):
        standing.best = standing.weights
    for name, value in (("loss", loss), ("val_loss", val_loss), ("seconds", seconds)):
        standing.history[name].append(value)
