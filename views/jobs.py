"""Long work of a page in a thread of its own: it goes on while its reader looks elsewhere, and can be stopped.

A job belongs to a login and a name; there is one of a name at a time, and a reloaded page finds it again. The work
itself is a service, so it is one transaction: stopped or broken off, it leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Any

from contracts.errors import CancelledError, WanggeError
from contracts.messages import Message
from contracts.progress import Progress

Act = Callable[[Progress], Any]


class Job:
    """One run: where it is, and in the end its ``result`` or its ``error`` (``None`` both where it broke off)."""

    def __init__(self, title: Message, act: Act) -> None:
        self.title = title
        self.share = 0.0
        self.step = title
        self.result: Any = None
        self.error: WanggeError | None = None
        self._act = act
        self._stop = Event()
        self._thread = Thread(target=self._run, name=f"job: {title}", daemon=True)  # a stopping server does not wait for it
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come."""
        return not self._thread.is_alive()

    @property
    def is_stopping(self) -> bool:
        """Whether somebody asked it to stop."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Ask it to stop at its next step."""
        self._stop.set()

    def wait(self, limit_s: float) -> None:
        """Wait until it is over, at most so long."""
        self._thread.join(limit_s)

    def _run(self) -> None:
        try:
            self.result = self._act(self._report)
        except WanggeError as error:
            self.error = error

    def _report(self, done: int, total: int, what: Message) -> None:
        if self._stop.is_set():
            raise CancelledError("Stopped. The step that was running has left nothing behind.")
        self.share = min(done / total, 1.0) if total else 1.0
        self.step = what


_JOBS: dict[tuple[str, str], Job] = {}
_LOCK = Lock()


def start(login: str, name: str, title: Message, act: Act) -> Job:
    """Begin the work, or join the one of this name that is still running."""
    with _LOCK:
        running = _JOBS.get((login, name))
        if running is None or running.is_over:
            running = _JOBS[login, name] = Job(title, act)
        return running


def find(login: str, name: str) -> Job | None:
    """The job of this name that runs or has not been looked at since it ended."""
    return _JOBS.get((login, name))


def forget(login: str, name: str) -> None:
    """Its outcome was seen."""
    with _LOCK:
        _JOBS.pop((login, name), None)
