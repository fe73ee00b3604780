import errno
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lakeseg.data.dataset import open_dataset
from lakeseg.data.write import replacing, write_dataset, write_reason
from lakeseg.errors import DatasetError
from tests.lakes import HEADER, make_dataset, make_lake


@pytest.fixture
def old(tmp_path):
    return make_dataset(tmp_path / "d.h5", [(3, 4)])


def still_there(old):
    """The old file is whole, and nothing else lies beside it."""
    assert open_dataset(old.path).fingerprint == old.fingerprint
    assert (open_dataset(old.path).lake("a0").image == old.lake("a0").image).all()
    return [path.name for path in old.path.parent.iterdir()] == [old.path.name]


def test_content_decides_the_fingerprint(tmp_path):
    lakes = [make_lake("a", 3, 4), make_lake("b", 2, 2)]
    first = write_dataset(tmp_path / "1.h5", HEADER, lakes)
    assert write_dataset(tmp_path / "2.h5", replace(HEADER, name="Other"), lakes).fingerprint == first.fingerprint
    pixel = lakes[1].image.copy()
    pixel[0, 0, 0] += 1
    others = [
        [lakes[0], replace(lakes[1], image=pixel)],
        [lakes[0], replace(lakes[1], labels=3 - lakes[1].labels)],
        [lakes[0], replace(lakes[1], group="other")],
        [lakes[0], replace(lakes[1], id="c")],
        lakes[::-1],
        [replace(lakes[0], image=lakes[0].image.reshape(4, 3, 7), labels=lakes[0].labels.reshape(4, 3)), lakes[1]],
        [replace(lake, truth=np.zeros(lake.shape, np.uint8)) for lake in lakes],
    ]
    fingerprints = {write_dataset(tmp_path / "3.h5", HEADER, other).fingerprint for other in others}
    fingerprints.add(write_dataset(tmp_path / "3.h5", replace(HEADER, scale=2e-4), lakes).fingerprint)
    assert len(fingerprints | {first.fingerprint}) == 9


def test_folders_are_made_and_files_are_readable_by_the_group(tmp_path):
    mask = os.umask(0o022)
    try:
        path = make_dataset(tmp_path / "new" / "folder" / "d.h5", [(2, 2)]).path
    finally:
        os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o644


def test_the_umask_is_never_touched(tmp_path, monkeypatch):
    def touched(_mask):
        raise AssertionError("other threads make files meanwhile")

    mask = os.umask(0o027)
    try:
        monkeypatch.setattr(os, "umask", touched)
        with replacing(tmp_path / "f") as temporary:
            temporary.write_text("x")
        monkeypatch.undo()
    finally:
        os.umask(mask)
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o640


def test_texts_of_any_language_and_length(tmp_path):
    lakes = [make_lake("湖" * 80, 1, 1, "группа"), make_lake("é", 1, 1, "a")]
    assert write_dataset(tmp_path / "d.h5", HEADER, lakes).lake_ids == ("湖" * 80, "é")


def wrong_lakes():
    lake = make_lake("a", 3, 4)
    filled = np.full_like(lake.image, HEADER.fill)
    truth = np.full(lake.shape, 101, np.uint8)
    return {
        r"shape \(H, W, 7\), got \(3, 4, 6\)": replace(lake, image=lake.image[..., :6]),
        r"shape \(H, W, 7\), got \(12, 7\)": replace(lake, image=lake.image.reshape(12, 7)),
        "expected int16 image and uint8 labels, got float64": replace(lake, image=lake.image * np.nan),
        "expected int16 image and uint8 labels, got int16, int64": replace(lake, labels=lake.labels.astype(int)),
        "differ in height or width": replace(lake, labels=lake.labels.T),
        "image .* differ in height": replace(lake, truth=truth[:2]),
        "has no pixels": replace(lake, image=lake.image[:0], labels=lake.labels[:0]),
        "label 5 is no class code": replace(lake, labels=lake.labels + 3),
        "truth 101 is no percentage": replace(lake, truth=truth),
        "every value is fill": replace(lake, image=filled),
        "expected an id and a group": replace(lake, id=""),
        "an id and a group, neither empty": replace(lake, group=""),
        "printable text": replace(lake, id="a\0"),
        "must be printable": replace(lake, domain="arid\n"),
    }


