import pytest

from lakeseg.errors import ConfigError, DatasetError, LakesegError, ModelError, PatchError, unknown


@pytest.mark.parametrize("kind", [ConfigError, DatasetError, ModelError, PatchError])
def test_one_base_for_all(kind):
    with pytest.raises(LakesegError, match=r"^what, where, what to do$"):
        raise kind("what, where, what to do")


def test_unknown_lists_the_valid_ones():
    assert unknown("model", "fnc", ["fcn", "unet"]) == "unknown model 'fnc': expected one of fcn, unet"
    assert unknown("model", "x", []) == "unknown model 'x': expected one of (there are none)"


def test_unknown_shortens_a_long_list():
    line = unknown("lake", "x", [f"lake{n}" for n in range(956)])
    assert "lake11 and 944 more" in line
    assert "lake12" not in line


def test_unknown_keeps_to_one_line_whatever_was_asked():
    assert "\n" not in unknown("lake", "a\nb", ["c"])
