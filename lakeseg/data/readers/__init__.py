"""Readers of foreign files: each turns one format into a dataset of the array contract."""
