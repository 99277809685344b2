#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Written by C++, read by h5py, xarray (both engines), h5dump and ncdump; the rules of form; the digest from its definition."""
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

try:
    import h5py
    import numpy as np
    import xarray
    import h5netcdf  # noqa: F401
    import netCDF4  # noqa: F401
except ImportError as missing:
    print(f"skipped: {missing} (apt install python3-h5py python3-xarray python3-netcdf4 python3-h5netcdf)")
    sys.exit(77)

BARE_SCALE = "This is a netCDF dimension but not a netCDF variable"
TYPES = {"<f8": "f8", "<f4": "f4", "<i8": "i8", "<i4": "i4", "|i1": "i1", "<u8": "u8", "<u4": "u4"}


def is_bare_scale(dataset):
    return BARE_SCALE in dataset.attrs.get("NAME", b"").decode()


def datasets_of(group):
    found = {}
    group.visititems(lambda name, item: found.update({item.name: item}) if isinstance(item, h5py.Dataset) else None)
    return found


def type_of(dataset):
    return "text" if h5py.check_string_dtype(dataset.dtype) else TYPES[dataset.dtype.str]


def blocks_of(kind, shape):
    """Slices of the first axes, as include/shoal/record/layout.hpp defines them."""
    item = 16 if kind == "text" else int(kind[1])
    chunk = list(shape)
    size = lambda extents: item * int(np.prod(extents, dtype=np.int64))
    if shape and size(shape) >= 4096:
        while size(chunk) > 512 * 1024:
            axis = next(i for i, n in enumerate(chunk) if n > 1)
            chunk[axis] = (chunk[axis] + 1) // 2
    if 0 in shape:
        return chunk, []
    grid = [range(0, n, c) for n, c in zip(shape, chunk)]
    starts = np.array(np.meshgrid(*grid, indexing="ij")).reshape(len(shape), -1).T if shape else [()]
    return chunk, [tuple(slice(int(s), int(s) + c) for s, c in zip(start, chunk)) for start in starts]


def block_bytes(kind, values):
    if kind == "text":
        texts = np.ravel(values).tolist()
        return b"".join((t if isinstance(t, bytes) else t.encode()).rstrip(b"\0") + b"\0" for t in texts)
    values = np.array(values)
    if kind[0] == "f":
        values[np.isnan(values)] = np.nan  # one NaN, positive and quiet
    return values.tobytes()


def digest(file):
    lines = []
    for path, dataset in datasets_of(file["results"]).items():
        if is_bare_scale(dataset):
            continue
        kind = type_of(dataset)
        _, blocks = blocks_of(kind, dataset.shape)
        values = dataset[()]
        hashes = [hashlib.sha256(block_bytes(kind, values[block] if block else values)).digest() for block in blocks]
        content = hashlib.sha256(b"".join(hashes)).hexdigest()
        shape = ",".join(str(n) for n in dataset.shape)
        lines.append((path.encode(), f"{path}\t{kind}\t{shape}\t{content}\n".encode()))
    return hashlib.sha256(b"shoal-digest-1\n" + b"".join(line for _, line in sorted(lines))).hexdigest()


def check_attributes(item):
    for name, value in item.attrs.items():
        if name in ("DIMENSION_LIST", "REFERENCE_LIST"):
            continue
        kind = item.attrs.get_id(name).get_type()
        if isinstance(kind, h5py.h5t.TypeStringID):
            assert not kind.is_variable_str(), (item.name, name)
        else:
            assert np.asarray(value).dtype.str in TYPES, (item.name, name, value)


