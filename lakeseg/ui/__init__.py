"""Everything that touches Streamlit: the caches, the state of a view, widgets, and the viewer component."""
