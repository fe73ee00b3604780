from __future__ import annotations

import ast
import base64
import hashlib
import io
import json
import re
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from lakeseg.bands import CLASS_COLOURS
from lakeseg.errors import ConfigError
from lakeseg.ui.viewer import assets
from lakeseg.ui.viewer.payload import MISSING, PERCENT, SCALAR_STEPS, encode_bytes, encode_rgb, quantise
from lakeseg.ui.viewer.ramps import RAMPS
from lakeseg.ui.viewer.scene import (
    Panel,
    Scene,
    classes_panel,
    difference_panel,
    encode_scene,
    image_panel,
    message_panel,
    pending_panel,
    scalar_panel,
)

HEIGHT, WIDTH = 5, 7


def unpack(message: bytes) -> tuple[dict[str, Any], bytes]:
    (length,) = struct.unpack_from("<I", message)
    return json.loads(message[4 : 4 + length]), message[4 + length :]


def blob_of(message: bytes, panel: int, name: str) -> tuple[bytes, str]:
    header, body = unpack(message)
    place = header["panels"][panel]["blobs"][name]
    data = body[place["offset"] : place["offset"] + place["length"]]
    assert place["digest"] == hashlib.blake2b(data, digest_size=8).hexdigest()
    return data, place["encoding"]


def inflated(message: bytes, panel: int, name: str, shape: tuple[int, int] = (HEIGHT, WIDTH)) -> np.ndarray:
    data, encoding = blob_of(message, panel, name)
    assert encoding == "deflate"
    return np.frombuffer(zlib.decompress(data), np.uint8).reshape(shape)


@pytest.fixture
def codes() -> np.ndarray:
    return np.arange(HEIGHT * WIDTH, dtype=np.uint8).reshape(HEIGHT, WIDTH) % 4


def scene_of(*panels: Panel, **values: Any) -> Scene:
    return Scene("D1-0042", HEIGHT, WIDTH, panels, **values)


def test_every_array_comes_back_as_it_was(codes: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    rgb = rng.integers(0, 256, (HEIGHT, WIDTH, 3)).astype(np.uint8)
    chance = rng.random((HEIGHT, WIDTH))
    message = encode_scene(
        scene_of(
            image_panel("rgb", "Natural colour", rgb),
            classes_panel("labels", "Labels", codes, chance),
            scalar_panel("water", "Water", chance, 0, 1, "viridis"),
        )
    )
    data, encoding = blob_of(message, 0, "image")
    assert encoding == "png"
    with Image.open(io.BytesIO(data)) as image:
        np.testing.assert_array_equal(np.asarray(image), rgb)
    np.testing.assert_array_equal(inflated(message, 1, "codes"), codes)
    np.testing.assert_allclose(inflated(message, 1, "probability") / 100, chance, atol=0.005 + 1e-9)
    np.testing.assert_allclose(inflated(message, 2, "values") / 254, chance, atol=0.5 / 254 + 1e-9)


def test_header_says_what_the_browser_needs(codes: np.ndarray) -> None:
    scene = scene_of(
        classes_panel("labels", "Labels", codes),
        classes_panel("fcn", "FCN", 3 - codes),
        difference_panel("diff", "Difference", "labels", "fcn"),
        message_panel("svm", "SVM", "needs band 5"),
        pending_panel("unet", "U-Net"),
        pixel_size_m=250.0,
        caption="Dataset1 · simulated",
    )
    header, _ = unpack(encode_scene(scene, select=(3, (1, 2)), max_height=480, name="viewer"))
    assert [panel["kind"] for panel in header["panels"]] == ["classes", "classes", "difference", "message", "pending"]
    assert {key: header["panels"][2][key] for key in ("truth", "predicted")} == {"truth": "labels", "predicted": "fcn"}
    assert header["panels"][3]["message"] == "needs band 5"
    assert {code: entry["colour"] for code, entry in header["classes"].items()} == {
        str(code): colour for code, colour in CLASS_COLOURS.items()
    }
    picked = ("lake", "height", "width", "pixel_size_m", "caption", "select", "max_height", "name")
    assert [header[key] for key in picked] == [
        "D1-0042",
        HEIGHT,
        WIDTH,
        250.0,
        "Dataset1 · simulated",
        [3, [1, 2]],
        480,
        "viewer",
    ]


def test_equal_arrays_travel_once(codes: np.ndarray) -> None:
    one = encode_scene(scene_of(classes_panel("a", "A", codes)))
    two = encode_scene(scene_of(classes_panel("a", "A", codes), classes_panel("b", "B", codes.copy())))
    assert len(unpack(one)[1]) == len(unpack(two)[1])
    np.testing.assert_array_equal(inflated(two, 1, "codes"), codes)


def test_arrays_need_not_be_contiguous(codes: np.ndarray) -> None:
    message = encode_scene(Scene("x", WIDTH, HEIGHT, (classes_panel("a", "A", codes.T),)))
    np.testing.assert_array_equal(inflated(message, 0, "codes", (WIDTH, HEIGHT)), codes.T)


def test_quantise_by_hand() -> None:
    # 0 to 254 steps over -1 to 1: -1 → 0, 0 → 127, 1 → 254; outside is clipped; not finite → 255.
    values = np.array([-1, 0, 1, -5, 5, np.nan, np.inf])
    assert quantise(values, -1, 1).tolist() == [0, 127, 254, 0, 254, MISSING, MISSING]
    assert quantise(np.array([0.714, 0.715001, 1.0]), 0, 1, PERCENT).tolist() == [71, 72, 100]


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=40), st.floats(-50, 0), st.floats(0.5, 50))
def test_quantise_is_off_by_half_a_step_at_most(values: list[float], low: float, span: float) -> None:
    array = np.array(values)
    back = low + quantise(array, low, low + span) / SCALAR_STEPS * span
    assert np.all(np.abs(back - np.clip(array, low, low + span)) <= span / SCALAR_STEPS / 2 + 1e-9)


