"""The health of datasets, found out in the background. No Streamlit here."""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass, field

from lakeseg.analysis.health import health
from lakeseg.analysis.health.keeping import load, save
from lakeseg.analysis.health.shapes import Report
from lakeseg.data.dataset import Dataset
from lakeseg.errors import LakesegError
from lakeseg.places import health_dir

logger = logging.getLogger(__name__)


@dataclass(eq=False)
class Examination:
    """Examines a dataset in a thread of its own, unless a report on it is kept on disk.

    Attributes:
        report: What was found, None until then.
        share: How much is done, 0 to 1.
        text: What is being done.
        problem: Why it failed, in one line; empty if it did not.
    """

    dataset: Dataset
    report: Report | None = None
    share: float = 0.0
    text: str = ""
    problem: str = ""
    _thread: threading.Thread = field(init=False)

    def __post_init__(self) -> None:
        """Start at once."""
        self._thread = threading.Thread(target=self._run, name="lakeseg-health", daemon=True)
        self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait until it has ended, at most this long."""
        self._thread.join(seconds)

    def _run(self) -> None:
        folder = health_dir()
        try:
            self.report = load(folder, self.dataset.fingerprint)
            if self.report is None:
                report = health(self.dataset, self._tell)
                save(folder, report)
                self.report = report
        except LakesegError as error:
            self.problem = str(error)
        except Exception as error:  # whatever it is, the page must say so
            logger.exception("%s could not be examined", self.dataset.path)
            kind = type(error).__name__
            self.problem = f"{self.dataset.path}: could not be examined ({kind}): see the log of the server"

    def _tell(self, share: float, text: str) -> None:
        self.share, self.text = share, text
