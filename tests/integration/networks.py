#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Networks as users train and use them: IDX files as of MNIST, data in HDF5, predictions in and out of every format."""

import csv
import gzip
import struct

import h5py
import numpy as np

import shoal_program
from shoal_program import ROOT, ProgramTest

MISSING = 66
BLOBS = """workload = "tune"
seed = 3
[objective]
kind = "network"
[data]
source = "hdf5"
file = "blobs.h5"
inputs = "/train/x"
target = "train/y"
split = [0.6, 0.2, 0.2]
[network]
hidden = [12]
loss = "sparse_categorical_crossentropy"
optimizer = "nadam"
epochs = 200
batch_normalisation = true
dropout = 0.1
early_stopping = { patience = 5, min_delta = 0.002 }
metrics = ["accuracy", "f1", "auc"]
[search]
algorithm = "random"
trials = 1
repeats = 3
"""
WIDE = """workload = "tune"
seed = 4
[objective]
kind = "network"
[data]
source = "lorenz"
[network]
hidden = [200, 200]
batch = 128
epochs = 4
[search]
algorithm = "random"
trials = 1
repeats = 3
"""


def write_idx(path, array):
    data = struct.pack(">BBBB", 0, 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape) + array.astype(np.uint8).tobytes()
    (gzip.open if path.suffix == ".gz" else open)(path, "wb").write(data)


def images(n, seed):
    """Digits of 28 x 28: class c has a bright square at a place of its own, under noise."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 10, n)
    pixels = random.integers(0, 60, (n, 28, 28))
    for image, label in zip(pixels, labels):
        row, column = divmod(label, 4)
        image[2 + 8 * row:8 + 8 * row, 1 + 7 * column:6 + 7 * column] += 150
    return pixels, labels


class Networks(ProgramTest):
    def test_the_classic_network_on_idx_files(self):
        self.write("train_mnist.toml", (ROOT / "inputs" / "train_mnist.toml").read_text())
        ended = self.shoal("run", "train_mnist.toml")
        self.assertEqual(ended.code, MISSING, ended)
        self.assertIn("train-images-idx3-ubyte.gz", ended.err)
        for part, n, seed in (("train", 3000, 1), ("t10k", 500, 2)):
            pixels, labels = images(n, seed)
            write_idx(self.path(f"{part}-images-idx3-ubyte.gz"), pixels)
            write_idx(self.path(f"{part}-labels-idx1-ubyte.gz"), labels)
        self.run_to_end("train_mnist.toml")
        result = self.result("train_mnist.h5")
        history = np.asarray(result["results/history/validation_accuracy"])
        self.assertEqual(history.shape, (1, 2))
        self.assertGreater(history[0, -1], 0.95)
        self.assertIn("results/history/accuracy", result)
        shown = self.shoal("show", "train_mnist.h5")
        self.assertIn("layer_0          784        64        50240  relu", shown.out)
        self.assertIn("55050 parameters", shown.out)
        predicted = self.shoal("predict", "train_mnist.h5", "--data", "t10k-images-idx3-ubyte.gz")
        rows = list(csv.DictReader(predicted.out.splitlines()))
        right = sum(int(row["class"]) == label for row, label in zip(rows, images(500, 2)[1]))
        self.assertEqual(right / 500, history[0, -1])

    def test_data_in_hdf5_and_predictions_in_every_format(self):
        random = np.random.default_rng(5)
        labels = random.integers(0, 3, 400)
        points = random.normal(size=(400, 2)) * 0.4 + np.array([[0, 0], [3, 0], [0, 3]])[labels]
        with h5py.File(self.path("blobs.h5"), "w") as file:
            file["train/x"], file["train/y"] = points, labels
        self.write("blobs.toml", BLOBS)
        ended = self.run_to_end("blobs.toml", "-o", "blobs_result.h5", ranks=2)
        result = self.result("blobs_result.h5")
        tested = [f"{name} {float(result['results/best/test/' + name]):.5g}" for name in ("loss", "accuracy", "f1", "auc")]
        self.assertIn(f"\ntest   {', '.join(tested)} (80 samples, which decided nothing)\n", ended.out)
        self.assertGreater(float(result["results/best/test/accuracy"]), 0.95)
        confusion = np.asarray(result["results/best/test/confusion"])
        self.assertEqual(confusion.sum(), 80)
        self.assertEqual(np.trace(confusion) / 80, float(result["results/best/test/accuracy"]))
        epochs = np.asarray(result["results/history/validation_loss"])
        self.assertTrue(np.isnan(epochs[:, -1]).any() or epochs.shape[1] < 200, "no training stopped early")

        with open(self.path("points.csv"), "w") as file:
            file.write("input_1,input_0\n" + "\n".join(f"{y},{x}" for x, y in points))
        as_csv = self.shoal("predict", "blobs_result.h5", "--data", "points.csv")
        as_hdf5 = self.shoal("predict", "blobs_result.h5", "--data", "blobs.h5", "--inputs", "train/x", "-o", "predictions.h5")
        self.assertEqual((as_csv.code, as_hdf5.code), (0, 0), (as_csv, as_hdf5))
        rows = list(csv.DictReader(as_csv.out.splitlines()))
        with h5py.File(self.path("predictions.h5")) as file:
            self.assertEqual([int(row["target"]) for row in rows], list(file["predicted"]))
            self.assertEqual(np.float32(rows[0]["probability_1"]), file["probability"][0, 1])
            self.assertGreater(np.mean(file["predicted"][:] == labels), 0.95)
        again = self.shoal("predict", "blobs_result.h5", "--data", "points.csv", "-o", "predictions.h5")
        self.assertEqual(again.code, 73, again)
        self.assert_one_line(again, "predictions.h5 exists already")
        wrong = self.shoal("predict", "blobs_result.h5", "--data", "blobs.h5")
        self.assert_one_line(wrong, "name the dataset of the inputs by --inputs PATH")
        wrong = self.shoal("predict", "blobs_result.h5", "--data", "blobs.h5", "--inputs", "train/z")
        self.assert_one_line(wrong, "blobs.h5 has no dataset train/z; there are /train/x, /train/y")

    def test_a_team_of_any_size_trains_a_wide_network_to_the_same_result(self):
        self.write("wide.toml", WIDE)
        digests = set()
        for ranks, threads, team in ((0, 1, 1), (0, 2, 2), (0, 4, 2), (2, 3, 3)):
            self.run_to_end("wide.toml", "--new", "--threads", threads, "--set", f"schedule.threads_per_task={team}", ranks=ranks)
            digests.add(self.digest("wide.h5"))
        self.assertEqual(len(digests), 1)


if __name__ == "__main__":
    shoal_program.main()
