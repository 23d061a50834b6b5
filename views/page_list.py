"""The pages there are, in the order of the bar: file, address, title, icon, and the right without which one is not offered."""

from __future__ import annotations

from contracts.messages import Message

PAGES = (
    ("map_page.py", "map", Message("Map"), ":material/map:", "view_map"),
    ("workers_page.py", "workers", Message("Grid workers"), ":material/badge:", "view_workers"),
    ("circles_page.py", "circles", Message("Service circles"), ":material/directions_walk:", "view_map"),
    ("walk_page.py", "walk", Message("From my door"), ":material/route:", "view_map"),
)
MENUS = (  # title of a menu of the bar, its pages as above: all in a row do not fit a window of 1 280 points
    (
        Message("Grids"),
        (
            ("grids_page.py", "grids", Message("All communities"), ":material/grid_on:", "view_map"),
            ("edit_page.py", "edit", Message("Edit grids"), ":material/edit_location_alt:", "divide"),
            ("plans_page.py", "plans", Message("Plan versions"), ":material/history:", "view_map"),
            ("staffing_page.py", "staffing", Message("Staff and rooms"), ":material/groups:", "view_workers"),
        ),
    ),
    (
        Message("Data"),
        (
            ("import_page.py", "import", Message("Import data"), ":material/upload_file:", "import_data"),
            ("check_page.py", "check", Message("Data check"), ":material/fact_check:", "check_data"),
        ),
    ),
    (
        Message("About the numbers"),
        (
            ("accuracy_page.py", "accuracy", Message("Accuracy"), ":material/rule:", "view_map"),
            ("help_page.py", "help", Message("How numbers are made"), ":material/help:", "view_map"),
        ),
    ),
)
_ALL = (*PAGES, *(page for _title, pages in MENUS for page in pages))
RIGHTS = {address: right for _file, address, _title, _icon, right in _ALL}
ADDRESSES = tuple(RIGHTS)
