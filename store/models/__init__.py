"""Tables of the store by subject; ``metadata`` knows them all."""

from store.models import duty, patrol, people, places, plans, results
from store.models.base import metadata

__all__ = ["duty", "metadata", "patrol", "people", "places", "plans", "results"]
