"""How soon is a city's walking network there: read and built from a street map, or read back from its own file?

The peer is the way without a file: reading the map and building the network, timed in the same run.
"""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.reach import DATA, invented_city
from gis.network import WalkNetwork, build_network
from gis.network_file import load_network, save_network
from gis.osm import read_osm

FILES = {"porto_alegre": "poa_osm.pbf", "heidelberg": "heidelberg.osm.pbf", "monaco": "monaco.osm.pbf"}
JUNCTIONS_SIDE = 265  # 70,225 junctions
REPEATS = 11


def run(quick: bool = False) -> dict[str, Any]:
    """Median seconds by the clock and of the processor, per city and for an invented one of 70,000 junctions."""
    found = {"invented": _kept(invented_city(30 if quick else JUNCTIONS_SIDE), 3 if quick else REPEATS)}
    for name, file in ({} if quick else FILES).items():
        if (DATA / file).exists():
            spent, city = _median(partial(read_osm, DATA / file), 1)
            built, network = _median(partial(build_network, city.streets, crossing_delays=True, slopes=True), 3)
            found[name] = {"read_map": spent, "build": built, **_kept(network, REPEATS)}
    return {"cities": found, "peak_memory_gb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)}


def _kept(network: WalkNetwork, times: int) -> dict[str, Any]:
    """Seconds of reading the network back from a file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "city.network"
        save_network(network, path, key="city")
        spent, _ = _median(partial(load_network, path, key="city"), times)
        return {"junctions": len(network.pieces.xy), "edges": network.edge_count, "file_mb": round(path.stat().st_size / 1e6, 1), "from_file": spent}


def _median(work: Callable[[], Any], times: int) -> tuple[dict[str, float], Any]:
    spent = []
    for _ in range(times):
        clock, processor = time.perf_counter(), time.process_time()
        answer = work()
        spent.append((time.perf_counter() - clock, time.process_time() - processor))
    wall, cpu = (round(statistics.median(column), 3) for column in zip(*spent, strict=True))
    return {"s": wall, "cpu_s": cpu}, answer


if __name__ == "__main__":
    print(json.dumps(run("--quick" in sys.argv), indent=2))
