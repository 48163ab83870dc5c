"""Tasks in; what they return out, each worked out in a process of its own, so that every processor has work.

A task sees all that is in memory when it starts, and changes none of it: what it returns, or raises, is
pickled and comes back. Files that it writes stay.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import traceback
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import Generic, TypeVar, cast

T = TypeVar("T")
S = TypeVar("S")
# A process that begins with what this one has in memory: to send it a book would take longer than the task.
_CONTEXT = get_context("fork")
# Linux: the signal that a process gets when the one that began it ends.
_DIE_WITH_PARENT = 1


class Ended(Exception):
    """A process was ended by something else than its task, and the message says what that may have been."""


class Task(Generic[T]):
    """A task that has begun. Ask for its result, or stop it."""

    def __init__(self, work: Callable[[], T]) -> None:
        self.answer, theirs = _CONTEXT.Pipe(duplex=False)
        self.process = _CONTEXT.Process(target=_run, args=(work, theirs, os.getpid()))
        self.process.start()
        theirs.close()

    def result(self) -> T:
        """Waits for what the task returns. Raises what it raised, or Ended."""
        try:
            error, value = self.answer.recv()
        except EOFError:
            self.process.join()
            code = self.process.exitcode
            raise Ended(f"a process was ended from outside ({code}): is there enough memory?") from None
        finally:
            self.answer.close()
        self.process.join()
        if error is not None:
            raise error
        return cast(T, value)

    def stop(self) -> None:
        """Ends the task, whatever it is doing; nothing where it has ended."""
        self.answer.close()
        self.process.kill()
        self.process.join()


def apart(work: Callable[[Callable[[S], None]], T], hear: Callable[[S], None]) -> T:
    """What the work returns, done in a process of its own, whose memory goes with it.

    The work is given a function: what it is called with is heard here. Raises as `Task.result` does.
    """
    said, theirs = _CONTEXT.Pipe(duplex=False)
    task = Task(lambda: work(theirs.send))
    theirs.close()
    try:
        while said in wait([said, task.answer]):
            try:
                hear(said.recv())
            except EOFError:
                break
        return task.result()
    finally:
        said.close()
        task.stop()


def each(tasks: Sequence[Callable[[], T]]) -> list[T]:
    """What the tasks return, in their order; as many run at once as there are processors.

    Raises what the first of them that failed raised, and ends the others.
    """
    if processors() == 1:
        return [work() for work in tasks]
    waiting = list(enumerate(tasks))
    running: dict[Connection, tuple[int, Task[T]]] = {}
    out: dict[int, T] = {}
    try:
        while waiting or running:
            while waiting and len(running) < processors():
                number, work = waiting.pop(0)
                task = Task(work)
                running[task.answer] = (number, task)
            for answer in wait(list(running)):
                number, task = running.pop(cast(Connection, answer))
                out[number] = task.result()
    finally:
        for _, task in running.values():
            task.stop()
    return [out[number] for number in range(len(tasks))]


def processors() -> int:
    """How many processors this process may use."""
    known = getattr(os, "sched_getaffinity", None)
    return len(known(0)) if known else os.cpu_count() or 1


def _run(work: Callable[[], object], answer: Connection, parent: int) -> None:
    # A build that is killed leaves nothing behind that goes on writing.
    if prctl := getattr(ctypes.CDLL(None), "prctl", None):
        prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        # It may have ended before.
        if os.getppid() != parent:
            os._exit(1)
    # What was there before lives on: to look through it for cycles would copy it. Of what comes, little
    # is in cycles, and all goes with this process.
    gc.disable()
    try:
        said: tuple[Exception | None, object] = (None, work())
    except KeyboardInterrupt:
        # The process that waits for this one says so.
        os._exit(1)
    except Exception as error:
        # Where it happened does not come back by itself.
        error.add_note(traceback.format_exc())
        said = (error, None)
    try:
        answer.send(said)
    except Exception as error:  # what cannot be sent, an error of a library most likely: its words can
        answer.send((RuntimeError("".join(traceback.format_exception_only(said[0] or error))), None))
    # Nothing of what it was forked from is for this process to tidy up; some of it is another thread's.
    os._exit(0)
