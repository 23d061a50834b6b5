"""A handful of places around one block, in degrees."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

HOSTILE = "</script><img src=x onerror=alert(1)>`${alert(2)}{{ 7 * 7 }}"


def frame(index, geometry, name="code", **columns):
    return gpd.GeoDataFrame(columns, geometry=geometry, index=pd.Index(index, name=name, dtype="str"), crs="EPSG:4326")


@pytest.fixture
def grids():
    cells = [shapely.box(116.3 + 0.002 * i, 39.8, 116.302 + 0.002 * i, 39.802) for i in range(3)]
    return frame(["g1", "g2", "g3"], cells, households=[300, 400, 500], title=["甲", HOSTILE, ""])


@pytest.fixture
def facilities():
    return frame(["f1", "f2"], shapely.points([[116.301, 39.801], [116.303, 39.801]]), "key", category=["clinic", "school"], title=["诊所", "小学"])
