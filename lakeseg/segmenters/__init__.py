"""Segmenters: one protocol, many models; `registry.PRESETS` lists them. Keras and scikit-learn load when one runs."""
