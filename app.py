import streamlit as st

st.set_page_config(page_title="lakeseg", page_icon=":material/water:", layout="wide")
st.navigation([st.Page("pages/explore.py", title="Explore", icon=":material/travel_explore:", default=True)]).run()
