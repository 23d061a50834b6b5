"""Pieces of pages, each a module with ``show(...)``; a page puts them together and calls one service."""
