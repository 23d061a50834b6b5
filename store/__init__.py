"""The database: one model set for SQLite and PostGIS, migrations, repositories, the unit of work."""
