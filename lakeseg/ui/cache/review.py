"""The database of verdicts, and who settled which pixel: one engine and one ledger for all sessions of a server."""

from __future__ import annotations

import streamlit as st

from lakeseg.data.dataset import Dataset
from lakeseg.review.ledger import Ledger
from lakeseg.review.log import Log
from lakeseg.review.opening import CONNECTION, OPTIONS, configured, is_missing, open_engine

LEDGERS = 8


def log() -> Log:
    """Return the log of verdicts, its tables made: what secrets.toml says, else a file beside the datasets.

    Raises:
        ReviewError: The database cannot be used.
        ConfigError: Its address cannot be read, or its driver is not installed.
    """
    return _log(configured().render_as_string(hide_password=False))


@st.cache_resource(max_entries=LEDGERS, show_spinner=False)
def _log(url: str) -> Log:
    open_engine(url)  # says in one line what Streamlit would say in a traceback
    made = Log(st.connection(CONNECTION, type="sql", url=url, **OPTIONS).engine)
    made.prepare()
    return made


def has_verdicts(dataset: Dataset) -> bool:
    """Say whether somebody gave verdicts on a dataset; no database is made to find out. Errors as of `log`."""
    return not is_missing(configured()) and dataset.fingerprint in log().datasets()


def ledger(dataset: Dataset) -> Ledger:
    """Return the ledger of a dataset, which knows what any server of the lab has kept by now.

    When the database does not answer, it knows what it knew before, and `Ledger.offline` says why.

    Raises:
        ReviewError: The database could not be read once.
    """
    shared = log()
    found = _ledger(dataset.fingerprint, shared.where, dataset, shared)
    found.try_refresh()
    return found


@st.cache_resource(max_entries=LEDGERS, show_spinner="Reading the verdicts…")
def _ledger(fingerprint: str, where: str, _dataset: Dataset, _log: Log) -> Ledger:  # noqa: ARG001  they are the key
    made = Ledger(_dataset, _log)
    made.refresh()
    return made
