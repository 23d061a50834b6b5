"""A process of a city run: batches of communities come in by standard input, plans go out by standard output."""

from __future__ import annotations

import os
import pickle
import sys

from services.division_work import divide_batch


def main() -> None:
    """Answer until nobody asks any more. What a library prints goes to the errors, not among the answers."""
    asked = sys.stdin.buffer
    with os.fdopen(os.dup(1), "wb") as answered:
        os.dup2(2, 1)
        while True:
            try:
                batch, rule, seed = pickle.load(asked)
            except EOFError:
                return
            try:
                pickle.dump(divide_batch(batch, rule, seed), answered, protocol=pickle.HIGHEST_PROTOCOL)
                answered.flush()
            except BrokenPipeError:
                os._exit(0)  # who asked is gone


if __name__ == "__main__":
    main()
