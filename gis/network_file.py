"""A walking network on disk: read back in a fraction of a second, bit for bit what was built, or not at all.

Layout: 8 bytes of magic with the format's version, 32 bytes of BLAKE2b over all that follows, the length of a JSON header, the
header (who made it for what, types and lengths of the arrays), then the arrays one after the other. A file of another format,
cut off, changed or made for another key is as if it were not there: the network is built again.
"""

from __future__ import annotations

import json
import struct
from hashlib import blake2b
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS

from contracts.errors import InputError
from gis.network import WalkNetwork
from gis.street_pieces import StreetPieces

MAGIC = b"WGNET\x00\x00\x01"  # the last byte is the version of the format
_DIGEST = 32
_LENGTH = struct.Struct("<Q")
_PIECES = ("xy", "edges", "length_m", "row", "start_m")
_WHERE_KNOWN = ("no_entry", "underground", "waiting", "road_delay_s")

Array = npt.NDArray[Any]


def save_network(network: WalkNetwork, path: Path, *, key: str) -> None:
    """Write the network whole or not at all; whoever reads the old file meanwhile keeps it.

    Parameters
    ----------
    network
        Its streets must be indexed by text or whole numbers.
    path
        The file; its folder is made.
    key
        What the network was made from: ``load_network`` wants the same.

    Raises
    ------
    InputError
        The streets have an index a file cannot keep.
    OSError
        The folder cannot be written.
    """
    arrays, facts = _arrays_of(network)
    header = {"key": key, **facts, "arrays": [[name, array.dtype.str, list(array.shape)] for name, array in arrays.items()]}
    text = json.dumps(header, ensure_ascii=False, sort_keys=True).encode()
    text += b" " * (-(len(MAGIC) + _DIGEST + _LENGTH.size + len(text)) % 8)  # arrays begin on a boundary of 8 bytes
    parts = [_LENGTH.pack(len(text)), text, *(_padded(array.tobytes()) for array in arrays.values())]
    digest = blake2b(digest_size=_DIGEST)
    for part in parts:
        digest.update(part)
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".network-", delete=False) as file:
        aside = Path(file.name)
        try:
            file.writelines([MAGIC, digest.digest(), *parts])
            file.close()
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)


def load_network(path: Path, *, key: str) -> WalkNetwork | None:
    """The network kept in a file, ``None`` where there is none for this key that is whole and of this format."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    begin = len(MAGIC) + _DIGEST
    if data[: len(MAGIC)] != MAGIC or blake2b(memoryview(data)[begin:], digest_size=_DIGEST).digest() != data[len(MAGIC) : begin]:
        return None
    (size,) = _LENGTH.unpack_from(data, begin)
    begin += _LENGTH.size
    header = json.loads(data[begin : begin + size])
    if header["key"] != key:
        return None
    return _network_of(_read_arrays(data, begin + size, header["arrays"]), header)


def _arrays_of(network: WalkNetwork) -> tuple[dict[str, Array], dict[str, Any]]:
    pieces, index = network.pieces, network.streets.index
    arrays: dict[str, Array] = {name: getattr(pieces, name) for name in _PIECES}
    arrays |= {"seconds": network.seconds, "seconds_back": network.seconds_back}
    arrays |= {name: known for name in _WHERE_KNOWN if (known := getattr(network, name)) is not None}
    arrays |= _lines_as_arrays("piece", pieces.geometry) | _lines_as_arrays("street", network.streets.to_numpy())
    if pd.api.types.is_integer_dtype(index.dtype):
        arrays["index"] = index.to_numpy(dtype=np.int64)
    elif pd.api.types.infer_dtype(index) in ("string", "empty") and not index.str.contains("\x00", regex=False).any():
        arrays["index"] = np.frombuffer("\x00".join(index).encode(), dtype=np.uint8)
    else:
        raise InputError("A network can be kept in a file where its streets have keys of text or whole numbers, not {kind}.", kind=str(index.dtype))
    facts = {
        "crs": network.crs.to_json_dict(),
        "streets_crs": CRS.from_user_input(network.streets.crs).to_json_dict(),
        "speed_m_s": network.speed_m_s.hex(),
        "index": {"name": index.name, "is_text": arrays["index"].dtype == np.uint8, "count": len(index)},
    }
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}, facts


def _network_of(arrays: dict[str, Array], header: dict[str, Any]) -> WalkNetwork:
    pieces = StreetPieces(
        xy=arrays["xy"],
        edges=arrays["edges"],
        length_m=arrays["length_m"],
        row=arrays["row"],
        start_m=arrays["start_m"],
        geometry=_lines_from_arrays("piece", arrays),
    )
    return WalkNetwork(
        pieces,
        seconds=arrays["seconds"],
        seconds_back=arrays["seconds_back"],
        streets=gpd.GeoSeries(
            _lines_from_arrays("street", arrays), index=_index_of(arrays["index"], header["index"]), crs=CRS.from_json_dict(header["streets_crs"])
        ),
        crs=CRS.from_json_dict(header["crs"]),
        speed_m_s=float.fromhex(header["speed_m_s"]),
        no_entry=arrays.get("no_entry"),
        underground=arrays.get("underground"),
        waiting=arrays.get("waiting"),
        road_delay_s=arrays.get("road_delay_s"),
    )


def _index_of(values: Array, facts: dict[str, Any]) -> pd.Index:
    if not facts["is_text"]:
        return pd.Index(values, name=facts["name"])
    keys = values.tobytes().decode().split("\x00") if facts["count"] else []
    return pd.Index(keys, name=facts["name"], dtype="str")


def _lines_as_arrays(name: str, lines: npt.NDArray[np.object_]) -> dict[str, Array]:
    flat = shapely.force_2d(lines)
    xy, line = shapely.get_coordinates(flat, return_index=True)
    return {f"{name}_xy": xy, f"{name}_first": np.searchsorted(line, np.arange(len(flat) + 1)).astype(np.int64)}


def _lines_from_arrays(name: str, arrays: dict[str, Array]) -> npt.NDArray[np.object_]:
    first = arrays[f"{name}_first"]
    if len(first) < 2:
        return np.empty(0, dtype=object)
    lines: npt.NDArray[np.object_] = shapely.from_ragged_array(shapely.GeometryType.LINESTRING, arrays[f"{name}_xy"], (first,))
    return lines


def _read_arrays(data: bytes, begin: int, table: list[list[Any]]) -> dict[str, Array]:
    """Arrays that look into the file's bytes: nothing is copied, and nothing can be changed by accident."""
    arrays: dict[str, Array] = {}
    for name, kind, shape in table:
        count = int(np.prod(shape))
        arrays[name] = np.frombuffer(data, dtype=np.dtype(kind), count=count, offset=begin).reshape(shape)
        begin += -(-arrays[name].nbytes // 8) * 8
    return arrays


def _padded(raw: bytes) -> bytes:
    return raw + bytes(-len(raw) % 8)