def check_dataset(dataset):
    """The rules of form that every dataset of the file obeys."""
    where, listing, kind = dataset.name, dataset.id.get_create_plist(), type_of(dataset)
    if kind != "text":
        assert "units" in dataset.attrs, where
    assert "long_name" in dataset.attrs, where
    if dataset.shape == ():
        assert listing.get_layout() in (h5py.h5d.COMPACT, h5py.h5d.CONTIGUOUS), where
        assert kind != "text" or not dataset.id.get_type().is_variable_str(), where
    elif dataset.size * dataset.dtype.itemsize < 4096:
        assert listing.get_layout() == h5py.h5d.COMPACT, where
    else:
        assert list(dataset.chunks) == blocks_of(kind, dataset.shape)[0], where
        if kind != "text":
            assert (dataset.shuffle, dataset.compression, dataset.fletcher32) == (True, "gzip", True), where
    if kind == "text" and dataset.shape:
        assert dataset.id.get_type().is_variable_str(), where
    is_scale = dataset.attrs.get("CLASS") == b"DIMENSION_SCALE"
    for axis in range(0 if is_scale else dataset.ndim):
        scales = list(dataset.dims[axis].values())
        assert len(scales) == 1 and scales[0].parent == dataset.parent and scales[0].shape == (dataset.shape[axis],), where
    if "flag_values" in dataset.attrs:
        assert dataset.attrs["flag_values"].dtype == dataset.dtype, where
        assert len(dataset.attrs["flag_meanings"].split()) == len(dataset.attrs["flag_values"]), where


def check_h5py(path, n):
    with h5py.File(path, "r") as file:
        assert file.attrs["filetype"] == b"shoal-result" and list(file.attrs["version"]) == [1, 0]
        assert file.attrs["title"].decode() == "Übung" and file.attrs["complete"] == 1
        check_attributes(file)
        file.visititems(lambda _, item: check_attributes(item))
        for dataset in datasets_of(file).values():
            check_dataset(dataset)
        best = file["results/best"]
        assert best["activation"][()] == b"relu" and best["loss"][()] == 0.25 and best["loss"].attrs["units"] == b"m s-1"
        assert [t.decode() for t in best["names"][()]] == ["eta", "", "日本"]
        assert list(best["counts"][()]) == [0, 2**64 - 1]
        trials = file["results/trials"]
        assert trials["loss"].shape == (n,) and trials["state"].attrs["flag_meanings"] == b"finished nan gave_up"
        if n > 4:
            assert trials["loss"][1] == 0.5 and np.isnan(trials["loss"][3])
            assert file["results/history/rmse"][1, 1] == 41
            assert trials["fail_reason"][n - 1].decode() == "läuft"
        assert file["provenance/input_text"][()].decode() == 'workload = "tune"\n# Übung\n'
        assert digest(file) == file.attrs["digest"].decode(), "the digest does not follow its definition"


def check_xarray(path, n):
    with h5py.File(path, "r") as file:
        groups = ["/"]
        file.visititems(lambda name, item: groups.append(name) if isinstance(item, h5py.Group) else None)
    for engine in ("netcdf4", "h5netcdf"):
        for group in groups:
            xarray.open_dataset(path, group=group, engine=engine).load().close()
        with xarray.open_dataset(path, group="results/history", engine=engine) as history:
            assert history.rmse.dims == ("trial", "epoch") and history.rmse.shape == (n, 40)
            assert list(history.coords) == ["epoch"] and int(history.epoch[2]) == 50
        with xarray.open_dataset(path, group="results/best", engine=engine) as best:
            assert float(best.loss) == 0.25 and best.loss.attrs["units"] == "m s-1"
            assert list(best.names.values) == ["eta", "", "日本"]


def check_tools(path):
    for command in (["h5dump", path], ["ncdump", path]):
        if not shutil.which(command[0]):
            print(f"skipped: no {command[0]} here")
            continue
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run.returncode == 0 and not run.stderr, run.stderr
        assert "relu" in run.stdout


def main(writer):
    with tempfile.TemporaryDirectory() as folder:
        for n in (0, 1, 1000, 70001):
            path = os.path.join(folder, f"{n}.h5")
            subprocess.run([writer, path, str(n)], check=True)
            check_h5py(path, n)
            check_xarray(path, n)
            if n <= 1000:
                check_tools(path)
            print(f"n = {n}: read by h5py, xarray (netcdf4, h5netcdf), h5dump, ncdump; digest recomputed")


if __name__ == "__main__":
    main(sys.argv[1])
