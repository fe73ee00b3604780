"""NumPy files as labs save them: lists of arrays, folders of pairs, single pixels, pickled objects."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from lakeseg.data.readers.importing import detect, import_file, preview
from lakeseg.data.readers.options import ReadOptions
from lakeseg.errors import DatasetError, LakesegError

SHAPES = ((5, 5), (4, 9), (12, 3))
IMAGES = [np.arange(h * w * 7, dtype=np.int16).reshape(h, w, 7) + 100 * n for n, (h, w) in enumerate(SHAPES)]
LABELS = [np.where(np.arange(h * w).reshape(h, w) % 3, 2, 1).astype(np.uint8) for h, w in SHAPES]


def same(dataset, ids=None) -> None:
    for lake, image, labels in zip(dataset.iter_lakes(ids), IMAGES, LABELS, strict=True):
        np.testing.assert_array_equal(lake.image, image)
        np.testing.assert_array_equal(lake.labels, labels)


def refused(path: Path, **options) -> str:
    with pytest.raises(LakesegError) as caught:
        import_file(path, path.parent / "out.h5", ReadOptions(**options))
    assert "\n" not in str(caught.value)
    assert not (path.parent / "out.h5").exists()
    return str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        lambda kind, n: f"{kind}_{n}",
        lambda kind, n: f"{'XY'[kind == 'Y']}{n + 8}",  # X10 comes after X9
        lambda kind, n: f"lake{n}/{kind}",
        lambda kind, n: f"lake{n}_{'image' if kind == 'X' else 'mask'}",
        lambda kind, n: f"{'pixels' if kind == 'X' else 'labels'}.{n}",
    ],
    ids=["X_0", "X0", "lake0/X", "lake0_image", "pixels.0"],
)
def test_pairs_by_name(tmp_path, name):
    held = {name("Y", n): labels for n, labels in enumerate(LABELS)}
    held |= {name("X", n): image for n, image in enumerate(IMAGES)}
    np.savez(tmp_path / "lakes.npz", **held)
    done = import_file(tmp_path / "lakes.npz", tmp_path / "out.h5")
    same(done.dataset)
    assert (done.found.lakes, done.found.pixels) == (3, 25 + 36 + 36)


def test_a_bare_list_goes_by_order(tmp_path):
    np.savez(tmp_path / "lakes.npz", *IMAGES, *LABELS)  # arr_0 … arr_5
    same(import_file(tmp_path / "lakes.npz", tmp_path / "list.h5").dataset)
    np.savez(tmp_path / "odd.npz", *IMAGES, *LABELS[:2])
    assert "3 arrays (H, W, B) and 2 arrays (H, W) do not fit" in refused(tmp_path / "odd.npz")
    np.savez(tmp_path / "turned.npz", *IMAGES, *LABELS[::-1])
    assert "do not fit each other in their order" in refused(tmp_path / "turned.npz")


def test_a_bare_list_of_images_has_no_labels_unless_somebody_says_so(tmp_path):
    np.savez(tmp_path / "lakes.npz", *IMAGES)
    assert detect(tmp_path / "lakes.npz").missing == ("labels",)
    done = import_file(tmp_path / "lakes.npz", tmp_path / "out.h5", ReadOptions(labels="none"))
    assert done.dataset.total_counts().tolist() == [97, 0, 0, 0]
    assert any("no labels were read" in line for line in done.warnings)


@pytest.mark.parametrize("layout", ["flat npy", "folders", "deep folders", "npz each"])
def test_a_folder_of_pairs(tmp_path, layout):
    top = tmp_path / "lakes"
    folder = top / "2017" / "july" if layout == "deep folders" else top
    for name in ("X", "Y"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, image, labels in zip(("garda", "mueritz", "vaenern"), IMAGES, LABELS, strict=True):
        if layout == "npz each":
            np.savez_compressed(folder / f"{name}.npz", X=image, Y=labels)
        else:
            parts = ("X/{}.npy", "Y/{}.npy") if "folders" in layout else ("{}_X.npy", "{}_Y.npy")
            for part, values in zip(parts, (image, labels), strict=True):
                np.save(folder / part.format(name), values)
    dataset = import_file(top, tmp_path / "out.h5").dataset
    before = "2017-july-" if layout == "deep folders" else ""
    assert dataset.lake_ids == (f"{before}garda", f"{before}mueritz", f"{before}vaenern")
    same(dataset)


def test_links_out_of_a_folder_are_refused(tmp_path):
    (tmp_path / "in").mkdir()
    np.save(tmp_path / "secret.npy", IMAGES[0])
    (tmp_path / "in" / "a_X.npy").symlink_to(tmp_path / "secret.npy")
    assert "'a_X.npy' is a link out of the folder" in refused(tmp_path / "in")
    (tmp_path / "in" / "a_X.npy").unlink()
    (tmp_path / "in" / "deep").symlink_to(tmp_path)
    assert "is a link out of the folder" in refused(tmp_path / "in")


def test_an_image_without_its_labels_is_named(tmp_path):
    np.savez(tmp_path / "a.npz", X_0=IMAGES[0], X_1=IMAGES[1], Y_0=LABELS[0])
    assert "'X_1' has no labels beside it" in refused(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", X_0=IMAGES[0], Y_1=LABELS[1], Y_0=LABELS[0])
    assert "'Y_1' has no pixels beside it" in refused(tmp_path / "b.npz")
    assert "there is no array 'water'" in refused(tmp_path / "a.npz", labels="water", water="1")
    assert "there is no array 'Z'" in refused(tmp_path / "a.npz", pixels="Z")


def test_one_hot_labels_say_how_to_make_codes(tmp_path):
    hot = np.eye(3, dtype=np.uint8)[LABELS[0] - 1]
    np.savez(tmp_path / "a.npz", X=np.stack([IMAGES[0]] * 2), Y=np.stack([hot] * 2))
    assert "np.argmax(Y, axis=-1)" in refused(tmp_path / "a.npz", labels="Y", water="codes")


@pytest.mark.parametrize("form", ["X and Y", "last column"])
def test_single_pixels(tmp_path, form):
    pixels, labels = IMAGES[0].reshape(-1, 7), LABELS[0].ravel()
    if form == "X and Y":
        np.savez(tmp_path / "p.npz", X=pixels, Y=labels)
    else:
        np.savez(tmp_path / "p.npz", table=np.hstack([pixels, labels[:, None]]))
    done = import_file(tmp_path / "p.npz", tmp_path / "out.h5")
    image, codes = done.dataset.pixels()
    np.testing.assert_array_equal(image, pixels)
    np.testing.assert_array_equal(codes, labels)
    assert done.dataset.of_pixels
    assert preview(tmp_path / "p.npz") == []


def test_single_pixels_have_one_fingerprint_however_they_are_read(tmp_path):
    pixels = np.arange(7 * 70_000, dtype=np.int64).reshape(-1, 7) % 9999  # two blocks
    labels = np.resize(np.array([1, 2, 3], np.uint8), 70_000)
    np.savez(tmp_path / "a.npz", X=pixels, Y=labels)
    np.save(tmp_path / "b.npy", np.hstack([pixels, labels[:, None]]).astype(np.float64))
    first, second = (import_file(tmp_path / name, tmp_path / "out.h5").dataset for name in ("a.npz", "b.npy"))
    assert first.fingerprint == second.fingerprint
    assert first.pixel_count == 70_000


def objects(values) -> np.ndarray:
    found = np.empty(len(values), object)
    found[:] = values
    return found


@pytest.mark.parametrize("form", ["npz of lists", "npy of dicts", "folder of two npy"])
def test_pickled_objects_are_refused_with_a_command_that_mends_them(tmp_path, form):
    folder = tmp_path / "in"
    folder.mkdir()
    if form == "npz of lists":
        np.savez(folder / "lakes.npz", X=objects(IMAGES), Y=objects(LABELS), when=np.array(["2018"]))
        source, files = folder / "lakes.npz", [folder / "lakes.npz"]
    elif form == "npy of dicts":
        pairs = [{"X": image, "Y": labels} for image, labels in zip(IMAGES, LABELS, strict=True)]
        np.save(folder / "lakes.npy", objects(pairs))
        source, files = folder / "lakes.npy", [folder / "lakes.npy"]
    else:
        np.save(folder / "X.npy", objects(IMAGES))
        np.save(folder / "Y.npy", objects(LABELS))
        source, files = folder, [folder / "X.npy", folder / "Y.npy"]
    for file in files:
        message = refused(file)
        assert "which are never loaded" in message
        command = shlex.split(message[message.index("python -c") : message.index(" beside it")])
        subprocess.run([sys.executable, *command[1:]], cwd=folder, check=True)
    made = folder if source.is_dir() else folder / "lakes-plain.npz"
    same(import_file(made, tmp_path / "out.h5").dataset)


def test_an_archive_that_is_a_bomb_is_refused_before_it_goes_off(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, shape in (("X", (2, 30_000, 30_000, 7)), ("Y", (2, 30_000, 30_000))):
            with archive.open(f"{name}.npy", "w") as member:
                np.lib.format.write_array_header_1_0(member, {"descr": "<i2", "fortran_order": False, "shape": shape})
                for _ in range(40):
                    member.write(bytes(1 << 20))
    assert (tmp_path / "a.npz").stat().st_size < 1 << 18
    assert "more than 128 MiB: cut it into tiles" in refused(tmp_path / "a.npz", water="1")


def test_an_archive_of_something_else(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("X_1.np", b"")
    assert "holds 'X_1.np', which is no array" in refused(tmp_path / "a.npz")


def test_a_dataset_is_nothing_to_import(tmp_path):
    np.savez(tmp_path / "a.npz", X=np.stack([IMAGES[0]]), Y=np.stack([LABELS[0]]))
    import_file(tmp_path / "a.npz", tmp_path / "made.h5")
    with pytest.raises(DatasetError, match="is a dataset of lakeseg already"):
        detect(tmp_path / "made.h5")
