import dataclasses
import importlib
import itertools
import time

import numpy as np
import pytest

from lakeseg.data.dataset import Header
from lakeseg.data.splits import Split
from lakeseg.data.write import write_dataset
from lakeseg.errors import ModelError, PatchError
from lakeseg.segmenters.network import Network
from lakeseg.segmenters.registry import rebuild, resolve
from lakeseg.training import checkpoint, finished, loop, samples, train
from lakeseg.training.loss import masked_crossentropy
from tests.lakes import HEADER, make_dataset, make_lake

way_in = importlib.import_module("lakeseg.training.train")  # the package's own name for it is the function
BANDS = (1, 2, 3, 4, 5, 6, 7)


def split_of(dataset):
    ids = dataset.lake_ids
    return Split(ids[:-2], ids[-2:-1], ids[-1:], seed=0, rule="by hand")


@pytest.fixture(scope="module")
def config(small_dataset):
    return resolve("fcn-lakeseg", small_dataset.bands, patch=16, epochs=3, batch_size=8, seed=4)


@pytest.fixture(scope="module")
def trained(small_dataset, config):
    steps = []
    result = train(small_dataset, split_of(small_dataset), config, lambda done, text: steps.append((done, text)))
    return result, steps


def same(first, second):
    return first.keys() == second.keys() and all(np.array_equal(first[name], second[name]) for name in first)


class Stopped(Exception):  # noqa: N818  stands for a kill
    pass


def stop_in(epoch):
    def progress(_done, text):
        if text.startswith(f"epoch {epoch}/"):
            raise Stopped

    return progress


def test_a_network_learns_and_reports(trained, small_dataset):
    result, steps = trained
    assert set(result.history) == {"loss", "val_loss", "accuracy", "val_accuracy", "seconds"}
    assert all(len(values) == 3 for values in result.history.values())
    assert all(0 <= share <= 1 for name in ("accuracy", "val_accuracy") for share in result.history[name])
    assert np.isfinite(result.history["val_loss"]).all()
    assert result.history["loss"][-1] < result.history["loss"][0]
    assert result.seconds_per_epoch == sorted(result.history["seconds"])[1]
    assert result.device
    ids = split_of(small_dataset).train
    assert result.pixels == sum(small_dataset.lake(lake_id).labels.size for lake_id in ids)
    shares = [done for done, _ in steps]
    assert shares == sorted(shares)
    assert shares[0] == 0
    assert shares[-1] == 1
    assert "validation loss" in steps[-1][1]


def test_the_same_seed_gives_the_same_weights(trained, small_dataset, config):
    again = train(small_dataset, split_of(small_dataset), config)
    assert same(trained[0].segmenter.state(), again.segmenter.state())
    assert trained[0].history["val_loss"] == again.history["val_loss"]


