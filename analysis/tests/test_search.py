# SPDX-License-Identifier: Apache-2.0
"""What is said of a search: importance with known answers, spaces from expressions, figures, and the export to Optuna."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

import h5py
import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(FOLDER.parent), str(FOLDER)]

import shoal_digest
import shoal_results
import synthetic
from importance import importance
from search_space import Prior, priors_of

try:
    import optuna
except ImportError:
    optuna = None


class Importance(unittest.TestCase):
    def test_a_parameter_without_influence_has_none_and_a_decisive_one_all(self):
        generator = np.random.default_rng(1)
        x, y = generator.random((2, 2000))
        z = generator.integers(0, 3, 2000)
        found = importance({"x": (x, False), "y": (y, False), "z": (z, True)}, (x - 0.3) ** 2)
        self.assertGreater(found["x"], 0.95)
        self.assertLess(max(found["y"], found["z"]), 0.03)
        self.assertAlmostEqual(sum(found.values()), 1)

    def test_importance_of_a_choice_against_a_number(self):
        generator = np.random.default_rng(2)
        x, z = generator.random(4000), generator.integers(0, 4, 4000).astype(float)
        found = importance({"x": (x, False), "z": (z, True)}, x + 10 * (z != 2))
        # The best tenth are those of z = 2 with x < 0.4: densities 4 and 2.5 times those of all, divergences 3 and 1.5.
        self.assertAlmostEqual(found["z"], 3 / 4.5, delta=0.05)

    def test_failed_and_inactive_trials_are_no_obstacle(self):
        x = np.array([0.1, np.nan, 0.2, 0.9, 0.8, np.nan, 0.15, 0.7])
        loss = np.array([1, 2, np.inf, 5, np.nan, 3, 1.5, 4])
        found = importance({"x": (x, False), "constant": (np.ones(8), False)}, loss)
        self.assertEqual(found, {"x": 1.0, "constant": 0.0})


class Search(unittest.TestCase):
    """A search over a logarithmic number and a momentum that only one optimiser has; two failed trials."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.path = pathlib.Path(self.folder.name) / "search.h5"
        synthetic.write_tune(self.path, repeats=12, epochs=5, lost=[3, 11])
        with h5py.File(self.path, "r+") as file:
            trials = file["results/trials"]
            n = len(trials["loss"])
            generator = np.random.default_rng(3)
            rate, momentum = 10 ** generator.uniform(-4, -1, n), generator.uniform(0, 0.99, n)
            synthetic.add(trials["params"], "learning_rate", rate, ["trial"])
            synthetic.add(trials["params"], "momentum", np.where(np.arange(n) % 2, np.nan, momentum), ["trial"])
            synthetic.parameter(file, "space.learning_rate", "{ loguniform = [1e-4, 1e-1] }")
            synthetic.parameter(file, "space.optimizer",
                                '{ choice = [{ name = "adam" }, { name = "sgd", momentum = { quniform = [0.0, 0.99, 0.01] } }] }')
            digest = shoal_digest.digest(file["results"])
            del file.attrs["digest"]
            synthetic.text(file, "digest", digest)

    def draw(self, *options):
        return subprocess.run([sys.executable, str(FOLDER.parent / "plot_search.py"), str(self.path), *options],
                              capture_output=True, text=True, cwd=self.folder.name)

    def test_priors_are_read_from_the_expressions_of_the_input(self):
        with shoal_results.open_result(self.path) as result:
            priors = priors_of(result)
        self.assertEqual(priors["learning_rate"], Prior("loguniform", [1e-4, 1e-1]))
        self.assertTrue(priors["learning_rate"].logarithmic)
        self.assertEqual(priors["learning_rate"].bounds, (1e-4, 1e-1))
        self.assertEqual((priors["optimizer.momentum"].bounds, priors["optimizer.momentum"].step), ((0.0, 0.99), 0.01))
        self.assertEqual(Prior("randint", [12, 25]).bounds, (12, 24))
        self.assertIsNone(Prior("normal", [0, 1]).bounds)

    def test_every_figure_that_the_data_allow_is_drawn(self):
        said = self.draw()
        self.assertEqual((said.returncode, said.stderr), (0, ""))
        for figure in ("history", "slice", "parallel", "contour", "importance"):
            picture = next(pathlib.Path(self.folder.name).glob(f"*search_{figure}*.png"), None)
            self.assertIsNotNone(picture, figure)
            self.assertGreater(picture.stat().st_size, 5000)
        self.assertIn("2 without a loss", next(pathlib.Path(self.folder.name).glob("*search_history*.svg")).read_text())

    def test_one_figure_on_request(self):
        said = self.draw("--only", "search_slice")
        self.assertEqual(len(said.stdout.split()), 2)

    @unittest.skipUnless(optuna, "needs optuna")
    def test_the_export_is_a_study_with_all_trials(self):
        import export_optuna
        with shoal_results.open_result(self.path) as result:
            name = export_optuna.export(result, pathlib.Path(self.folder.name) / "study.db")
            loss = result["results/trials/loss"]
            with self.assertRaisesRegex(shoal_results.ResultError, "already has a study"):
                export_optuna.export(result, pathlib.Path(self.folder.name) / "study.db")
        study = optuna.load_study(study_name=name, storage=f"sqlite:///{self.folder.name}/study.db")
        self.assertEqual(len(study.trials), len(loss))
        self.assertAlmostEqual(study.best_value, np.nanmin(loss))
        self.assertEqual(sum(trial.state == optuna.trial.TrialState.FAIL for trial in study.trials), 2)
        rate = study.trials[0].distributions["learning_rate"]
        self.assertEqual((rate.low, rate.high, rate.log), (1e-4, 1e-1, True))
        self.assertNotIn("momentum", study.trials[1].params)


if __name__ == "__main__":
    unittest.main()
