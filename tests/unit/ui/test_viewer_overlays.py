from __future__ import annotations

import json
import struct
import zlib
from typing import Any

import numpy as np
import pytest

from lakeseg.errors import ConfigError
from lakeseg.ui.viewer import PatchOverlay, RegionOverlay, Scene, classes_panel, counts_panel, encode_scene

HEIGHT, WIDTH = 5, 7
LABELS = np.array(
    [
        [1, 1, 2, 2, 3, 3, 0],
        [1, 1, 2, 1, 3, 3, 0],
        [2, 2, 2, 2, 0, 0, 0],
        [2, 2, 2, 2, 0, 1, 0],
        [1, 1, 1, 1, 1, 1, 1],
    ],
    np.uint8,
)
# Patches of 2 px: two rows of three; the last row and the last column of the lake lie in none.
COUNTS = np.array(
    [[[0, 4, 0, 0], [0, 1, 3, 0], [0, 0, 0, 4]], [[0, 0, 4, 0], [0, 0, 4, 0], [3, 1, 0, 0]]],
)
STATES = np.array([[1, 0, 1], [1, 1, 1]], np.uint8)


def scene(**layers: Any) -> Scene:
    return Scene("D1-0042", HEIGHT, WIDTH, (classes_panel("labels", "Labels", LABELS),), **layers)


def unpacked(message: bytes) -> tuple[dict[str, Any], bytes]:
    (length,) = struct.unpack_from("<I", message)
    return json.loads(message[4 : 4 + length]), message[4 + length :]


def blob(message: bytes, layer: str, name: str) -> bytes:
    header, body = unpacked(message)
    place = header[layer]["blobs"][name]
    return zlib.decompress(body[place["offset"] : place["offset"] + place["length"]])


def test_the_grid_comes_back_as_it_was():
    message = encode_scene(scene(patches=PatchOverlay(2, 0, STATES, COUNTS)))
    header, _ = unpacked(message)
    assert {key: header["patches"][key] for key in ("size", "gap", "rows", "columns")} == {
        "size": 2,
        "gap": 0,
        "rows": 2,
        "columns": 3,
    }
    assert list(blob(message, "patches", "states")) == STATES.ravel().tolist()
    words = np.frombuffer(blob(message, "patches", "counts"), "<u4")
    assert words.reshape(2, 3, 4).tolist() == COUNTS.tolist()


def test_large_counts_and_an_empty_grid_fit():
    whole = np.array([[[0, 4096, 0, 70_000]]])
    large = Scene(
        "x",
        300,
        300,
        (classes_panel("l", "L", np.ones((300, 300), np.uint8)),),
        patches=PatchOverlay(300, 0, np.zeros((1, 1), np.uint8), whole),
    )
    assert np.frombuffer(blob(encode_scene(large), "patches", "counts"), "<u4").tolist() == [0, 4096, 0, 70_000]
    none = PatchOverlay(8, 1, np.zeros((0, 0), np.uint8), np.zeros((0, 0, 4), int))
    assert blob(encode_scene(scene(patches=none)), "patches", "states") == b""


def test_marked_pixels_come_back_with_their_number():
    marked = LABELS == 3
    message = encode_scene(scene(marked=marked))
    assert unpacked(message)[0]["marked"]["pixels"] == 4
    assert list(blob(message, "marked", "mask")) == marked.astype(int).ravel().tolist()


def test_a_scene_without_layers_says_nothing_of_them():
    header, _ = unpacked(encode_scene(scene()))
    assert not {"patches", "marked"} & set(header)


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ({"patches": PatchOverlay(3, 0, STATES, COUNTS)}, r"expected \(1, 2\) of them, got states \(2, 3\)"),
        ({"patches": PatchOverlay(2, 1, STATES, COUNTS)}, r"expected \(2, 2\) of them"),
        ({"patches": PatchOverlay(2, 0, STATES, COUNTS[..., :3])}, r"counts \(2, 3, 3\)"),
        ({"patches": PatchOverlay(2, 0, STATES + 1, COUNTS)}, r"0 \(kept\) and 1 \(pruned\), got 2"),
        ({"marked": LABELS}, r"expected \(5, 7\) bool, got \(5, 7\) uint8"),
        ({"marked": np.zeros((7, 5), bool)}, r"expected \(5, 7\) bool, got \(7, 5\) bool"),
    ],
)
def test_layers_that_do_not_fit_get_one_line(layers, message):
    with pytest.raises(ConfigError, match=message) as caught:
        scene(**layers)
    assert "\n" not in str(caught.value)


def test_counts_are_read_out_as_whole_numbers():
    panel = counts_panel("flips", "Flips", np.arange(35).reshape(HEIGHT, WIDTH) % 8, 7)
    header, _ = unpacked(encode_scene(Scene("x", HEIGHT, WIDTH, (panel,))))
    shown = header["panels"][0]
    assert (shown["kind"], shown["low"], shown["high"], shown["counts"]) == ("scalar", 0, 7, True)
    # 254 steps over 7: every whole number comes back when the browser rounds it
    assert [round(round(n / 7 * 254) / 254 * 7) for n in range(8)] == list(range(8))


def test_a_region_goes_with_its_mask_and_the_camera_frames_its_box():
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[1:3, 4:6] = mask[3, 2] = True
    message = encode_scene(scene(region=RegionOverlay("left over", mask, drawn="11:2", once="W L", beat=4)))
    header, _ = unpacked(message)
    assert header["focus"] == [1, 2, 3, 5]  # rows 1–3, columns 2–5
    said = {key: header["region"][key] for key in ("name", "pixels", "drawable", "drawn", "once", "beat")}
    assert said == {
        "name": "left over", "pixels": 5, "drawable": False, "drawn": "11:2", "once": "W L", "beat": 4,
    }  # fmt: skip
    assert list(blob(message, "region", "mask")) == mask.ravel().astype(int).tolist()


def test_a_focus_of_its_own_and_none_without_a_region():
    nothing = RegionOverlay("nothing", np.zeros((HEIGHT, WIDTH), bool))
    assert unpacked(encode_scene(scene(focus=(0, 1, 2, 3), region=nothing)))[0]["focus"] == [0, 1, 2, 3]
    assert "focus" not in unpacked(encode_scene(scene(region=nothing)))[0]
    assert "focus" not in unpacked(encode_scene(scene()))[0]


def test_a_region_of_another_size_and_a_focus_outside_are_refused():
    with pytest.raises(ConfigError, match=r"region: expected \(5, 7\) bool"):
        scene(region=RegionOverlay("wide", np.zeros((HEIGHT, WIDTH + 1), bool)))
    with pytest.raises(ConfigError, match="focus: expected a box within"):
        scene(focus=(0, 0, HEIGHT, 2))