def test_an_interrupted_training_goes_on_to_the_same_end(trained, small_dataset, config, tmp_path):
    split = split_of(small_dataset)
    with pytest.raises(Stopped):
        train(small_dataset, split, config, stop_in(3), resume_dir=tmp_path)
    (kept,) = tmp_path.iterdir()
    assert checkpoint.load(kept).epochs == 2
    epochs = []
    result = train(small_dataset, split, config, lambda _done, text: epochs.append(text[:7]), resume_dir=tmp_path)
    assert set(epochs[1:]) == {"epoch 3"}
    assert same(trained[0].segmenter.state(), result.segmenter.state())
    assert result.history["loss"] == trained[0].history["loss"]
    finished(small_dataset, split, config, tmp_path)
    finished(small_dataset, split, config, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_run_resumes_only_from_its_own_standing(small_dataset, config, tmp_path):
    split = split_of(small_dataset)
    other_lakes = dataclasses.replace(split, train=split.train[1:])
    others = [(split, dataclasses.replace(config, seed=5)), (other_lakes, config)]
    own = checkpoint.checkpoint_path(tmp_path, small_dataset, split, config)
    assert all(checkpoint.checkpoint_path(tmp_path, small_dataset, *other) != own for other in others)


def test_a_damaged_checkpoint_counts_as_none(tmp_path):
    path = tmp_path / "torn.npz"
    for content in (b"", b"torn", b"PK\x03\x04torn"):
        path.write_bytes(content)
        assert checkpoint.load(path) is None
    assert checkpoint.load(tmp_path / "absent.npz") is None


def other_software(standing):
    standing.made_by = "keras 2.9"


def other_shapes(standing):
    standing.weights = {name: value[..., :1] for name, value in standing.weights.items()}


def another_optimizer(standing):
    standing.optimizer.pop()


def torn_history(standing):
    standing.history["seconds"].pop()


@pytest.mark.parametrize("change", [other_software, other_shapes, another_optimizer, torn_history])
def test_a_checkpoint_that_does_not_fit_counts_as_none_and_is_told(tmp_path, change):
    network = Network(resolve("fcn-paper-8", BANDS))
    loop._compile(network)
    optimizer = [np.asarray(variable.numpy()) for variable in network.model.optimizer.variables]
    standing = checkpoint.Standing({name: value + 1 for name, value in network.state().items()}, optimizer)
    standing.made_by = loop._software()
    for values in standing.history.values():
        values.append(1.0)
    before, said, path = network.state(), [], tmp_path / "kept.npz"
    good = dataclasses.replace(standing, history=dict(standing.history), optimizer=list(optimizer))
    change(standing)
    checkpoint.save(path, standing)
    assert loop._resumed(network, lambda _done, text: said.append(text), path).epochs == 0
    assert same(network.state(), before)
    assert "starting anew" in said[0]
    if change is not torn_history:
        checkpoint.save(path, good)
        assert loop._resumed(network, said.append, path).epochs == 1
        assert same(network.state(), good.weights)


def test_a_long_fit_reports_that_it_goes_on_and_an_error_comes_through(monkeypatch):
    monkeypatch.setattr(way_in, "_TICK_SECONDS", 0.01)
    said = []

    def slow():
        while len(said) < 3:
            time.sleep(0.01)
        return 42

    assert way_in._watched(slow, "fitting 7 pixels", lambda done, text: said.append((done, text))) == 42
    assert said[0] == (0.0, "fitting 7 pixels")
    assert said[1] == (0.0, "fitting 7 pixels for 0 s")
    with pytest.raises(ModelError, match="no pixels"):
        way_in._watched(lambda: (_ for _ in ()).throw(ModelError("no pixels")), "", lambda *_: None)


def test_a_network_on_patches_accounts_for_every_pixel_of_its_training_lakes(tmp_path):
    # 20×20 and 9×9 with patches of 8: four and one, so 4·64 and 64 px in patches, 144 and 17 px in none.
    dataset = make_dataset(tmp_path / "two.h5", [(20, 20), (9, 9), (8, 8)])
    split = Split(("a0", "a1"), ("a2",), (), 0, "by hand")
    result = train(dataset, split, resolve("fcn-paper-8", BANDS, epochs=1, prune=False))
    assert (result.patches.kept, result.patches.pruned, result.patches.discarded) == (320, 0, 161)
    assert (result.patches.patches_kept, result.patches.patches_pruned) == (5, 0)
    assert train(dataset, split, resolve("logistic", BANDS)).patches is None


def test_the_studys_networks_learn_from_pruned_patches(small_dataset1):
    split = split_of(small_dataset1)
    for name in ("fcn-paper-16", "unet-paper-16"):
        result = train(small_dataset1, split, resolve(name, small_dataset1.bands, epochs=1))
        assert len(result.history["loss"]) == 1
        windows = np.zeros((1, 16, 16, 7), np.float32)
        again = rebuild(result.segmenter.config, result.segmenter.state())
        assert np.array_equal(again.predict_windows(windows), result.segmenter.predict_windows(windows))


@pytest.mark.parametrize("name", ["naive", "ndwi", "logistic", "boosting"])
def test_pixel_models_train(small_dataset1, name):
    result = train(small_dataset1, split_of(small_dataset1), resolve(name, BANDS))
    counts = sum(
        small_dataset1.lake(lake_id).labels.ravel().tolist().count(3) for lake_id in small_dataset1.lake_ids[:-2]
    )
    total = sum(small_dataset1.lake(lake_id).labels.size for lake_id in small_dataset1.lake_ids[:-2])
    assert result.pixels == total - counts  # unclassified pixels are left out
    assert len(result.history["loss"]) == len(result.history["val_loss"]) == (name in ("logistic", "boosting"))
    assert result.device == "CPU"


def test_patches_larger_than_every_lake_are_refused(small_dataset):
    with pytest.raises(PatchError, match="320"):
        train(small_dataset, split_of(small_dataset), resolve("fcn-paper-64", BANDS, patch=320))


def test_validation_lakes_smaller_than_a_patch_leave_no_validation_loss(tmp_path):
    dataset = make_dataset(tmp_path / "uneven.h5", [(20, 20), (9, 9)])
    split = Split(("a0",), ("a1",), (), 0, "by hand")
    result = train(dataset, split, resolve("fcn-paper-16", BANDS, epochs=1))
    assert np.isfinite(result.history["loss"]).all()
    assert np.isnan(result.history["val_loss"]).all()


def test_a_split_without_training_lakes_is_refused(small_dataset):
    with pytest.raises(ModelError, match="no training lakes"):
        train(small_dataset, Split((), (), (), 0, "none"), resolve("naive", BANDS))


def test_nothing_labelled_is_refused(tmp_path):
    dataset = make_dataset(tmp_path / "unlabelled.h5", [(20, 20)] * 3, codes=(3,))
    with pytest.raises(ModelError, match="hold no labelled pixel"):
        train(dataset, split_of(dataset), resolve("fcn-lakeseg", BANDS))


def test_masked_crossentropy_by_hand():
    labels = np.array([[[1, 2], [0, 3]]], np.uint8)
    probabilities = np.broadcast_to(np.array([0.5, 0.25, 0.25], np.float32), (1, 2, 2, 3))
    # −(ln .5 + ln .25 + ln .25) / 3 = (.6931 + 1.3863 + 1.3863) / 3; the pixel without a label does not count.
    assert float(masked_crossentropy(labels, probabilities)) == pytest.approx(1.155245, abs=1e-5)
    assert float(masked_crossentropy(0 * labels, probabilities)) == 0
    right = float(np.mean((probabilities.argmax(axis=-1) + 1 == labels)[labels > 0]))
    assert float(loop.masked_accuracy(labels, probabilities)) == pytest.approx(right)
    assert float(loop.masked_accuracy(0 * labels, probabilities)) == 0


def test_mean_loss_weighs_pixels_not_batches(monkeypatch):
    network = Network(resolve("fcn-paper-8", BANDS))
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, (5, 8, 8)).astype(np.uint8)
    labels[0] = 0
    patches = samples.Patches(rng.random((5, 8, 8, 7), dtype=np.float32), labels, batch_size=2)
    probabilities, known = network.predict_windows(patches.images), labels > 0
    at_once = float(masked_crossentropy(labels, probabilities))
    found = loop.means(network, patches)
    assert found.loss == pytest.approx(at_once, rel=1e-5)
    assert found.accuracy == pytest.approx((probabilities[known].argmax(axis=-1) + 1 == labels[known]).mean())
    assert np.isnan(loop.means(network, samples.Patches(patches.images, 0 * labels, 2)).loss)
    assert np.isnan(loop.means(network, None).accuracy)