@pytest.mark.parametrize(("low", "high"), [(1, 1), (2, 1), (float("nan"), 1)])
def test_quantise_refuses_an_empty_range(low: float, high: float) -> None:
    with pytest.raises(ConfigError, match="low < high"):
        quantise(np.zeros(3), low, high)


@pytest.mark.parametrize("size", [(1, 1), (12, 28), (1, 500)])
def test_any_size_of_lake(size: tuple[int, int]) -> None:
    rgb = np.zeros((*size, 3), np.uint8)
    message = encode_scene(Scene("x", *size, (image_panel("a", "A", rgb), classes_panel("b", "B", rgb[..., 0]))))
    np.testing.assert_array_equal(inflated(message, 1, "codes", size), 0)


def test_bad_scenes_get_one_clear_line(codes: np.ndarray) -> None:
    good = classes_panel("a", "A", codes)
    wrong: list[tuple[Any, str]] = [
        (scene_of, "1 to 12 panels, got 0"),
        (lambda: scene_of(*[message_panel(str(i), "", "") for i in range(13)]), "got 13"),
        (lambda: scene_of(good, good), "different keys"),
        (lambda: Scene("x", 3, 3, (good,)), r"expected \(3, 3\) pixels, got \(5, 7\)"),
        (lambda: scene_of(good, difference_panel("d", "D", "a", "z")), "unknown class panel 'z'"),
        (lambda: scene_of(good, pixel_size_m=0), "pixel size above 0"),
        (lambda: classes_panel("a", "A", codes + 7), r"class codes \[0, 1, 2, 3\], got 10"),
        (lambda: classes_panel("a", "A", codes[0]), r"expected \(H, W\)"),
        (lambda: classes_panel("a", "A", codes, np.zeros((2, 2))), "expected probabilities"),
        (lambda: image_panel("a", "A", np.zeros((5, 7, 3))), "uint8"),
        (lambda: scalar_panel("a", "A", np.zeros((5, 7)), ramp="jet"), "unknown ramp 'jet': expected one of blues"),
    ]
    for make, message in wrong:
        with pytest.raises(ConfigError, match=message) as caught:
            make()
        assert "\n" not in str(caught.value)


def test_ramps_change_lightness_steadily() -> None:
    def luminance(colour: str) -> float:
        red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        return 0.2126 * red**2.2 + 0.7152 * green**2.2 + 0.0722 * blue**2.2

    for name, ramp in RAMPS.items():
        steps = np.diff([luminance(colour) for colour in ramp.split()])
        assert (steps > 0).all() or (steps < 0).all(), name


