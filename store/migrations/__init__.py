"""History of the schema; ``store.schema`` runs it."""
