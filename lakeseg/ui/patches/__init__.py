"""The parts of the page Patches: its controls, and the answers on the lake, the dataset and a model."""
