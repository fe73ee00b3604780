"""The study of 2018: its published numbers, and our measurements beside them."""
