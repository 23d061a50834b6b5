"""The demo city: the script that makes it, and the reference tables."""
