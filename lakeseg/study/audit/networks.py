"""Points 7, 8, 9 and 12: the networks and patches that the study describes, by plain arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from lakeseg.patches import grid
from lakeseg.segmenters.base import CLASSES
from lakeseg.segmenters.fcn import CONVOLUTIONS, TRANSPOSED
from lakeseg.segmenters.unet import BASE, POOLINGS
from lakeseg.study.audit.shapes import Point, Row
from lakeseg.study.audit.words import count, f1, percent
from lakeseg.study.published import facts

_BANDS: Final = 7
_SIDES: Final = (8, 16, 31, 32, 64)
_STATISTICS: Final = 4  # of batch normalisation for each place: scale and shift are trained, mean and variance kept
_TRAINED: Final = 2
_KERNEL, _UP_KERNEL = 3, 2


def convolution(side: int, inputs: int, outputs: int) -> int:
    """Return the weights and biases of a convolution, plain or transposed."""
    return side * side * inputs * outputs + outputs


def fcn_weights(bands: int = _BANDS) -> int:
    """Return the weights and biases of the study's FCN without batch normalisation."""
    total, inputs = 0, bands
    for filters, side in CONVOLUTIONS + TRANSPOSED:
        total += convolution(side, inputs, filters)
        inputs = filters
    return total


def normalised_rows(side: int) -> int:
    """Return over how many image rows the study's FCN normalises: those that its first convolution leaves."""
    return side - (CONVOLUTIONS[0][1] - 1)


def fcn_parameters(side: int, bands: int = _BANDS) -> int:
    """Return all parameters of the study's FCN for patches of `side` px."""
    return fcn_weights(bands) + _STATISTICS * normalised_rows(side)


def unet_parameters(learned: bool, bands: int = _BANDS, base: int = BASE, poolings: int = POOLINGS) -> int:
    """Return the parameters of the cited U-Net; `learned` grows by transposed convolutions, else by repetition."""
    total, inputs = 0, bands
    for filters in [base << level for level in range(poolings + 1)]:
        total += convolution(_KERNEL, inputs, filters) + convolution(_KERNEL, filters, filters)
        inputs = filters
    for filters in [base << level for level in reversed(range(poolings))]:
        grown = filters if learned else inputs
        total += convolution(_UP_KERNEL, inputs, filters) if learned else 0
        total += convolution(_KERNEL, grown + filters, filters) + convolution(_KERNEL, filters, filters)
        inputs = filters
    return total + convolution(1, inputs, CLASSES)


def parameters_of_fcn() -> Point:
    """Point 7: the parameters of the FCN depend on the height of its patches."""
    printed = facts()["parameters"]["fcn_printed"]
    trainable = fcn_weights() + _TRAINED * normalised_rows(32)
    sides = [Row(f"All parameters at {side}×{side}", "", count(fcn_parameters(side))) for side in _SIDES]
    return Point(
        7,
        "Not fully convolutional",
        "Text, appendix",
        f"The FCN has {count(printed)} trainable parameters.",
        f"{count(fcn_parameters(32))} is the total at 32×32: {count(fcn_weights())} weights and biases, and four "
        f"numbers for each of {normalised_rows(32)} image rows, since batch normalisation runs along axis 1. "
        f"{count(trainable)} of them are trained. The total is another one for each height of patch.",
        "A network that has numbers for image rows works at one height alone: it is not fully convolutional. "
        "Normalising channels instead mends that.",
        (
            Row("Weights and biases", "", count(fcn_weights())),
            Row("Trainable at 32×32", count(printed), count(trainable)),
            *sides,
        ),
        holds=trainable == printed,
    )


def softmax(logits: Sequence[float]) -> list[float]:
    """Return probabilities that add up to 1."""
    powers = [math.exp(value) for value in logits]
    return [power / sum(powers) for power in powers]


def _loss(logits: Sequence[float], truth: int, cut: bool) -> float:
    """Return the cross-entropy of one pixel, its logits cut at zero or not."""
    return -math.log(softmax([max(value, 0) for value in logits] if cut else logits)[truth])


def slope(logits: Sequence[float], truth: int, cut: bool, step: float = 1e-6) -> float:
    """Return how the loss changes with the logit of the true class, by a central difference."""
    moved = [[value + sign * step * (place == truth) for place, value in enumerate(logits)] for sign in (1, -1)]
    return (_loss(moved[0], truth, cut) - _loss(moved[1], truth, cut)) / (2 * step)


