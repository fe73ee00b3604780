"""What the pages answer, as pure functions of datasets, labels and predictions."""
