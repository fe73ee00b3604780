"""Fit a segmenter from a frozen config: `train` is the one way in."""

from lakeseg.training.train import TrainingResult, finished, train

__all__ = ["TrainingResult", "finished", "train"]
