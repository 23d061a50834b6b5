"""Divide batches of communities on several processors; answers come back in the order of the questions.

Each process runs ``services.division_worker`` and talks through its own pipes, so nothing of this process (locks, pages,
a command line) is copied or run again in it, and it ends when the pipes close, however this process ends.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue

from contracts.errors import WanggeError
from contracts.settings import ROOT
from grids.rules import GridRule
from services.division_work import Divided, DivisionTask

AHEAD = 2  # batches per process that are read before they are needed
_WORKER = (sys.executable, "-m", "services.division_worker")


class ProcessLostError(WanggeError, RuntimeError):
    """A process went before it had answered."""


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def divide_in_processes(batches: Iterable[list[DivisionTask]], rule: GridRule, seed: int, *, processes: int) -> Generator[list[Divided], None, None]:
    """What ``divide_batch`` gives for each batch, in order. Leaving the iteration early ends the processes at once.

    Raises
    ------
    ProcessLostError
    """
    workers = [_Worker() for _ in range(processes)]
    idle: SimpleQueue[_Worker] = SimpleQueue()
    for worker in workers:
        idle.put(worker)

    def divide(batch: list[DivisionTask]) -> list[Divided]:
        worker = idle.get()
        try:
            return worker.divide(batch, rule, seed)
        finally:
            idle.put(worker)

    waiting: deque[Future[list[Divided]]] = deque()
    with ThreadPoolExecutor(processes) as threads:  # they wait at the pipes
        try:
            for batch in batches:
                waiting.append(threads.submit(divide, batch))
                if len(waiting) >= AHEAD * processes:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
            for worker in workers:
                worker.end()


class _Worker:
    """One process and its pipes. Ctrl-C is left to this process: the others are in a session of their own."""

    def __init__(self) -> None:
        # It reads its task from one pipe and answers into another; no other file of ours is open in it (close_fds), and it
        # imports no store. Killed parent: the answer it is at breaks on the closed pipe, the next read is at the end.
        self._process = subprocess.Popen(_WORKER, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)

    def divide(self, batch: list[DivisionTask], rule: GridRule, seed: int) -> list[Divided]:
        """Ask and wait for the answer."""
        asked, answered = self._process.stdin, self._process.stdout
        if asked is None or answered is None:
            raise ProcessLostError("A process of the division ended before its time.")
        try:
            pickle.dump((batch, rule, seed), asked, protocol=pickle.HIGHEST_PROTOCOL)
            asked.flush()
            answer: list[Divided] = pickle.load(answered)
        except (EOFError, OSError, ValueError, pickle.UnpicklingError) as error:
            raise ProcessLostError("A process of the division ended before its time.") from error
        return answer

    def end(self) -> None:
        """Stop it, whatever it is doing."""
        self._process.kill()
        self._process.wait()