def test_an_epochs_loss_and_accuracy_are_means_over_its_labelled_pixels():
    class Model:
        """Gives the first label of each batch as its loss, and half of it as its accuracy."""

        class optimizer:  # noqa: N801  as Keras spells it
            learning_rate = 0.0

        def train_on_batch(self, _images, labels, **_options):
            return {"loss": float(labels.flat[0]), "masked_accuracy": labels.flat[0] / 2}

    class Stub:
        model, config = Model(), resolve("fcn-paper-8", BANDS)

    class Two:
        steps = 2

        def batches(self, _rng):
            yield None, np.array([[1, 1, 1]])
            yield None, np.array([[2, 0, 0]])

    # Three pixels at loss 1 and one at loss 2: 5 / 4; three at accuracy .5 and one at 1: 2.5 / 4.
    found = loop._epoch(Stub(), Two(), 0, {"val_loss": []}, lambda *_: None)
    assert (found.loss, found.accuracy) == pytest.approx((1.25, 0.625))


def test_learning_rates():
    assert [loop.learning_rate(0.1, "constant", epoch, 4) for epoch in (0, 3)] == [0.1, 0.1]
    # Half a cosine: (1 + cos 0) / 2 = 1, (1 + cos π/2) / 2 = .5, and it ends above 0.
    assert [loop.learning_rate(0.1, "cosine", epoch, 4) for epoch in (0, 2)] == pytest.approx([0.1, 0.05])
    assert loop.learning_rate(0.1, "cosine", 3, 4) > 0