def test_a_usual_lake_is_under_200_kb() -> None:
    """200 × 200 px: composite with sensor noise, labels, four models with probabilities; code and style included."""
    rng, size = np.random.default_rng(3), (200, 200)
    row, column = np.indices(size)
    water = 1 / (1 + np.exp((np.hypot(row - 100, column - 90) - 50 + 6 * np.sin(column / 9)) / 3))
    rgb = np.stack([90 - 70 * water, 110 - 60 * water, 70 - 20 * water], -1) + rng.normal(0, 4, (*size, 3))
    models = [np.clip(water + rng.normal(0, 0.03, size), 0, 1) for _ in range(4)]
    labels = np.where(water > 0.5, 1, 2).astype(np.uint8)
    labels[rng.random(size) > 0.9] = 3
    panels = [image_panel("rgb", "Natural colour", rgb.astype(np.uint8)), classes_panel("labels", "Labels", labels)]
    bare = [classes_panel(str(i), "M", np.where(p > 0.5, 1, 2).astype(np.uint8)) for i, p in enumerate(models)]
    full = [
        classes_panel(str(i), "M", np.where(p > 0.5, 1, 2).astype(np.uint8), np.maximum(p, 1 - p))
        for i, p in enumerate(models)
    ]
    scalar = scalar_panel("p", "Water", models[0])
    code = len(assets.javascript()) + len(assets.css()) + len(assets.html())
    picture, classes = (len(panel.blobs[name].data) for panel, name in zip(panels, ("image", "codes"), strict=True))
    without, everything = (
        code + len(encode_scene(Scene("D1-0042", 200, 200, (*panels, *some)))) for some in (bare, [*full, scalar])
    )
    print(  # noqa: T201 - a measurement, shown with -s
        f"\nviewer at 200 × 200: code {code:,} B, composite {picture:,} B, labels {classes:,} B, "
        f"four models {without:,} B in all, with probabilities {everything:,} B"
    )
    assert without < 130_000
    assert everything < 200 * 1024


def test_blobs_are_small_for_flat_arrays() -> None:
    assert len(encode_bytes(np.full((1000, 800), 2, np.uint8)).data) < 1500
    assert len(encode_rgb(np.full((1000, 800, 3), 90, np.uint8)).data) < 12_000


def test_modules_join_into_one_script() -> None:
    source = assets.source()
    assert re.search(r"^import ", source, re.MULTILINE) is None
    assert len(re.findall(r"^export ", source, re.MULTILINE)) == 1
    names = re.findall(r"^(?:async )?(?:function|class|const|let) (\w+)", source, re.MULTILINE)
    assert len(names) == len(set(names)), "two modules use one top-level name"
    packed = re.search(r'const packed = "([^"]+)"', assets.javascript())
    assert packed
    sent = zlib.decompress(base64.b64decode(packed[1])).decode()
    without = re.sub(r"^\s*//(?!#).*$|(?<=[;{,)]) // .*$", "", source, flags=re.MULTILINE)
    assert re.sub(r"\s+", "", without) == re.sub(r"\s+", "", sent)
    assert source.count("`") % 2 == 0
    assert all(line.count("`") % 2 == 0 for line in source.splitlines()), "a literal spans lines"
    on_disk = {path.stem for path in (assets._FOLDER / "js").glob("*.js")}
    assert on_disk == set(assets.MODULES)


def test_modules_import_downwards_only_and_what_exists() -> None:
    for place, name in enumerate(assets.MODULES):
        text = (assets._FOLDER / "js" / f"{name}.js").read_text(encoding="utf-8")
        assert text.count("\n") < 300
        for names, module in re.findall(r'^import \{([^}]*)\} from "\./(\w+)\.js";', text, re.MULTILINE):
            assert assets.MODULES.index(module) < place, f"{name} imports {module}"
            other = (assets._FOLDER / "js" / f"{module}.js").read_text(encoding="utf-8")
            for wanted in (part.strip() for part in names.split(",") if part.strip()):
                exported = rf"^export (?:async )?(?:function|class|const) {wanted}\b"
                assert re.search(exported, other, re.MULTILINE), wanted
                assert re.search(rf"\b{wanted}\b", text.split("\n\n", 2)[-1]), f"{name} does not use {wanted}"


def test_no_untrusted_markup_in_the_scripts() -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", assets.source())


def test_payload_and_scene_know_no_streamlit() -> None:
    for module in ("payload", "scene", "ramps", "assets"):
        tree = ast.parse((assets._FOLDER / f"{module}.py").read_text(encoding="utf-8"))
        imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        assert "streamlit" not in imported
