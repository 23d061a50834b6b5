"""The store: one model set on SQLite (embedded) and PostgreSQL with PostGIS (server); guards, filters and history, no geometry algorithms."""
