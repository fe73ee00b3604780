"""A process that keeps verdicts as fast as it can and says on standard output what was acknowledged.

`python writer.py URL NAME`: one line a key, written once `Log.add` has returned.
"""

import os
import sys

from lakeseg.review.log import Log
from lakeseg.review.opening import open_engine
from lakeseg.review.verdicts import Verdict


def keep_on(url: str, name: str) -> None:
    """Keep single verdicts, pairs of one batch, and undos, in turn, for ever."""
    log = Log(open_engine(url))
    log.prepare()
    number = 0
    while True:
        number += 1
        keys = [f"{name}-{number}-{part}" for part in range(1 + number % 2)]
        batch = f"{name}-{number}"
        seen = {"pad": "x" * (number % 7) * 300}
        log.add([Verdict("d", "a", "0:3", 3, "land", name, key=key, batch=batch, seen=seen) for key in keys])
        said = f"{batch} {len(keys)} kept\n"
        os.write(1, said.encode())
        if number % 5 == 0:
            log.undo(batch, name)
            os.write(1, f"{batch} {len(keys)} undone\n".encode())


if __name__ == "__main__":
    keep_on(*sys.argv[1:])
