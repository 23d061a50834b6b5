"""A job goes on by itself, can be stopped, and tells how it ended."""

from __future__ import annotations

from threading import Event

from contracts.errors import CancelledError, NotFoundError
from contracts.messages import Message
from views import jobs

TITLE = Message("Dividing")
LONG_S = 10.0


def endless(progress):
    pause = Event()
    while True:
        progress(1, 4, Message("Saving"))
        pause.wait(0.01)


def failing(_progress):
    raise NotFoundError("There are no grids in force here. Divide the communities first.")


def test_a_job_gives_its_result():
    job = jobs.Job(TITLE, lambda progress: (progress(4, 4, Message("Done")), 7)[1])
    job.wait(LONG_S)
    assert (job.is_over, job.result, job.error, job.share) == (True, 7, None, 1.0)


def test_a_stopped_job_ends_at_its_next_step():
    job = jobs.Job(TITLE, endless)
    job.stop()
    job.wait(LONG_S)
    assert job.is_over
    assert isinstance(job.error, CancelledError)
    assert job.result is None


def test_an_error_of_ours_is_kept():
    job = jobs.Job(TITLE, failing)
    job.wait(LONG_S)
    assert isinstance(job.error, NotFoundError)


def test_a_second_start_joins_the_first():
    first = jobs.start("li", "divide", TITLE, endless)
    assert jobs.start("li", "divide", TITLE, failing) is first
    assert jobs.start("wang", "divide", TITLE, failing) is not first
    first.stop()
    first.wait(LONG_S)
    jobs.forget("li", "divide")
    assert jobs.find("li", "divide") is None
