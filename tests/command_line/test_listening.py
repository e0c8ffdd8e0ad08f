"""Where nobody can listen, `serve` and `demo` say so before they do anything else."""

import socket
from pathlib import Path

import pytest

from nelm_cds.web import listening_on
from tests.command_line.conftest import Run


def test_a_port_that_is_taken_is_refused_before_any_work(run: Run, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ran = run("serve", "--port", port)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == (
        f"nelm-cds serve: cannot listen on 127.0.0.1:{port} (address already in use). "
        "Choose another with --host and --port, or NELM_HOST and NELM_PORT\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_a_host_that_is_not_here_is_refused(run: Run, tmp_path: Path, host: str) -> None:
    ran = run("serve", "--host", host, "--port", 0)
    assert (ran.code, ran.out) == (2, "")
    assert f"cannot listen on {host}:0 (" in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("port", ["80000", "-1", "65536", "http", "8000.5"])
@pytest.mark.parametrize(("command", "option"), [("serve", "--port"), ("demo", "--ehr-port")])
def test_a_port_that_is_none_is_refused(run: Run, command: str, option: str, port: str) -> None:
    ran = run(command, f"{option}={port}")
    assert ran.code == 2
    assert f'"{port}" is not a port; write a number from 0' in ran.err


def test_one_free_port_serves_every_address_of_the_name() -> None:
    with listening_on("localhost", 0) as sockets:
        assert len({one.getsockname()[1] for one in sockets}) == 1
        assert {one.getsockname()[0] for one in sockets} <= {"127.0.0.1", "::1"}
