"""CDS clients with keys of their own: they publish them, and sign tokens that tests can bend."""

import json
import uuid
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from runtime.settings import CdsClientSettings
from tests.ehr.loopback import Asked, Reply
from tests.service.conftest import NOW

ISSUER = "https://ehr-client.example"
PUBLIC_URL = "https://nelm.example"
MAKERS: dict[str, Any] = {
    "ES384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "RS384": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "RS256": lambda: rsa.generate_private_key(public_exponent=65537, key_size=2048),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


def audience(service: str = "nelm-patient-view") -> str:
    return f"{PUBLIC_URL}/cds-services/{service}"


@dataclass
class Signer:
    """One key of a client."""

    algorithm: str = "ES384"
    kid: str = "k+1/="
    issuer: str = ISSUER
    private: Any = field(init=False)

    def __post_init__(self) -> None:
        self.private = MAKERS[self.algorithm]()

    def jwk(self, **more: Any) -> dict[str, Any]:
        public = jwt.get_algorithm_by_name(self.algorithm).to_jwk(  # type: ignore[attr-defined]
            self.private.public_key(), as_dict=True
        )
        return {**public, "kid": self.kid, **more}

    def token(self, *, head: dict[str, Any] | None = None, **claims: Any) -> str:
        """A token that holds; claims given as None are left out."""
        now = int(NOW.timestamp())
        usual = {
            "iss": self.issuer,
            "aud": audience(),
            "iat": now,
            "exp": now + 300,
            "jti": str(uuid.uuid4()),
        }
        kept = {name: value for name, value in (usual | claims).items() if value is not None}
        headers = {"kid": self.kid, "typ": "JWT"} | (head or {})
        return jwt.encode(kept, self.private, algorithm=self.algorithm, headers=headers)

    def signed(self, **more: Any) -> dict[str, str]:
        """The headers of a call."""
        return {"authorization": f"Bearer {self.token(**more)}"}


class PublishedKeys:
    """The script of a loopback server that serves a key set; a test changes it as keys rotate."""

    def __init__(self, *signers: Signer) -> None:
        self.signers = list(signers)
        self.status = 200

    def __call__(self, asked: Asked) -> Reply:
        headers = {"Location": "/elsewhere"} if self.status == 302 else {}
        return Reply(self.status, key_set(*self.signers), headers)


def key_set(*signers: Signer) -> bytes:
    return json.dumps({"keys": [one.jwk() for one in signers]}).encode()


def client(**more: Any) -> CdsClientSettings:
    settings: dict[str, Any] = {"issuer": ISSUER, "tenant": ""}
    return CdsClientSettings(**(settings | more))
