import json
import math

import numpy as np

from lakeseg.plain import counted, duration, place_in_words, plain


def test_everything_becomes_json():
    value = {
        1: (np.int64(2), np.float32(0.5), np.bool_(True)),
        "nan": [math.nan, np.float32("inf"), -math.inf],
        "array": np.array([[1.0, np.nan]]),
        "none": None,
        "text": "é",
    }
    assert json.loads(json.dumps(plain(value), allow_nan=False)) == {
        "1": [2, 0.5, True],
        "nan": [None, None, None],
        "array": [[1.0, None]],
        "none": None,
        "text": "é",
    }


def test_times_are_said_in_minutes_or_seconds():
    assert [duration(seconds) for seconds in (0.2, 29, 31, 170, 7200)] == ["0 s", "29 s", "1 min", "3 min", "120 min"]


def test_a_place_is_said_with_its_hemispheres():
    assert place_in_words(23.75, 61.5) == "61.50° N, 23.75° E"
    assert place_in_words(-1.644, -42.795) == "42.80° S, 1.64° W"


def test_one_is_no_plural():
    assert [counted(number, "lake") for number in (0, 1, 2, 1204)] == ["0 lakes", "1 lake", "2 lakes", "1,204 lakes"]
