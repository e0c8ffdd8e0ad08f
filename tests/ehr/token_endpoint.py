"""A token endpoint for SMART Backend Services that checks everything the specification asks for.

Proves the assertion (RS384 or ES384), its audience, lifetime and single use; short-lived tokens;
a FHIR server behind it that lets only living tokens in.
"""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from ehr.auth import BackendServices
from tests.ehr.loopback import Asked, Reply

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class TokenEndpoint:
    """The script of a `loopback` server; `base_url` is set once that is known."""

    algorithm: str = "ES384"
    base_url: str = ""
    expires_in: int = 300
    granted: str | None = None
    down: bool = False
    issued: list[str] = field(default_factory=list)
    revoked: set[str] = field(default_factory=set)
    seen: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._key = (
            ec.generate_private_key(ec.SECP384R1())
            if self.algorithm == "ES384"
            else rsa.generate_private_key(public_exponent=65537, key_size=2048)
        )

    def registered(self, **more: str) -> BackendServices:
        """What our side is told about this EHR."""
        pem = self._key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()
        known = {
            "base_url": f"{self.base_url}/fhir",
            "client_id": "nelm-client",
            "private_key": pem,
            "key_id": "k1",
            "algorithm": self.algorithm,
            "scope": "system/Observation.rs system/CarePlan.cruds",
        }
        return BackendServices(**{**known, **more})

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/fhir/.well-known/smart-configuration":
            return _json({"token_endpoint": f"{self.base_url}/token"})
        if asked.path == "/token":
            return self._token(asked)
        token = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.issued or token in self.revoked:
            return Reply(401)
        return _json({"resourceType": "Observation", "id": "o1", "meta": {"versionId": "1"}})

    def _token(self, asked: Asked) -> Reply:
        if self.down:
            return Reply(503)
        form = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        problem = self._problem(form)
        if problem:
            return _json({"error": problem, "error_description": "details stay at home"}, 400)
        self.issued.append(secrets.token_urlsafe(16))
        scope = self.granted if self.granted is not None else form["scope"]
        return _json(
            {
                "access_token": self.issued[-1],
                "token_type": "bearer",
                "expires_in": self.expires_in,
                "scope": scope,
            }
        )

    def _problem(self, form: dict[str, str]) -> str | None:
        if form.get("grant_type") != "client_credentials" or not form.get("scope"):
            return "invalid_request"
        if form.get("client_assertion_type") != _ASSERTION_TYPE:
            return "invalid_request"
        assertion = form.get("client_assertion", "")
        try:
            claims = jwt.decode(
                assertion,
                self._key.public_key(),
                algorithms=[self.algorithm],
                audience=f"{self.base_url}/token",
                options={"require": ["iss", "sub", "aud", "exp", "jti"]},
            )
        except jwt.PyJWTError:
            return "invalid_client"
        head = jwt.get_unverified_header(assertion)
        known = claims["iss"] == claims["sub"] == "nelm-client" and head.get("kid") == "k1"
        if not known or claims["exp"] > time.time() + 300 or claims["jti"] in self.seen:
            return "invalid_client"
        self.seen.add(claims["jti"])
        return None


def _json(content: dict[str, object], status: int = 200) -> Reply:
    return Reply(status, json.dumps(content).encode(), {"Content-Type": "application/json"})
