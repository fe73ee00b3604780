"""What leaves the project: predictions, labels and datasets as files for other programs."""
