"""A program that a test starts: it writes a log file and ends with the test run, come what may."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


class ProgramFailed(Exception):
    """A real part did not start or did not stay; the message carries the tail of its log."""


def free_port() -> int:
    """A TCP port of the loopback interface that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(
    question: Callable[[], T | None],
    what: str,
    seconds: float = 60.0,
    pause: float = 0.05,
    programs: Sequence["Program"] = (),
) -> T:
    """Asks again until the answer is neither None nor False; fails once `seconds` have passed.

    `programs` must stay alive meanwhile; the failure shows the tail of their logs.
    """
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if answer is not None and answer is not False:
            return answer
        for program in programs:
            program.must_be_running()
        if time.monotonic() > deadline:
            tails = "".join(program.tail() for program in programs)
            raise ProgramFailed(f"waited {seconds:g} s in vain for: {what}{tails}")
        time.sleep(pause)


class Program:
    """A started program: its own process group, ended by the kernel if the test run is killed."""

    def __init__(
        self,
        name: str,
        command: Sequence[str | os.PathLike[str]],
        log: Path,
        environment: Mapping[str, str] | None = None,
        user: str | None = None,
        folder: Path | None = None,
    ) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*_ends_with_us(user), *map(os.fspath, command)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=None if environment is None else dict(environment),
                cwd=folder,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while the program runs."""
        return self._process.poll()

    def must_be_running(self) -> None:
        if self.exit_code is not None:
            raise ProgramFailed(f"{self.name} ended with code {self.exit_code}{self.tail()}")

    def text(self) -> str:
        """Everything the program has printed so far."""
        return self.log.read_text(errors="replace")

    def tail(self, lines: int = 40) -> str:
        shown = "\n".join(self.text().splitlines()[-lines:])
        return f"\n--- the last lines of {self.name}:\n{shown}"

    def stop(self, patience: float = 15.0, sign: signal.Signals = signal.SIGTERM) -> int:
        """Asks the program to end, then kills its whole group; its exit code."""
        if self._process.poll() is None:
            self._process.send_signal(sign)
            try:
                self._process.wait(patience)
            except subprocess.TimeoutExpired:
                self.kill()
        self._signal_group(signal.SIGKILL)
        return self._process.wait()

    def kill(self) -> None:
        """Ends the program and its children at once, as a power cut would."""
        self._signal_group(signal.SIGKILL)
        self._process.wait()

    def _signal_group(self, sign: signal.Signals) -> None:
        try:
            os.killpg(self._process.pid, sign)
        except ProcessLookupError:
            return


def _ends_with_us(user: str | None) -> list[str]:
    """The prefix that ties a program's life to ours and, where asked, lowers its rights."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise ProgramFailed("setpriv is missing; it belongs to the Debian package util-linux")
    as_user = [] if user is None else [f"--reuid={user}", f"--regid={user}", "--init-groups"]
    return [setpriv, "--pdeathsig=TERM", *as_user, "--"]


def find_program(name: str, package: str, *folders: Path) -> Path:
    """Where a program is, looking into `folders` first.

    Raises:
        ProgramFailed: not installed; names the Debian package.
    """
    for folder in folders:
        if (folder / name).exists():
            return folder / name
    found = shutil.which(name)
    if found is None:
        raise ProgramFailed(
            f"{name} is not installed: run deploy/install_test_parts.sh "
            f"(or apt-get install {package})"
        )
    return Path(found)
