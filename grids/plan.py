"""Grids as the rest of the house takes them: shapes, codes, figures and a report, put together from the grid number of each atom."""