@pytest.mark.parametrize("says", list(wrong_lakes()))
def test_a_lake_that_breaks_the_contract_leaves_the_old_file(old, says):
    with pytest.raises(DatasetError, match=says) as caught:
        write_dataset(old.path, HEADER, [make_lake("fine", 2, 2), wrong_lakes()[says]])
    assert str(caught.value).startswith("lake ")
    assert still_there(old)


@pytest.mark.parametrize("lake_id", [".", "..", "/etc", "a/../b", "a/classes", "a\\b"])
def test_ids_that_are_no_plain_name(tmp_path, lake_id):
    with pytest.raises(DatasetError, match="nor hold '/' or a backslash") as caught:
        write_dataset(tmp_path / "d.h5", HEADER, [make_lake(lake_id, 2, 2)])
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("lake_id", ["...", ".a", "a.b", "-", "a:b*?"])
def test_ids_that_look_odd_but_are_plain_names(tmp_path, lake_id):
    assert write_dataset(tmp_path / "d.h5", HEADER, [make_lake(lake_id, 2, 2)]).lake_ids == (lake_id,)


@pytest.mark.parametrize(
    ("lakes", "says"),
    [
        ([], "zero lakes"),
        ([make_lake("a", 2, 2)] * 2, "lake 'a' occurs twice"),
        (
            [make_lake("a", 2, 2), replace(make_lake("b", 2, 2), truth=np.zeros((2, 2), np.uint8))],
            "either every lake of a dataset has a truth, or none",
        ),
    ],
)
def test_lakes_that_do_not_go_together(old, lakes, says):
    with pytest.raises(DatasetError, match=says):
        write_dataset(old.path, HEADER, lakes)
    assert still_there(old)


@pytest.mark.parametrize("bands", [(), (1, 2, 2), (2, 1), (0, 1), (1, 8)])
def test_bands_that_do_not_exist(old, bands):
    with pytest.raises(DatasetError, match="expected some of 1–7"):
        write_dataset(old.path, replace(HEADER, bands=bands), [])
    assert still_there(old)


def test_an_interrupt_leaves_the_old_file(old):
    def lakes():
        yield make_lake("b", 2, 2)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_dataset(old.path, HEADER, lakes())
    assert still_there(old)


def test_a_file_in_the_way_of_the_folder(tmp_path):
    (tmp_path / "folder").touch()
    with pytest.raises(DatasetError, match="a file is in the way"):
        make_dataset(tmp_path / "folder" / "d.h5", [(2, 2)])


def test_replacing_any_file(tmp_path):
    path = tmp_path / "notes.txt"
    with replacing(path) as temporary:
        temporary.write_text("new")
        assert not path.exists()
    assert path.read_text() == "new"
    with pytest.raises(ZeroDivisionError), replacing(path) as temporary:
        temporary.write_text(str(1 / 0))
    assert path.read_text() == "new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_flushed_does_no_harm(tmp_path, monkeypatch):
    real = os.open

    def fussy(path, *args, **kwargs):
        if Path(path).is_dir():
            raise OSError(errno.EINVAL, "Invalid argument")
        return real(path, *args, **kwargs)

    monkeypatch.setattr("lakeseg.data.write.os.open", fussy)
    with replacing(tmp_path / "a") as temporary:
        temporary.write_text("x")
    assert (tmp_path / "a").read_text() == "x"


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "the disk is full"),
        (OSError(errno.EFBIG, "File too large"), "larger than this disk"),
        (OSError(errno.EROFS, "Read-only file system"), "no permission"),
        (PermissionError(errno.EACCES, "Permission denied"), "no permission"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory"), "a file is in the way"),
        (OSError(errno.EIO, "Input/output error"), "could not be written ([Errno 5] Input/output error)"),
        (OSError(), "could not be written (OSError)"),
    ],
)
def test_reasons(error, says):
    reason = write_reason(Path("x.h5"), error)
    assert reason.startswith("x.h5: ")
    assert reason.endswith("; nothing was changed")
    assert "\n" not in reason
    assert says in reason
