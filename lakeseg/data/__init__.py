"""Datasets: the array contract, the simulator, splits and readers of foreign files."""
