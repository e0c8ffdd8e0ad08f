"""Driving a server with wrk and reading what it saw. Loopback only, bounded in time."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchNotPossible

DONE = r"""
done = function(s, l, r)
  io.write(string.format(
    'JSON {"n":%d,"us":%d,"failed":%d,"non2xx":%d,"p50":%f,"p99":%f,"max":%f}\n',
    s.requests, s.duration, s.errors.connect+s.errors.read+s.errors.write+s.errors.timeout,
    s.errors.status, l:percentile(50), l:percentile(99), l.max))
end
"""


@dataclass(frozen=True)
class Seen:
    """What one run of wrk saw; times in milliseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float
    max_ms: float
    refused: int


def fixed_body(body: bytes, content_type: str = "application/json") -> str:
    """A wrk script that posts the same body again and again."""
    file = tempfile.NamedTemporaryFile(suffix=".body", delete=False)
    file.write(body)
    file.close()
    return (
        f'local f = io.open("{file.name}", "rb"); local b = f:read("*a"); f:close()\n'
        f'wrk.method = "POST"; wrk.body = b\nwrk.headers["Content-Type"] = "{content_type}"\n'
        + DONE
    )


def bodies_in_turn(bodies: Sequence[bytes], content_type: str = "application/json") -> str:
    """A wrk script that posts these bodies one after another, again and again."""
    file = tempfile.NamedTemporaryFile(suffix=".bodies", delete=False)
    file.write(b"".join(bodies))
    file.close()
    sizes = ",".join(str(len(body)) for body in bodies)
    return (
        f"local sizes = {{{sizes}}}; local made = {{}}; local turn = 0\n"
        f'wrk.method = "POST"; wrk.headers["Content-Type"] = "{content_type}"\n'
        f'init = function() local f = io.open("{file.name}", "rb")\n'
        "  for i, size in ipairs(sizes) do made[i] = wrk.format(nil, nil, nil, f:read(size)) end\n"
        "  f:close() end\n"
        "request = function() turn = turn % #made + 1; return made[turn] end\n" + DONE
    )


def unique_ids(method: str, path: str, body: str, identity: str, headers: dict[str, str]) -> str:
    """A wrk script whose every request carries an id of its own in path and body.

    `identity` is the text in `path` and `body` that each request replaces.
    """
    before, after = body.split(identity)
    start, end = path.split(identity)
    lines = "".join(f'wrk.headers["{name}"] = "{value}"\n' for name, value in headers.items())
    return (
        f"local before=[==[{before}]==]\nlocal after=[==[{after}]==]\n"
        "local n=0; local seed\n"
        f'wrk.method="{method}"; wrk.headers["Content-Type"]="application/fhir+json"\n{lines}'
        'init=function() seed=string.format("%x", os.time()*1000+math.floor(os.clock()*1e6)) end\n'
        "request=function() n=n+1; local id=seed..'-'..n\n"
        f'  return wrk.format(nil, "{start}"..id.."{end}", nil, before..id..after) end\n' + DONE
    )


def wrk(url: str, script: str, connections: int, seconds: float, cpu: int | None = 1) -> Seen:
    """Run wrk once against `url`.

    Raises:
        BenchNotPossible: wrk is missing or printed no figures.
    """
    program = shutil.which("wrk")
    if program is None:
        raise BenchNotPossible("wrk is not installed. Install it: apt-get install wrk")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "load.lua"
        file.write_text(script)
        command = [program, "-t", "1", "-c", str(connections), "-d", f"{int(seconds)}s"]
        command += ["--timeout", "20s", "-s", str(file), url]
        pinned = ["taskset", "-c", str(cpu), *command] if cpu is not None else command
        done = subprocess.run(pinned, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("JSON ")]
    if not lines:
        raise BenchNotPossible(f"wrk printed no figures for {url}: {done.stderr[-200:]}")
    seen = json.loads(lines[0][5:])
    return Seen(
        per_second=seen["n"] / (seen["us"] / 1e6),
        p50_ms=seen["p50"] / 1e3,
        p99_ms=seen["p99"] / 1e3,
        max_ms=seen["max"] / 1e3,
        refused=seen["non2xx"] + seen["failed"],
    )
