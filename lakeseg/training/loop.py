"""The epochs of a network: batches in, loss curves out, resumable after each epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from lakeseg.errors import ModelError
from lakeseg.metrics import classes
from lakeseg.segmenters import backend
from lakeseg.segmenters.network import Network
from lakeseg.training import checkpoint
from lakeseg.training.checkpoint import History, Standing
from lakeseg.training.loss import masked_accuracy, minimised, summed_crossentropy
from lakeseg.training.samples import Patches, Samples

Progress = Callable[[float, str], None]
After = Callable[[Network], None]
_UNUSABLE: Final = "what an earlier run left cannot be used (damaged, or of other software): starting anew"


@dataclass(frozen=True)
class Means:
    """Mean cross-entropy and share of right classes over labelled pixels; NaN without any."""

    loss: float
    accuracy: float


def means(network: Network, patches: Patches | None) -> Means:
    """Return how good a network is on all labelled pixels of `patches`."""
    total, right, count = 0.0, 0, 0
    if patches is None or not len(patches.labels):
        return Means(math.nan, math.nan)
    at_once = max(1, (1 << 16) // patches.labels[0].size)
    for start in range(0, len(patches.labels), at_once):
        labels = patches.labels[start : start + at_once]
        probabilities = network.predict_padded(patches.images[start : start + at_once])
        known = labels > 0
        total += summed_crossentropy(labels[known], probabilities[known])
        right += int((classes(probabilities[known]) == labels[known]).sum())
        count += int(known.sum())
    return Means(total / count, right / count) if count else Means(math.nan, math.nan)


def fit(
    network: Network,
    samples: Samples,
    validation: Patches | None,
    progress: Progress,
    path: Path | None,
    after: After | None = None,
) -> History:
    """Train a network for its config's epochs and return the values of `checkpoint.HISTORY` of each epoch.

    With a `path`, the standing after each epoch is kept there, and a training that was interrupted goes on from it:
    every draw depends on the seed and the epoch alone, so the result is that of an uninterrupted run. A standing that
    is damaged, or of another version of Keras, is passed over with a note. `after` is called with the network at the
    end of each epoch; what it raises ends the training.
    """
    _compile(network)
    standing = _resumed(network, progress, path)
    for epoch in range(standing.epochs, network.config.epochs):
        started = time.perf_counter()
        learned = _epoch(network, samples, epoch, standing.history, progress)
        checked = means(network, validation)
        _record(network, standing, learned, checked, time.perf_counter() - started)
        if path:
            checkpoint.save(path, standing)
        if after:
            after(network)
    network.assign(standing.best if network.config.keep == "best" and standing.best else standing.weights)
    return standing.history


def _compile(network: Network) -> None:
    """Compile with XLA on a GPU only: on a CPU it doubles the time of a step."""
    keras = backend.load()
    jit = False if backend.device_name() == "CPU" else "auto"
    optimizer = keras.optimizers.Adam(network.config.learning_rate)
    network.model.compile(
        optimizer=optimizer, loss=minimised(network.config.loss), metrics=[masked_accuracy], jit_compile=jit
    )
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


def _epoch(network: Network, samples: Samples, epoch: int, history: History, progress: Progress) -> Means:
    """Train one epoch and return the means over its labelled pixels, each as it was before its batch's step."""
    config, model, steps = network.config, network.model, samples.steps
    model.optimizer.learning_rate = learning_rate(config.learning_rate, config.schedule, epoch, config.epochs)
    last = f", validation loss {history['val_loss'][-1]:.4f}" if history["val_loss"] else ""
    total, right, count = 0.0, 0.0, 0
    for step, (images, labels) in enumerate(samples.batches(np.random.default_rng((config.seed, epoch))), 1):
        known = int(np.count_nonzero(labels))
        found = model.train_on_batch(images, labels, return_dict=True)
        total += known * float(found["loss"])
        right += known * float(found[masked_accuracy.__name__])
        count += known
        done = (epoch + min(step / steps, 1)) / config.epochs
        progress(done, f"epoch {epoch + 1}/{config.epochs}, loss {total / max(count, 1):.4f}{last}")
    if not math.isfinite(total):
        raise ModelError(f"training broke down in epoch {epoch + 1} (loss {total}): try a smaller learning rate")
    return Means(total / max(count, 1), right / max(count, 1))


def learning_rate(start: float, schedule: str, epoch: int, epochs: int) -> float:
    """Return the learning rate of an epoch: `start` throughout, or falling along half a cosine towards 0."""
    return start if schedule == "constant" else start * (1 + math.cos(math.pi * epoch / epochs)) / 2


def _record(network: Network, standing: Standing, learned: Means, checked: Means, seconds: float) -> None:
    """Enter an epoch into the standing."""
    standing.weights = network.state()
    standing.optimizer = [np.asarray(variable.numpy()) for variable in network.model.optimizer.variables]
    earlier = [value for value in standing.history["val_loss"] if not math.isnan(value)]
    if network.config.keep == "best" and checked.loss < min(earlier, default=math.inf):
        standing.best = standing.weights
    values = (learned.loss, checked.loss, learned.accuracy, checked.accuracy, seconds)
    for name, value in zip(checkpoint.HISTORY, values, strict=True):
        standing.history[name].append(value)
