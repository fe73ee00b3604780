"""Options of an import as fields: what they mean, and what the command line gets."""

from __future__ import annotations

from dataclasses import fields

import pytest

from lakeseg.cli import main
from lakeseg.data.readers.options import ReadOptions
from lakeseg.errors import ConfigError
from lakeseg.ui.data import options_form


def test_every_option_has_a_help_and_a_label():
    for field in fields(ReadOptions):
        assert options_form.helps()[field.name].endswith("."), field.name
        assert options_form.label(field.name)[0].isupper(), field.name


def test_options_become_words_that_the_command_line_reads(tmp_path, capsys):
    options = ReadOptions(name="a b", bands=(1, 2, 3), fill=-9999.0, clip=True, water="bit:5", tile=64, offset=-0.1)
    words = options_form.words(options)
    assert words == (
        "--name=a b",
        "--bands=1,2,3",
        "--fill=-9999.0",
        "--clip",
        "--water=bit:5",
        "--offset=-0.1",
        "--tile=64",
    )
    assert main(["import", str(tmp_path / "absent.npz"), *words, "--detect"]) == 2
    assert "no such file or folder" in capsys.readouterr().err  # so every word was understood


def test_whole_numbers_are_read_kindly():
    assert options_form.numbers("1, 2,3 4", "bands") == (1, 2, 3, 4)
    assert options_form.numbers("-1", "ignore") == (-1,)
    with pytest.raises(ConfigError, match="Bands: '1;2': expected whole numbers"):
        options_form.numbers("1;2", "bands")


def test_messages_name_fields_in_the_place_of_options():
    text = "say more with --pixel-size and --second-water, or -- nothing"
    assert options_form.in_words(text) == "say more with “Pixel size, m” and “Second water”, or -- nothing"
    assert options_form.in_words("`info` and Python read them") == "“info” and Python read them"