def test_masked_pixels_are_zero_and_fill_is_masked(tmp_path):
    lake = make_lake("a", 20, 20, codes=(1, 2, 3))
    lake.image[3, 4, 6] = -28672
    lake.labels[0, 0] = 0
    dataset = write_dataset(tmp_path / "fill.h5", HEADER, [lake])
    two = resolve("fcn-paper-16", BANDS, bands=(2, 3), prune=False)
    reflectance, labels = samples.prepare(dataset, two, lake.image, lake.labels)
    assert reflectance.shape == (20, 20, 2)
    assert reflectance[5, 5].tolist() == pytest.approx((lake.image[5, 5, [1, 2]] * 1e-4).tolist())
    assert reflectance[3, 4].tolist() == [0, 0]
    assert labels[3, 4] == labels[0, 0] == 0
    assert set(np.unique(labels)) == {0, 1, 2}
    three = dataclasses.replace(two, third_class=True)
    assert 3 in samples.prepare(dataset, three, lake.image, lake.labels)[1]


def windows_of(tmp_path, shapes, **settings):
    """Lakes whose first band numbers their pixels, so that a window shows where it was cut."""
    lakes = []
    for n, (height, width) in enumerate(shapes):
        lake = make_lake(f"a{n}", height, width, seed=n)
        lake.image[..., 0] = np.arange(height * width).reshape(height, width)
        lakes.append(lake)
    header = Header("Numbered", BANDS, "made by a test", simulated=True, scale=1.0)
    dataset = write_dataset(tmp_path / "numbered.h5", header, lakes)
    config = resolve("fcn-lakeseg", BANDS, bands=(1,), patch=16, **settings)
    return samples.training_samples(dataset, dataset.lake_ids, config, margin=6), lakes


def test_windows_cover_lakes_by_their_area(tmp_path):
    drawn, lakes = windows_of(tmp_path, [(40, 33)], augment=False, batch_size=3)
    rng = np.random.default_rng(0)
    assert drawn.steps == round(40 * 33 / 256 / 3)
    seen = np.zeros(40 * 33, int)
    for _ in range(300):
        batches = list(drawn.batches(rng))
        assert [len(images) for images, _ in batches] == [3] * drawn.steps
        for images, labels in batches:
            assert images.shape == (3, 28, 28, 1)
            inner = images[:, 6:-6, 6:-6, 0].astype(int)
            assert np.array_equal(labels, lakes[0].labels.ravel()[inner])
            np.add.at(seen, inner.ravel(), 1)
    # Starts are drawn from −8 to 32 of the rows and −8 to 25 of the columns and moved inside, so 9 of 41 and 9 of 34
    # show the first pixel: 300 epochs of 2 × 3 windows, 105 times on average, and nothing less often.
    assert 70 < seen[0] < 140
    assert seen.min() > 60
    assert seen.max() < 2.5 * seen.mean()


def test_windows_of_small_lakes_are_mirrored_and_masked(tmp_path):
    drawn, _ = windows_of(tmp_path, [(3, 20)], augment=False, batch_size=1)
    (images, labels), *_ = drawn.batches(np.random.default_rng(0))
    assert images.shape == (1, 28, 28, 1)
    assert not labels[0, 3:].any()
    assert labels[0, :3].all()
    assert set(images.ravel().astype(int)) <= set(range(60))


def test_turning_keeps_image_and_labels_together(tmp_path):
    drawn, lakes = windows_of(tmp_path, [(16, 16)], augment=True, batch_size=1)
    seen = set()
    for seed in range(60):
        ((images, labels),) = drawn.batches(np.random.default_rng(seed))
        inner = images[0, 6:-6, 6:-6, 0].astype(int)
        assert np.array_equal(labels[0], lakes[0].labels.ravel()[inner])
        seen.add((inner[0, 0], inner[0, 1]))
    assert len(seen) == 8  # four turns, mirrored or not


def test_validation_holds_each_pixel_once(tmp_path):
    dataset = make_dataset(tmp_path / "two.h5", [(40, 33), (5, 16)])
    config = resolve("fcn-lakeseg", BANDS, patch=16)
    checked = samples.validation_samples(dataset, dataset.lake_ids, config, margin=6)
    assert checked.images.shape == (3 * 3 + 1, 28, 28, 7)
    assert int((checked.labels > 0).sum()) == 40 * 33 + 5 * 16


def test_patches_come_all_once_and_in_a_new_order_each_epoch():
    patches = samples.Patches(np.arange(7)[:, None, None, None], np.arange(7)[:, None, None], batch_size=3)
    epochs = [
        [image.ravel().tolist() for image, _ in patches.batches(np.random.default_rng((0, epoch)))] for epoch in (0, 1)
    ]
    assert [len(batch) for batch in epochs[0]] == [3, 3, 1]
    assert all(sorted(itertools.chain(*epoch)) == list(range(7)) for epoch in epochs)
    assert epochs[0] != epochs[1]
