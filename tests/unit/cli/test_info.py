from __future__ import annotations

import h5py


def test_info_prints_the_counts(cli, small_dataset1):
    data = cli("info", small_dataset1.path, "--json").data
    counts = small_dataset1.total_counts()
    assert [data[name] for name in ("no_label", "water", "land", "unclassified")] == counts.tolist()
    assert data["pixels"] == counts.sum() == small_dataset1.pixel_count
    assert data["fingerprint"] == small_dataset1.fingerprint
    assert data["lakes"] == 8


def test_info_for_a_person(cli, small_dataset1):
    ran = cli("info", small_dataset1.path)
    assert ran.code == 0
    water = int(small_dataset1.total_counts()[1])
    line = next(line for line in ran.out.splitlines() if line.startswith("  water"))
    assert line.split() == ["water", f"{water:,}", "px", f"{100 * water / small_dataset1.pixel_count:.2f}", "%"]


def test_a_file_of_pixels_alone_has_no_lakes(cli, small_dataset, tmp_path):
    path = tmp_path / "pixels.h5"
    path.write_bytes(small_dataset.path.read_bytes())
    with h5py.File(path, "r+") as file:
        del file["lakes"]
    data = cli("info", path, "--json").data
    assert data["lakes"] == 0
    assert data["water"] == small_dataset.total_counts()[1]
    assert "none: single pixels" in cli("info", path).out


def test_files_that_are_none(cli, small_dataset, tmp_path):
    text, short, old = (tmp_path / name for name in ("a.h5", "b.h5", "c.h5"))
    text.write_text("not HDF5")
    short.write_bytes(small_dataset.path.read_bytes()[:5000])
    old.write_bytes(small_dataset.path.read_bytes())
    with h5py.File(old, "r+") as file:
        file.attrs["version"] = 99
    for path, expected in (
        (text, "not an HDF5 file"),
        (short, "truncated"),
        (old, "version 99"),
        (tmp_path / "none.h5", "no such file"),
        (tmp_path, "no such file"),
    ):
        line = cli("info", path, "--json").error
        assert expected in line
        assert str(path) in line


def test_health_for_a_person_and_for_a_machine(cli, small_dataset1, tmp_path, monkeypatch):
    monkeypatch.setenv("LAKESEG_DATA", str(tmp_path))
    report = cli("info", small_dataset1.path, "--health", "--json").data["health"]
    assert (report["lakes"], report["pixels"]) == (8, small_dataset1.pixel_count)
    assert {finding["key"] for finding in report["findings"]} >= {"fill", "saturation", "nan", "duplicates", "splits"}
    assert (tmp_path / ".cache" / "health" / f"{small_dataset1.fingerprint}.json").is_file()
    lines = cli("info", small_dataset1.path, "--health").out.splitlines()
    assert any(line.startswith("health: ") for line in lines)
    assert any(line.startswith("fine     Class codes. Every label is one of") for line in lines)
