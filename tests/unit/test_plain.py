import json
import math

import numpy as np

from lakeseg.plain import plain


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
