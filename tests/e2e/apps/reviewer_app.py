"""Asks who reviews, and says who that is."""

import streamlit as st

from lakeseg.ui.review import reviewer

st.write(f"Reviewing: {reviewer.ask()}")
