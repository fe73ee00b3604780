"""Colour ramps for scalar panels: few anchors each, interpolated linearly in the browser.

Blues is ColorBrewer's (https://colorbrewer2.org) and ends in the colour of water; cividis and viridis are Matplotlib's.
All three grow or fall steadily in lightness, so they also read in grey and to colour-blind eyes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

RAMPS: Final[Mapping[str, str]] = {
    "blues": "#f7fbff #deebf7 #c6dbef #9ecae1 #6baed6 #4292c6 #2171b5 #08519c #08306b",
    "cividis": "#00224e #123570 #3b496c #575d6d #707173 #8a8678 #a59c74 #c3b369 #e1cc55 #fee838",
    "viridis": "#440154 #482878 #3e4989 #31688e #26828e #1f9e89 #35b779 #6ece58 #b5de2b #fde725",
}
