import io
import zipfile

import numpy as np
import pytest

from lakeseg.errors import ModelError
from lakeseg.segmenters.pixelwise import TRUSTED, fit_pixels
from lakeseg.segmenters.registry import rebuild, resolve

BANDS = (1, 2, 3)


def pixels(codes=(1, 2), count=400):
    rng = np.random.default_rng(0)
    labels = rng.choice(np.array(codes, np.uint8), count)
    reflectance = (0.1 * labels[:, None] + rng.normal(0, 0.02, (count, len(BANDS)))).astype(np.float32)
    return reflectance, labels


@pytest.fixture(scope="module", params=["logistic", "boosting"])
def model(request):
    return fit_pixels(resolve(request.param, BANDS), *pixels())


def test_probabilities_of_two_classes(model):
    reflectance, labels = pixels()
    probabilities = model.predict_pixels(reflectance)
    assert probabilities.shape == (400, 3)
    assert probabilities.dtype == np.float32
    assert np.allclose(probabilities.sum(axis=1), 1, atol=1e-6)
    assert not probabilities[:, 2].any()
    assert (probabilities.argmax(axis=1) + 1 == labels).mean() > 0.95
    assert model.predict_pixels(reflectance[:0]).shape == (0, 3)


def test_skops_round_trip_predicts_the_same(model):
    import skops.io

    content = model.state()
    assert set(skops.io.get_untrusted_types(data=content)) <= set(TRUSTED)
    again = rebuild(model.config, content)
    reflectance = pixels()[0]
    assert np.array_equal(again.predict_pixels(reflectance), model.predict_pixels(reflectance))
    assert again.parameters == model.parameters


def test_parameters_are_counted():
    assert fit_pixels(resolve("logistic", BANDS), *pixels()).parameters == 3 + 1  # a weight a band and an intercept


def test_logistic_regression_is_one_of_standardised_bands():
    reflectance, labels = pixels()
    model = fit_pixels(resolve("logistic", BANDS), reflectance, labels)
    coefficients, intercept = model.estimator[-1].coef_[0], model.estimator[-1].intercept_[0]
    standard = (reflectance - reflectance.mean(axis=0)) / reflectance.std(axis=0)
    land = 1 / (1 + np.exp(-(standard @ coefficients + intercept)))
    assert np.allclose(model.predict_pixels(reflectance)[:, 1], land, atol=1e-4)


def test_unclassified_is_masked_or_a_class_of_its_own():
    reflectance, labels = pixels(codes=(1, 2, 3))
    two = fit_pixels(resolve("logistic", BANDS), reflectance, labels)
    three = fit_pixels(resolve("logistic", BANDS, third_class=True), reflectance, labels)
    assert not two.predict_pixels(reflectance)[:, 2].any()
    assert (three.predict_pixels(reflectance).argmax(axis=1) + 1 == labels).mean() > 0.9


def test_one_class_is_not_enough():
    with pytest.raises(ModelError, match=r"logistic: the training lakes hold 1 class\(es\)"):
        fit_pixels(resolve("logistic", BANDS), *pixels(codes=(2, 3)))


def foreign():
    import skops.io
    from sklearn.tree import DecisionTreeClassifier

    return skops.io.dumps(DecisionTreeClassifier().fit([[0, 0, 0], [1, 1, 1]], [1, 2]))


def naming_a_type_of_its_own(content):
    """The same archive with a type in its schema that nobody vouches for."""
    source, target = zipfile.ZipFile(io.BytesIO(content)), io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            data = source.read(name)
            if name == "schema.json":
                data = data.replace(b'"TreePredictor"', b'"Popen"').replace(b'"StandardScaler"', b'"Popen"')
                data = data.replace(b'"sklearn.preprocessing._data"', b'"subprocess"')
            archive.writestr(name, data)
    return target.getvalue()


@pytest.mark.parametrize("damage", [lambda c: c[:0], lambda c: c[:-40], lambda c: c[::-1], naming_a_type_of_its_own])
def test_damaged_and_tampered_files_load_nothing(model, damage):
    with pytest.raises(ModelError, match="damaged or foreign weights, nothing was loaded") as caught:
        rebuild(model.config, damage(model.state()))
    assert "\n" not in str(caught.value)


def test_another_estimator_or_other_bands_are_refused(model):
    with pytest.raises(ModelError, match="damaged or foreign"):
        rebuild(model.config, foreign())
    with pytest.raises(ModelError, match="damaged or foreign"):
        rebuild(resolve(model.config.kind, (1, 2, 3, 4)), model.state())
