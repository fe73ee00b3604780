from pathlib import Path

import numpy as np

from lakeseg.ui.review import pictures
from tests.e2e import ponds


def test_without_models_there_are_pictures_of_the_pixels_and_labels_alone(tmp_path: Path) -> None:
    found = pictures.draw(ponds.make(tmp_path / "ponds.h5"), "pond-0", [], {})
    assert found.complete
    assert set(found.panels) == {pictures.NATURAL, pictures.FALSE_COLOUR, pictures.NEAR_INFRARED, pictures.LABELS}
    assert [panel.title for panel in found.chosen([pictures.FALSE_COLOUR, pictures.NEAR_INFRARED])] == [
        "False colour 7-2-1",
        "False colour 2-1-4",
    ]
    assert [panel.key for panel in found.chosen(pictures.OF_MODELS)] == [pictures.NATURAL]  # never nothing


def test_hidden_labels_are_shown_as_unclassified_and_stay_as_they_are(tmp_path: Path) -> None:
    found = pictures.draw(ponds.make(tmp_path / "ponds.h5"), "pond-0", [], {})
    labels = found.lake.labels.copy()
    (shown,), (true,) = found.chosen([pictures.LABELS], np.array([0, 1])), found.chosen([pictures.LABELS])
    assert shown != true
    labels.ravel()[:2] = 3
    assert shown == pictures.classes_panel("labels", "Labels", labels)
    assert (found.lake.labels.ravel()[:2] == 1).all()
