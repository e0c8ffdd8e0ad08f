"""Order entry by callers who sign: each call with a token of its own, remembered in Redis."""

import json
import time
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from bench.errors import BenchNotPossible
from bench.load import DONE, Seen, wrk
from bench.payload import order_sign
from bench.stack import asgi, healthchain, ours, post, quiet
from bench.table import Row, interleaved, median

SECONDS = 3
SIGN = "/cds-services/nelm-order-sign"
ISSUER, PUBLIC_URL = "https://client.bench", "https://nelm.bench"
# More than one process can answer in a run.
TOKENS = 4500
KEYS: dict[str, Any] = {
    "ES384": ec.generate_private_key(ec.SECP384R1()),
    "RS384": rsa.generate_private_key(public_exponent=65537, key_size=2048),
}


def signed_rows(folder: Path, redis_url: str, repetitions: int = 3) -> list[Row]:
    """114 kB of prefetch, a signed token, the replay check in Redis."""
    body = folder / "signed.body"
    body.write_bytes(order_sign(60))
    with ExitStack() as stack:
        url = stack.enter_context(ours(folder, **_settings(folder, redis_url))) + SIGN
        bare = stack.enter_context(asgi("bench.peers.bare:app", folder)) + SIGN
        slow = asgi("bench.peers.healthchain_app:app", folder, healthchain())
        peer = stack.enter_context(slow) + "/cds" + SIGN
        for algorithm in KEYS:
            status, _ = post(url, body.read_bytes(), Authorization=f"Bearer {_token(algorithm)}")
            if status != 200:
                raise BenchNotPossible(f"a signed call was answered {status}")
        kept: dict[str, list[Seen]] = {}

        def run(name: str, target: str, algorithm: str, connections: int) -> float:
            script = _script(folder, body, algorithm)
            quiet()
            seen = wrk(target, script, connections, SECONDS)
            if seen.refused:
                raise BenchNotPossible(f"{name}: {seen.refused} calls were refused")
            kept.setdefault(name, []).append(seen)
            return seen.per_second

        interleaved(
            {
                "ES384": lambda: run("ES384", url, "ES384", 1),
                "RS384": lambda: run("RS384", url, "RS384", 1),
                "bare": lambda: run("bare", bare, "ES384", 1),
                "ES384 at 32": lambda: run("ES384 at 32", url, "ES384", 32),
                "HealthChain at 32": lambda: run("HealthChain at 32", peer, "ES384", 32),
            },
            repetitions,
        )
    return [
        _p99("ES384", kept, 3.0),
        _p99("RS384", kept, 2.5),
        _share("ES384", "bare", kept, 0.08),
        _share("ES384 at 32", "HealthChain at 32", kept, 3.0),
    ]


def _settings(folder: Path, redis_url: str) -> dict[str, str]:
    published = [
        jwt.get_algorithm_by_name(name).to_jwk(key.public_key(), as_dict=True) | {"kid": name}
        for name, key in KEYS.items()
    ]
    keys = folder / "client-keys.json"
    keys.write_text(json.dumps({"keys": published}))
    client = "NELM_CONNECTIONS__MAIN__CDS_CLIENTS__0__"
    return {
        "NELM_BROKER_URL": redis_url,
        "NELM_PUBLIC_URL": PUBLIC_URL,
        f"{client}ISSUER": ISSUER,
        f"{client}JWKS_FILE": str(keys),
    }


def _token(algorithm: str) -> str:
    now = int(time.time())
    claims = {
        "iss": ISSUER,
        "aud": PUBLIC_URL + SIGN,
        "iat": now,
        "exp": now + 300,
        "jti": uuid.uuid4().hex,
    }
    return jwt.encode(claims, KEYS[algorithm], algorithm, headers={"kid": algorithm})


def _script(folder: Path, body: Path, algorithm: str) -> str:
    """A wrk script whose every request carries a token that was never used."""
    tokens = folder / "tokens"
    tokens.write_text("".join(f"{_token(algorithm)}\n" for _ in range(TOKENS)))
    return (
        f'local f = io.open("{body}", "rb"); local b = f:read("*a"); f:close()\n'
        f'local t = {{}}; for line in io.lines("{tokens}") do t[#t+1] = line end\n'
        'local n = 0; wrk.method = "POST"; wrk.body = b\n'
        'wrk.headers["Content-Type"] = "application/json"\n'
        "request = function() n = n % #t + 1\n"
        '  wrk.headers["Authorization"] = "Bearer "..t[n]; return wrk.format() end\n' + DONE
    )


def _p99(name: str, kept: dict[str, list[Seen]], bar: float) -> Row:
    p50, p99 = (median([getattr(one, key) for one in kept[name]]) for key in ("p50_ms", "p99_ms"))
    bare = median([one.p99_ms for one in kept["bare"]])
    what = f"order-sign, signed with {name}, replay check in Redis, 1 connection: p99"
    return Row(what, f"{p99:.2f} ms (p50 {p50:.2f})", f"bare {bare:.2f} ms", "–", f"<= {bar} ms",
               p99 <= bar)  # fmt: skip


def _share(name: str, beside: str, kept: dict[str, list[Seen]], bar: float) -> Row:
    mine, other = (median([one.per_second for one in kept[key]]) for key in (name, beside))
    return Row(
        f"order-sign, signed with {name}: throughput beside {beside}, which checks nothing",
        f"{mine:,.0f}/s",
        f"{beside} {other:,.0f}/s",
        f"{mine / other:.2f}",
        f">= {bar}",
        mine / other >= bar,
    )
