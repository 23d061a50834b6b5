"""Cases: states, deadlines, dispatch as tables and pure functions."""
