"""Answers from this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from lakeseg.cards import Card
from lakeseg.data.scenes.scene import Window
from lakeseg.segmenters.base import Segmenter
from lakeseg.tiles.answers import Answer, Task, answer


class Here:
    """Answers one part after the other. The model is loaded when the first is asked for."""

    def __init__(self, card: Card, load: Callable[[], Segmenter]) -> None:
        self.card, self._load = card, load

    @cached_property
    def _segmenter(self) -> Segmenter:
        return self._load()

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Window, Answer]]:
        """Yield parts with their answers, in the order of the tasks."""
        for task in tasks:
            yield task.part, answer(self._segmenter, task)
