"""`python -m lakeseg`."""

from __future__ import annotations

import sys

from lakeseg.cli import main

if __name__ == "__main__":
    sys.exit(main())
