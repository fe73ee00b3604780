"""Classify an image with an exported network, without lakeseg: python run_onnx.py MODEL.onnx IMAGE.npy CLASSES.npy."""

import sys

import numpy as np
import onnxruntime

model, image, out = sys.argv[1:]
counts = np.load(image)  # (height, width, bands) int16: reflectance × 10,000, −28672 where it is missing
missing = (counts == -28672).any(axis=-1, keepdims=True)
reflectance = np.where(missing, 0, counts * np.float32(1e-4)).astype(np.float32)[None]
there = np.ones((1, counts.shape[-1]), np.float32)  # a network for any bands wants to know which are there
session = onnxruntime.InferenceSession(model)
given = {"reflectance": reflectance, "bands": there}
(probabilities,) = session.run(None, {each.name: given[each.name] for each in session.get_inputs()})
classes = np.where(missing[..., 0], 0, probabilities[0].argmax(axis=-1) + 1)  # 1 water, 2 land, 3 unclassified
np.save(out, classes.astype(np.uint8))
