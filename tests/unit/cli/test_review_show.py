from __future__ import annotations

import pytest

from lakeseg.review.ledger import Ledger
from lakeseg.review.log import Log
from lakeseg.review.opening import configured, name_of, open_engine
from lakeseg.review.verdicts import Verdict


@pytest.fixture
def url(small_dataset1, tmp_path) -> str:
    """Ann said two things on the first lake and took one back; Bob said one."""
    url = f"sqlite:///{tmp_path / 'review.db'}"
    log = Log(open_engine(url))
    log.prepare()
    lake = small_dataset1.lake_ids[0]

    def said(text: str, by: str) -> Verdict:
        return Verdict(small_dataset1.fingerprint, lake, text, 3, "water", by)

    _, second, _ = log.add([said("0:3", "Ann"), said("9:3", "Ann"), said("2:3", "Bob")])
    log.undo(second.batch, "Ann")
    log.engine.dispose()
    return url


def test_show_counts_verdicts_and_pixels(cli, url, small_dataset1):
    (found,) = cli("review", "show", "--database", url, "--dataset", small_dataset1.path, "--json").data["datasets"]
    assert (found["verdicts"], found["taken_back"]) == (3, 1)
    assert found["by_reviewer"] == {"Ann": 1, "Bob": 1}
    assert found["px_by_reviewer"] == {"Ann": 3, "Bob": 3}
    assert found["settled_px"] == 5  # pixels 0 to 4; both settled pixel 2
    assert found["unclassified_px"] == small_dataset1.total_counts()[3]


def test_show_is_readable(cli, url):
    ran = cli("review", "show", "--database", url)
    assert ran.code == 0
    assert "3, 1 of them taken back" in ran.out


def test_show_makes_no_database(cli, tmp_path):
    assert "no verdicts yet" in cli("review", "show", "--database", f"sqlite:///{tmp_path / 'no' / 'r.db'}").error
    assert not (tmp_path / "no").exists()


def test_the_secrets_of_the_dashboard_name_the_database(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert configured().get_backend_name() == "sqlite"
    (tmp_path / ".streamlit").mkdir()
    secrets = tmp_path / ".streamlit" / "secrets.toml"
    secrets.write_text('[connections.review]\nurl = "postgresql://ann:pw@server/review"\n')
    assert name_of(configured()) == "postgresql://ann:***@server/review"
    secrets.write_text('[connections.review]\ndialect = "postgresql"\nhost = "server"\nusername = "ann"\nport = 5433\n')
    assert configured().port == 5433
    secrets.write_text("[connections.review")
    with pytest.raises(Exception, match=r"expected TOML with \[connections.review\]"):
        configured()


def test_secrets_beside_the_app_count_wherever_it_is_started(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr("lakeseg.review.opening._APP", tmp_path / "app")
    monkeypatch.chdir(tmp_path)
    for folder, host in ((tmp_path / "app", "beside"), (tmp_path, "here")):
        (folder / ".streamlit").mkdir(parents=True)
        (folder / ".streamlit" / "secrets.toml").write_text(
            f'[connections.review]\nurl = "postgresql://{host}/review"\n'
        )
    assert configured().host == "beside"


def test_the_ledger_of_the_command_line_is_that_of_the_log(url, small_dataset1):
    ledger = Ledger(small_dataset1, Log(open_engine(url)))
    assert ledger.refresh() == 1
    ledger.log.engine.dispose()
