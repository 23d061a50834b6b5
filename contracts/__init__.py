"""Words every room shares: column names, messages and errors, settings, reference tables. Imports nothing of ours."""
