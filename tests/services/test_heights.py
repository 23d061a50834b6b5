"""Heights become grades of streets, and grades become seconds."""

from __future__ import annotations

from pathlib import Path

import pytest

from contracts.errors import CrsError, NotAllowedError, NotFoundError, UnreadableFileError
from gis.network import ADULT
from services.access import DEMO_VISITOR, SYSTEM
from services.heights import import_heights
from services.networks import city_network
from store.unit_of_work import SqlUnitOfWork
from tests.fakes import FakeUnitOfWork
from tests.small_city import AT, EAST_0, METRIC, NORTH_0

# ten metres higher for every hundred metres east, cells of 100 m from 200 m west and south of the city's corner
SLOPE = f"ncols 14\nnrows 8\nxllcorner {EAST_0 - 200}\nyllcorner {NORTH_0 - 200}\ncellsize 100\n" + 8 * (" ".join(str(10 * n) for n in range(14)) + "\n")


@pytest.fixture
def ground(tmp_path: Path) -> Path:
    (tmp_path / "ground.asc").write_text(SLOPE)
    return tmp_path / "ground.asc"


def test_streets_that_climb_take_longer_up_than_down(loaded: SqlUnitOfWork, ground: Path) -> None:
    report = import_heights(loaded, SYSTEM, ground, crs=METRIC, at=AT)
    assert report.graded == report.streets > 0
    assert report.steepest == pytest.approx(0.1, abs=0.002)
    with loaded:
        network = city_network(loaded, ADULT)
        assert set(loaded.streets.read()["highway"]) == {"residential"}
    assert (network.seconds != network.seconds_back).any()


def test_the_same_heights_again_change_nothing(loaded: SqlUnitOfWork, ground: Path) -> None:
    import_heights(loaded, SYSTEM, ground, crs=METRIC, at=AT)
    with loaded:
        version = loaded.data_version()
    import_heights(loaded, SYSTEM, ground, crs=METRIC, at=AT)
    with loaded:
        assert loaded.data_version() == version


def test_heights_of_elsewhere_give_no_grade(loaded: SqlUnitOfWork, ground: Path) -> None:
    report = import_heights(loaded, SYSTEM, ground, crs="EPSG:4547", at=AT)
    assert (report.graded, report.steepest) == (0, 0.0)
    assert "0" in report.sentences()[0].in_language("zh_CN")


def test_bad_heights_are_refused(loaded: SqlUnitOfWork, ground: Path) -> None:
    with pytest.raises(CrsError, match="EPSG"):
        import_heights(loaded, SYSTEM, ground, crs="the moon", at=AT)
    ground.write_text("ncols 3\n")
    with pytest.raises(UnreadableFileError):
        import_heights(loaded, SYSTEM, ground, crs=METRIC, at=AT)


def test_only_who_may_import_may_give_heights(loaded: SqlUnitOfWork, ground: Path) -> None:
    with pytest.raises(NotAllowedError):
        import_heights(loaded, DEMO_VISITOR, ground, crs=METRIC, at=AT)


def test_without_streets_there_is_nothing_to_grade(ground: Path) -> None:
    with pytest.raises(NotFoundError, match="streets"):
        import_heights(FakeUnitOfWork(), SYSTEM, ground, crs=METRIC, at=AT)
