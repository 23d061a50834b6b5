"""One transaction with all repositories: the unit of work services ask for."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from store.engine import Store
from store.faults import refusals_as_errors
from store.models import places
from store.models.plans import unit_cell
from store.repositories.areas import AreaTable
from store.repositories.assignments import AssignmentTable
from store.repositories.cases import CaseTable
from store.repositories.circles import CircleTable
from store.repositories.duty import DutyTable
from store.repositories.patrol import PatrolTable
from store.repositories.people import AuditTrail, CitySettingTable, UserTable
from store.repositories.places import PlaceTable
from store.repositories.plans import PlanTable
from store.repositories.runs import DivisionRunTable
from store.transaction import Transaction


class SqlUnitOfWork:
    """``with SqlUnitOfWork(store) as uow: ...; uow.commit()``. Leaving without ``commit`` undoes everything; may be entered again."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __enter__(self) -> Self:
        with refusals_as_errors():
            self._connection = self._store.engine.connect()
        self._transaction = tx = Transaction(self._connection)
        self.areas = AreaTable(tx)
        self.buildings = PlaceTable(tx, places.building)
        self.entrances = PlaceTable(tx, places.entrance)
        self.streets = PlaceTable(tx, places.street)
        self.barriers = PlaceTable(tx, places.barrier)
        self.grounds = PlaceTable(tx, places.ground)
        self.facilities = PlaceTable(tx, places.facility)
        self.workers = PlaceTable(tx, places.worker)
        self.cells = PlaceTable(tx, unit_cell)
        self.plans = PlanTable(tx)
        self.runs = DivisionRunTable(tx)
        self.assignments = AssignmentTable(tx)
        self.duty = DutyTable(tx)
        self.patrol = PatrolTable(tx)
        self.circles = CircleTable(tx)
        self.cases = CaseTable(tx)
        self.users = UserTable(tx)
        self.audit = AuditTrail(tx)
        self.city = CitySettingTable(tx)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.rollback()
        self._connection.close()

    def commit(self) -> None:
        """Make everything since entering last."""
        self._transaction.commit()

    def data_version(self) -> int:
        """Number that grows with every committed change of places, plans, assignments or circles."""
        return self._transaction.data_version()
