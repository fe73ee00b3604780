"""Asks who reviews, and says who that is."""

import streamlit as st

from lakeseg.ui.review import reviewer

name = reviewer.ask()
reviewer.show_doubt(name)
st.write(f"Reviewing: {name}")
