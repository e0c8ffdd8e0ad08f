"""Servers of one benchmark run: ours as the console script starts it, ceilings and peers beside it.

The server under load is pinned to CPU 0 and wrk to CPU 1; database and worker use what is left.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.errors import BenchNotPossible
from storage.migrate import migrate
from tests.real_parts.programs import Program, free_port, until

ROOT = Path(__file__).resolve().parent.parent
CONSOLE = Path(sys.executable).parent / "nelm-cds"
SECRET = "bench-secret"


def environment(folder: Path, port: int, **settings: str) -> dict[str, str]:
    """The settings of one installation of ours, as variables; one connection named `main`."""
    return {
        **os.environ,
        "NELM_DATABASE_URL": f"sqlite:///{folder}/bench.sqlite",
        "NELM_PORT": str(port),
        "NELM_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "NELM_LOG_LEVEL": "error",
        "NELM_CONNECTIONS__MAIN__BASE_URL": "http://127.0.0.1:9/fhir",
        **settings,
    }


@contextmanager
def a_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="nelm-bench-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def ours(
    folder: Path, cpu: int | None = 0, plain_collector: bool = False, **settings: str
) -> Iterator[str]:
    """`nelm-cds serve` on a free port; its base URL.

    `plain_collector`: with the garbage collector as Python sets it, to see what that costs.
    """
    port = free_port()
    variables = environment(folder, port, **settings)
    migrate(variables["NELM_DATABASE_URL"])
    plain: list[str | Path] = [sys.executable, "-m", "bench.peers.plain_collector"]
    command = [*_pinned(cpu), *(plain if plain_collector else [CONSOLE]), "serve"]
    with _serving("nelm-cds serve", command, port, variables, folder):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def worker(folder: Path, **settings: str) -> Iterator[None]:
    """`nelm-cds worker --schedule`, ready when it has answered a ping of its broker."""
    variables = environment(folder, 1, **settings)
    program = Program(
        "worker", [CONSOLE, "worker", "--schedule"], folder / "worker.log", variables, folder=ROOT
    )
    try:
        until(lambda: "ready" in program.text(), "the worker to be ready", 60, 0.1, [program])
        yield
    finally:
        program.stop()


@contextmanager
def asgi(
    application: str,
    folder: Path,
    python: Path | None = None,
    cpu: int | None = 0,
    **variables: str,
) -> Iterator[str]:
    """A ceiling or peer under uvicorn with uvloop and httptools, as ours runs."""
    port = free_port()
    command = [*_pinned(cpu), python or Path(sys.executable), "-m", "uvicorn", application]
    command += ["--host", "127.0.0.1", "--port", str(port), "--no-access-log"]
    command += ["--log-level", "warning", "--loop", "uvloop", "--http", "httptools"]
    with _serving(application, command, port, {**os.environ, **variables}, folder):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _serving(
    name: str, command: list[str | Path], port: int, variables: dict[str, str], folder: Path
) -> Iterator[Program]:
    log = folder / f"{name.replace(' ', '-').replace(':', '-')}-{port}.log"
    program = Program(name, command, log, variables, folder=ROOT)
    try:
        until(lambda: _listens(port), f"{name} to listen", 60, 0.01, [program])
        yield program
    finally:
        program.stop()


def _pinned(cpu: int | None) -> list[str | Path]:
    return [] if cpu is None else ["taskset", "-c", str(cpu)]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def post(url: str, body: bytes, **headers: str) -> tuple[int, bytes]:
    """One request of our own, to warm up and to check that the answer is a real one."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", **headers})  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return answer.status, answer.read()


def healthchain() -> Path:
    """The Python of a virtual environment that holds HealthChain, made once under the cache.

    Raises:
        BenchNotPossible: the package index gave no HealthChain.
    """
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "nelm-cds"
    home = cache / "healthchain-0.16.1"
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        subprocess.run([sys.executable, "-m", "venv", home], check=True)
        packages = ["healthchain==0.16.1", "uvloop", "httptools"]
        done = subprocess.run([python, "-m", "pip", "install", "-q", *packages], check=False)
        if done.returncode:
            raise BenchNotPossible("HealthChain 0.16.1 could not be installed beside us")
        (home / "ready").touch()
    return python


def resident_mib(pid: int) -> float:
    """Resident memory of one process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise BenchNotPossible(f"process {pid} is gone")


def quiet(limit: float = 0.15, most_seconds: float = 5) -> None:
    """Waits until the machine does little else, so that a run is not judged by its neighbors."""
    deadline = time.monotonic() + most_seconds
    while time.monotonic() < deadline:
        before, start = _busy(), time.monotonic()
        time.sleep(0.3)
        if (_busy() - before) / (time.monotonic() - start) < limit:
            return


def _busy() -> float:
    fields = list(map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]))
    return (sum(fields[:3]) + sum(fields[5:8])) / os.sysconf("SC_CLK_TCK")
