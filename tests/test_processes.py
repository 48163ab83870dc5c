"""Work side by side: results and faults come back, nothing is left running, one processor is enough."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from tiny import BOOK, ROOT, edit

from generator import build, cli, processes
from generator.processes import Ended, Task, apart, each


def wait_for(path: Path) -> None:
    while not path.exists():
        time.sleep(0.01)


def fail(message: str) -> None:
    raise build.BuildError(message)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    # One that has ended may wait for somebody to ask how.
    status = Path(f"/proc/{process}/stat")
    return not status.is_file() or status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("count", [1, 2, 5])
def test_results_come_in_the_order_of_the_tasks(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(processes, "processors", lambda: count)

    def square(number: int) -> int:
        time.sleep((7 - number) / 100)
        return number * number

    assert each([partial(square, n) for n in range(7)]) == [n * n for n in range(7)]


def test_as_many_run_at_once_as_there_are_processors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(processes, "processors", lambda: 2)

    def meet(mine: str, other: str) -> bool:
        """Ends only when the other has begun."""
        (tmp_path / mine).touch()
        wait_for(tmp_path / other)
        return True

    def count(number: int) -> int:
        running = tmp_path / f"running-{number}"
        running.touch()
        time.sleep(0.05)
        found = len(list(tmp_path.glob("running-*")))
        running.unlink()
        return found

    assert each([partial(meet, "a", "b"), partial(meet, "b", "a")]) == [True, True]
    assert max(each([partial(count, n) for n in range(6)])) <= 2


@pytest.mark.parametrize("count", [1, 2])
def test_a_fault_of_a_task_is_raised_and_the_others_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, count: int
) -> None:
    monkeypatch.setattr(processes, "processors", lambda: count)

    def endless() -> None:
        (tmp_path / "process").write_text(str(os.getpid()))
        (tmp_path / "ready").touch()
        time.sleep(600)

    def failing() -> None:
        if count > 1:
            wait_for(tmp_path / "ready")
        fail("no folder of that name")

    with pytest.raises(build.BuildError, match="no folder of that name"):
        each([failing] if count == 1 else [endless, failing])
    if count > 1:
        assert not is_running(int((tmp_path / "process").read_text()))


def test_a_fault_says_where_it_happened() -> None:
    with pytest.raises(build.BuildError) as caught:
        Task(partial(fail, "wrong")).result()
    assert "in fail" in "".join(caught.value.__notes__)


def test_a_process_that_is_ended_from_outside_is_told_of() -> None:
    """As the system does when memory runs out."""
    with pytest.raises(Ended, match="memory"):
        Task(lambda: os.kill(os.getpid(), signal.SIGKILL)).result()


def test_the_command_line_says_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "_write_markdown", lambda *_: os.kill(os.getpid(), signal.SIGKILL))
    site = tmp_path / "site"
    assert cli.main(["build", "--content", str(BOOK), "--site", str(site), "--no-pdf"]) == cli.USAGE
    said = capsys.readouterr().err
    assert "is there enough memory?" in said
    assert "Traceback" not in said
    assert not site.exists()


def test_what_a_process_says_is_heard_before_its_result() -> None:
    heard: list[int] = []

    def work(say: Callable[[int], None]) -> str:
        for number in range(100):
            say(number)
        return "done"

    assert apart(work, heard.append) == "done"
    assert heard == list(range(100))


def test_what_it_said_is_heard_though_it_fails() -> None:
    heard: list[str] = []

    def work(say: Callable[[str], None]) -> None:
        say("begun")
        fail("wrong")

    with pytest.raises(build.BuildError, match="wrong"):
        apart(work, heard.append)
    assert heard == ["begun"]


def test_a_build_that_is_killed_leaves_no_process_behind() -> None:
    """Also none that a process of it began."""
    code = """
import os, time
from generator.processes import Task
def work():
    inner = Task(lambda: time.sleep(600))
    print(os.getpid(), inner.process.pid, flush=True)
    time.sleep(600)
Task(work).result()
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT) as outer:
        assert outer.stdout
        left = [int(process) for process in outer.stdout.readline().split()]
        assert len(left) == 2
        outer.kill()
    deadline = time.monotonic() + 20
    while any(is_running(process) for process in left) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [process for process in left if is_running(process)] == []


def test_a_task_that_is_not_needed_any_more_ends() -> None:
    task = Task(partial(time.sleep, 600))
    process = task.process.pid
    assert process
    task.stop()
    task.stop()
    assert not is_running(process)


def test_content_with_errors_is_told_of_though_its_pages_were_being_written(
    monkeypatch: pytest.MonkeyPatch,
    copy_of_book: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Whatever became of the pages meanwhile: here their process never ends."""
    monkeypatch.setattr(cli, "_write_markdown", lambda *_: time.sleep(600))
    edit(copy_of_book / "shared" / "flows" / "first-flow.yml", "flow: second-flow", "flow: no-such-flow")
    started = time.monotonic()
    code = cli.main(["build", "--content", str(copy_of_book), "--site", str(tmp_path / "s"), "--no-pdf"])
    assert code == cli.FINDINGS
    assert "no-such-flow" in capsys.readouterr().out
    assert time.monotonic() - started < 300


class Mute(Exception):
    """An error that cannot be sent."""

    def __reduce__(self) -> str:
        raise TypeError("stays here")


def test_an_error_that_cannot_be_sent_is_told_by_its_words() -> None:
    def speak() -> None:
        raise Mute("the drawing is torn")

    with pytest.raises(RuntimeError, match="the drawing is torn"):
        Task(speak).result()
