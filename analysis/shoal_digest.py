# SPDX-License-Identifier: Apache-2.0
"""The digest of /results, computed from the file by its published definition (version 1, include/shoal/record/digest.hpp).

Written from the definition alone, so that reader and writer check each other.
"""

import hashlib

import h5py
import numpy as np

_TYPES = {("f", 8): "f8", ("f", 4): "f4", ("i", 8): "i8", ("i", 4): "i4", ("i", 1): "i1", ("u", 8): "u8", ("u", 4): "u4"}
_CANONICAL_NAN = {8: np.uint64(0x7FF8000000000000), 4: np.uint32(0x7FC00000)}
_COMPACT_BYTES = 4096
_CHUNK_BYTES = 512 * 1024
_BARE_SCALE = "This is a netCDF dimension but not a netCDF variable"


def digest(group):
    """64 hexadecimal digits for an h5py group such as file["results"]."""
    found = []

    def visit(_, item):
        if isinstance(item, h5py.Dataset) and not _is_bare_scale(item):
            found.append(item)

    group.visititems(visit)
    total = hashlib.sha256(b"shoal-digest-1\n")
    for dataset in sorted(found, key=lambda item: item.name.encode("utf-8")):
        total.update(digest_line(dataset).encode("utf-8"))
    return total.hexdigest()


def digest_line(dataset):
    """path, type, shape and content of one dataset, with the trailing newline."""
    shape = ",".join(str(extent) for extent in dataset.shape)
    return f"{dataset.name}\t{type_name(dataset.dtype)}\t{shape}\t{_content(dataset)}\n"


def type_name(dtype):
    if dtype.kind in "OS":
        return "text"
    if (dtype.kind, dtype.itemsize) not in _TYPES:
        raise ValueError(f"{dtype} is not a type of result files")
    return _TYPES[dtype.kind, dtype.itemsize]


def chunk_shape(dtype, shape):
    """The shape of a block: all of a small array, else a slab of consecutive rows of at most 512 KiB."""
    shape = list(shape)
    item_bytes = 16 if dtype.kind in "OS" else dtype.itemsize
    if item_bytes * int(np.prod(shape, dtype=np.int64)) < _COMPACT_BYTES:
        return shape
    axis = 0
    while item_bytes * int(np.prod(shape, dtype=np.int64)) > _CHUNK_BYTES and axis < len(shape):
        if shape[axis] > 1:
            shape[axis] = (shape[axis] + 1) // 2
        else:
            axis += 1
    return shape


def _content(dataset):
    hashes = hashlib.sha256()
    if dataset.size == 0:
        return hashes.hexdigest()
    values = np.ravel(np.asarray(dataset[()]))
    shape = dataset.shape
    chunk = chunk_shape(dataset.dtype, shape)
    for index in np.ndindex(*[-(-extent // part) for extent, part in zip(shape, chunk)]):
        # Only leading extents are ever cut, so a block is a run of consecutive elements.
        first = sum(i * part * int(np.prod(shape[axis + 1:], dtype=np.int64)) for axis, (i, part) in enumerate(zip(index, chunk)))
        count = int(np.prod([min(part, extent - i * part) for i, part, extent in zip(index, chunk, shape)], dtype=np.int64))
        hashes.update(hashlib.sha256(_bytes(values[first:first + count])).digest())
    return hashes.hexdigest()


def _bytes(values):
    if values.dtype.kind in "OS":
        return b"".join((text if isinstance(text, bytes) else text.encode("utf-8")) + b"\0" for text in values.tolist())
    values = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<"))
    if values.dtype.kind == "f":
        bits = values.view(f"<u{values.dtype.itemsize}").copy()
        bits[np.isnan(values)] = _CANONICAL_NAN[values.dtype.itemsize]
        return bits.tobytes()
    return values.tobytes()


def _is_bare_scale(dataset):
    name = dataset.attrs.get("NAME", b"")
    name = name.decode("utf-8") if isinstance(name, bytes) else str(name)
    return name.startswith(_BARE_SCALE)
