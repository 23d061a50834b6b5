"""Divide batches of communities on several processors; answers come back in the order of the questions.

Processes are spawned, so that no lock of this process is copied into them, and end with it however it ends.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from threading import Thread

from grids.rules import GridRule
from services.division_work import Divided, DivisionTask, divide_batch

AHEAD = 2  # batches per process that are read before they are needed


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def divide_in_processes(batches: Iterable[list[DivisionTask]], rule: GridRule, seed: int, *, processes: int) -> Generator[list[Divided], None, None]:
    """What ``divide_batch`` gives for each batch, in order. Leaving the iteration early ends the processes."""
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_begin)
    waiting: deque[Future[list[Divided]]] = deque()
    try:
        for batch in batches:
            waiting.append(pool.submit(divide_batch, batch, rule, seed))
            if len(waiting) >= AHEAD * processes:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _begin() -> None:
    """Leave Ctrl-C to the parent, and go when it goes, even where it was killed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
