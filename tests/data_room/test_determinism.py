"""The same seed gives the same city to the last byte, in any process."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pandas as pd

from contracts.settings import ROOT
from data.demo_city import CityFrames, make_city


def fingerprint(city: CityFrames) -> str:
    digest = hashlib.sha256()
    for name, frame in sorted(vars(city).items()):
        digest.update(name.encode())
        digest.update(b"".join(frame.geometry.to_wkb()))
        digest.update(pd.DataFrame(frame.drop(columns="geometry")).to_csv().encode())
    return digest.hexdigest()


def test_another_process_with_another_hash_seed_makes_the_same_city(city: CityFrames) -> None:
    script = "from tests.data_room.test_determinism import fingerprint; from data.demo_city import make_city; print(fingerprint(make_city()))"
    environment = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": str(ROOT)}
    other = subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert other.stdout.strip() == fingerprint(city)


def test_another_seed_makes_another_city(city: CityFrames) -> None:
    assert fingerprint(make_city(seed=1)) != fingerprint(city)
