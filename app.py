from pathlib import Path

import streamlit as st

# A picture of our own: Streamlit fetches the symbols of `:material/…:` for the tab from the internet.
icon = str(Path(__file__).parent / "lakeseg" / "ui" / "icon.png")
st.set_page_config(page_title="lakeseg", page_icon=icon, layout="wide")
pages = [
    st.Page("pages/explore.py", title="Explore", icon=":material/travel_explore:", default=True),
    st.Page("pages/review.py", title="Review", icon=":material/rate_review:"),
    st.Page("pages/patches.py", title="Patches", icon=":material/grid_on:"),
    st.Page("pages/bands.py", title="Bands", icon=":material/tune:"),
    st.Page("pages/evaluate.py", title="Evaluate", icon=":material/fact_check:"),
    st.Page("pages/study.py", title="Study", icon=":material/science:"),
    st.Page("pages/data.py", title="Data", icon=":material/database:"),
]
st.navigation(pages, position="top").run()
