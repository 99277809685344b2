#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The one reader of Shoal's result files.

    import shoal_results
    result = shoal_results.open_result("tune.h5")     # type, version and digest are checked before anything is returned
    result.status, result.workload, result.digest     # root attributes
    result["results/trials/loss"]                     # a numpy array; enumerations and texts come as they are stored
    result.labels("results/trials/params/hidden")     # an enumeration as words; None where it is inactive
    result.parameters["search.repeats"]               # every resolved parameter by its dotted input name
    result.dataset("results/trials")                  # an xarray.Dataset of one group, where xarray is installed

Needs h5py and numpy. From the command line it says what a file holds:

    shoal_results.py RESULT.h5 [--workload | --digest | --no-verify]
"""

import argparse
import sys

try:
    import h5py
    import numpy as np
except ImportError as missing:  # pragma: no cover
    sys.exit(f"shoal: {missing.name} is missing for {sys.executable}; on Debian: apt-get install python3-h5py "
             "(and use /usr/bin/python3)")

import shoal_digest

FILETYPE = "shoal-result"
MAJOR_VERSION = 1


class ResultError(Exception):
    """A file that is no readable, intact Shoal result. Its text is one plain sentence."""


def open_result(path, verify=True):
    """Opens a result for reading; raises ResultError. `verify`: recompute the digest of /results and compare."""
    return Result(path, verify)


class Result:
    """A checked result file. Arrays are read when asked for; use as a context manager or call close()."""

    def __init__(self, path, verify=True):
        self.path = str(path)
        self.file = _open(self.path)
        try:
            self._check(verify)
        except KeyError as missing:
            self.file.close()
            raise ResultError(f"{self.path} is damaged or no complete result: {' '.join(str(missing.args[0]).split())}.") from None
        except BaseException:
            self.file.close()
            raise

    def _check(self, verify):
        attributes = self.file.attrs
        if _text(attributes.get("filetype", "")) != FILETYPE:
            raise ResultError(f"{self.path} is an HDF5 file but not a Shoal result (no filetype \"{FILETYPE}\").")
        self.version = tuple(int(part) for part in np.atleast_1d(attributes["version"]))
        if self.version[0] != MAJOR_VERSION:
            raise ResultError(f"{self.path} has format version {self.version[0]}.{self.version[1]}; this reader knows "
                              f"version {MAJOR_VERSION}: please use the reader that came with shoal "
                              f"{_text(attributes.get('shoal_version', '?'))}.")
        if "complete" not in attributes:
            raise ResultError(f"{self.path} was not written to its end; the journal beside it is intact: run the same "
                              "command again.")
        self.status = _text(attributes["status"])
        self.workload = _text(attributes["workload"])
        self.title = _text(attributes.get("title", ""))
        self.shoal_version = _text(attributes.get("shoal_version", ""))
        self.created = _text(attributes.get("created", ""))
        self.digest = _text(attributes["digest"])
        if verify:
            try:
                found = shoal_digest.digest(self.file["results"])
            except (OSError, RuntimeError, KeyError) as problem:  # a checksum of HDF5's own
                raise ResultError(f"{self.path} is damaged: {' '.join(str(problem).split())}.") from None
            if found != self.digest:
                raise ResultError(f"{self.path} is damaged: the digest of /results is {found}, the file says {self.digest}.")

    @property
    def reproducible(self):
        """False: the science depends on time or the outside world, and the digest serves integrity only."""
        return bool(int(self.file.attrs.get("reproducible", 1)))

    def __contains__(self, path):
        return path in self.file

    def __getitem__(self, path):
        return _values(self._dataset(path))

    def _dataset(self, path):
        if path not in self.file:
            raise KeyError(f"{self.path} has no {path}")
        return self.file[path]

    def names(self, group):
        """The datasets of a group, without the scales of its dimensions; [] if there is no such group."""
        if group not in self.file:
            return []
        return [name for name, item in self.file[group].items()
                if isinstance(item, h5py.Dataset) and not _is_scale(item)]

    def units(self, path):
        return _text(self._dataset(path).attrs.get("units", "1"))

    def long_name(self, path):
        return _text(self._dataset(path).attrs.get("long_name", path.rsplit("/", 1)[-1]))

    def flags(self, path):
        """{value: word} of an enumeration; {} for other data."""
        attributes = self._dataset(path).attrs
        if "flag_values" not in attributes:
            return {}
        words = attributes["flag_meanings"]
        words = _text(words).split(" ") if np.ndim(words) == 0 else [_text(word) for word in words]
        return dict(zip((int(v) for v in np.atleast_1d(attributes["flag_values"])), words))

    def labels(self, path):
        """One word (or number) for each element of a one-dimensional dataset; None where it is inactive."""
        flags = self.flags(path)
        fill = self._dataset(path).attrs.get("_FillValue")
        words = []
        for value in np.atleast_1d(self[path]):
            if flags:
                word = flags.get(int(value))
                words.append(None if word == "inactive" else word)
            elif isinstance(value, np.floating) and np.isnan(value) or fill is not None and value == fill:
                words.append(None)
            else:
                words.append(value if isinstance(value, str) else value.item())
        return words

    @property
    def parameters(self):
        """Every resolved parameter by its dotted input name."""
        found = {}

        def visit(name, item):
            if isinstance(item, h5py.Dataset) and not _is_scale(item):
                value = _values(item)
                found[name.replace("/", ".")] = value.item() if np.ndim(value) == 0 and hasattr(value, "item") else value

        if "parameters" in self.file:
            self.file["parameters"].visititems(visit)
        return found

    def dataset(self, group):
        """One group as an xarray.Dataset, dimensions named, units and names kept."""
        try:
            import xarray
        except ImportError as missing:
            raise ResultError("xarray is missing; on Debian: apt-get install python3-xarray.") from missing
        variables, coordinates = {}, {}
        for name, item in self.file[group].items():
            if not isinstance(item, h5py.Dataset):
                continue
            attributes = {key: _text(item.attrs[key]) for key in ("units", "long_name") if key in item.attrs}
            if _is_scale(item):
                coordinates[name] = (name, _values(item), attributes)
            else:
                variables[name] = (_dimensions(item), _values(item), attributes)
        return xarray.Dataset(variables, coordinates, {"source": self.path, "workload": self.workload})

    def close(self):
        self.file.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()


def _open(path):
    try:
        with open(path, "rb"):
            pass
        return h5py.File(path, "r", locking=False)
    except FileNotFoundError:
        raise ResultError(f"There is no file {path}.") from None
    except (OSError, TypeError) as problem:
        if isinstance(problem, TypeError):  # an h5py without the `locking` option
            return h5py.File(path, "r")
        if getattr(problem, "errno", None):
            raise ResultError(f"{path} cannot be read: {problem.strerror}.") from None
        raise ResultError(f"{path} is not an HDF5 file, or is damaged.") from None


def _text(value):
    value = value.item() if isinstance(value, np.generic) or (isinstance(value, np.ndarray) and value.ndim == 0) else value
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def _values(item):
    values = item[()]
    if item.dtype.kind in "OS":  # texts
        if np.ndim(values) == 0:
            return _text(values)
        return np.array([_text(value) for value in np.ravel(values)], dtype=object).reshape(np.shape(values))
    return values


def _is_scale(item):
    return _text(item.attrs.get("CLASS", "")) == "DIMENSION_SCALE"


def _dimensions(item):
    return [item.dims[axis][0].name.rsplit("/", 1)[-1] if len(item.dims[axis]) else f"{item.name}_{axis}"
            for axis in range(item.ndim)]


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Says what a Shoal result holds, after checking it.")
    parser.add_argument("result", metavar="RESULT.h5")
    parser.add_argument("--workload", action="store_true", help="print the name of the workload only")
    parser.add_argument("--digest", action="store_true", help="print the digest of /results only")
    parser.add_argument("--no-verify", action="store_true", help="do not recompute the digest")
    options = parser.parse_args(arguments)
    try:
        with open_result(options.result, verify=not options.no_verify) as result:
            if options.workload:
                print(result.workload)
            elif options.digest:
                print(result.digest)
            else:
                import report
                print("\n".join(report.lines(result)))
    except ResultError as problem:
        print(f"shoal: {problem}", file=sys.stderr)
        return 76
    return 0


if __name__ == "__main__":
    sys.exit(main())
