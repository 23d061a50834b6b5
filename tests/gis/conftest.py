"""Where the published cities lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.settings import ROOT

SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture
def shared_data() -> Path:
    if not SHARED.is_dir():
        pytest.skip("the folder of published cities is not beside the checkout")
    return SHARED
