"""The real servers that tests need: PostgreSQL, Redis and HAPI FHIR, once per run on loopback.

A part that cannot be started fails the test that asked for it, with the reason and its log.
"""

from tests.real_parts.hapi import Hapi
from tests.real_parts.postgresql import PostgreSQL
from tests.real_parts.programs import Program, ProgramFailed, until
from tests.real_parts.redis_server import RedisServer

__all__ = ["Hapi", "PostgreSQL", "Program", "ProgramFailed", "RedisServer", "until"]
