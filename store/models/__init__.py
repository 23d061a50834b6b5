"""Tables of the store by subject; ``metadata`` knows them all."""

from store.models import people, places, plans, results
from store.models.base import metadata

__all__ = ["metadata", "people", "places", "plans", "results"]