def logits_cut_at_zero() -> Point:
    """Point 8: a ReLU before the softmax."""
    water_lost = (-1.0, 3.0, -1.0)  # water is true, and its logit below zero
    with_cut, without = slope(water_lost, 0, True), slope(water_lost, 0, False)
    needed = math.log(1 / 0.01 - 2)
    least = [(top, softmax([top, 0.0, 0.0])[1], softmax([top, -top, -top])[1]) for top in (1.0, 3.0, 5.0)]
    return Point(
        8,
        "A class that can die",
        "Architecture, appendix",
        "A ReLU follows every layer, the last one included; softmax takes its output.",
        "Logits below zero are cut to zero. A class that is cut everywhere learns no more: where water is true and its "
        f"logit was cut, the slope of the loss is {_signed(with_cut)}; without the cut it is {_signed(without)}. And "
        "no class can be ruled out: to leave each of two others less than 1 %, the winner needs a logit above "
        f"{needed:.2f}.",
        "One reason why the network may have said land alone at 64×64. Linear logits mend it.",
        (
            Row("Slope of the loss, logits (−1, 3, −1), water true", _signed(with_cut), _signed(without)),
            *(Row(f"Least probability beside a logit of {top:.0f}", f1(a, 3), f1(b, 3)) for top, a, b in least),
        ),
        holds=abs(with_cut) > 0,
        columns=("", "With the ReLU", "Linear logits"),
    )


def _signed(value: float) -> str:
    sign = "−" if value < 0 else ""
    return sign + f"{abs(value):.3f}".removeprefix("0")


def gaps_between_patches() -> Point:
    """Point 9: patches at a stride of one pixel too many, and a check of size that compares tuples."""
    height, width = facts()["images"]["largest"]
    rows = []
    for side in (8, 16, 32):
        close, apart = (len(grid(height, width, side, gap)) * side * side for gap in (0, 1))
        rows.append(
            Row(f"{side}×{side} patches of {height}×{width}", percent(close / (height * width), 1), _share(apart))
        )
    passes, fits = (40, 10) > (32, 32), 40 >= 32 and 10 >= 32  # noqa: PLR0133  evaluated here, as the appendix does
    return Point(
        9,
        "Rows and columns lost between patches",
        "Appendix",
        "Patches lie side by side without overlap, and images smaller than a patch are passed over.",
        "The code steps by the size that was asked for and cuts one pixel less, so a row and a column are lost between "
        f"neighbours. Its check of size compares tuples: (40, 10) > (32, 32) is {passes}, so an image of 40×10 passes, "
        f"though it {'holds' if fits else 'cannot hold'} a patch of 32×32.",
        "Data is lost besides the trimmed border; a narrow image may have given broken patches.",
        (*rows, Row("Is an image of 40×10 large enough for 32×32?", _yes(fits), _yes(passes))),
        holds=passes == fits,
        columns=("", "Side by side", "By the appendix"),
    )


def _share(pixels: int) -> str:
    height, width = facts()["images"]["largest"]
    return percent(pixels / (height * width), 1)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def parameters_of_unet() -> Point:
    """Point 12: the parameters of the U-Net."""
    printed = facts()["parameters"]["unet_printed_at_least"]
    plain, learned, fcn = unet_parameters(False), unet_parameters(True), fcn_parameters(32)
    return Point(
        12,
        "A U-Net of another size",
        "Discussion",
        f"The U-Net has over {printed / 1e6:.1f} million parameters.",
        f"The cited implementation, of base width {BASE} and {POOLINGS} poolings, has {count(plain)} at {_BANDS} bands "
        f"and {CLASSES} classes; its later version, with transposed convolutions, {count(learned)}. The printed number "
        "is probably 7.8 with a wrong first digit.",
        f"The U-Net had {plain / fcn:.0f} times the parameters of the FCN, not {printed / fcn:.0f}: the more reason "
        "to compare both at equal parameters.",
        (
            Row("Plain up-sampling", f"over {count(printed)}", count(plain)),
            Row("Transposed convolutions", "", count(learned)),
            Row("Times the FCN's parameters", f"{printed / fcn:.1f}", f"{plain / fcn:.1f}"),
        ),
        holds=abs(plain - printed) < 1e5,
    )
