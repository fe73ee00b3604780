"""Python exits while daemon threads read datasets, as a server's do when it is told to end."""

from __future__ import annotations

import subprocess
import sys

READ_ON = """
import sys, threading, time
from lakeseg.data.dataset import open_dataset
dataset = open_dataset(sys.argv[1])
def work():
    while True:
        for name in dataset.lake_ids:
            dataset.lake(name)
for _ in range(2):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.2)
"""


def test_a_process_ends_while_daemon_threads_read(small_dataset):
    command = [sys.executable, "-c", READ_ON, str(small_dataset.path)]
    assert subprocess.run(command, timeout=30, check=False).returncode == 0
