"""Every way a request can fail, and the one place where a failure becomes an answer.

Problem
├── Refused         the caller must change something; 4xx; never retried
│   ├── Malformed       400  the body or one field of it cannot be read
│   ├── Unauthenticated 401  bare: no reason is given outside
│   ├── Unknown         404  no such connection, service or patient
│   └── TooLarge        413  the body passes the configured cap
└── Unavailable     503  try again after `retry_after_seconds`
Anything else is ours: 500. Clients render an empty card list as "all clear", so no failure is one.
"""

import logging
from collections.abc import Mapping
from uuid import uuid4

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from service.pages import is_for_people, page
from storage.errors import StorageUnavailable

FHIR_JSON = "application/fhir+json"

_WAY_OUT = "Patients are shown inside the EHR, as cards. The start page says what is found where."

log = logging.getLogger("service")


class Problem(Exception):
    """A failure with its HTTP status and FHIR issue type; the text never holds patient values."""

    status = 500
    issue = "exception"
    severity = "error"

    def __init__(self, diagnostics: str, *, field: str | None = None) -> None:
        super().__init__(diagnostics)
        self.diagnostics = diagnostics
        self.field = field


class Refused(Problem):
    status = 400
    issue = "invalid"


class Malformed(Refused):
    status = 400
    issue = "structure"


class Unauthenticated(Refused):
    status = 401
    issue = "login"


class Unknown(Refused):
    status = 404
    issue = "not-found"


class TooLarge(Refused):
    status = 413
    issue = "too-long"


class Unavailable(Problem):
    status = 503
    issue = "transient"

    def __init__(self, diagnostics: str, *, retry_after_seconds: int = 5) -> None:
        super().__init__(diagnostics)
        self.retry_after_seconds = retry_after_seconds


def operation_outcome(
    status: int,
    issue: str,
    diagnostics: str,
    *,
    field: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A FHIR OperationOutcome with one issue; `field` is the path of the element at fault."""
    line: dict[str, object] = {
        "severity": "error" if status < 500 else "fatal",
        "code": issue,
        "diagnostics": diagnostics,
    }
    if field:
        line["expression"] = [field]
    body = msgspec.json.encode({"resourceType": "OperationOutcome", "issue": [line]})
    return Response(body, status, media_type=FHIR_JSON, headers=dict(headers or {}))


async def answer_problem(request: Request, problem: Exception) -> Response:
    """The answer to one of our own problems: a page for a browser, else an OperationOutcome.

    A failed authentication says nothing at all.
    """
    if not isinstance(problem, Problem):
        return await answer_broken(request, problem)
    if isinstance(problem, Unauthenticated):
        return Response(status_code=401, headers={"WWW-Authenticate": "Bearer"})
    headers = {}
    if isinstance(problem, Unavailable):
        headers["Retry-After"] = str(problem.retry_after_seconds)
    if is_for_people(request):
        return _page_instead(problem.diagnostics, problem.status, headers)
    return operation_outcome(
        problem.status, problem.issue, problem.diagnostics, field=problem.field, headers=headers
    )


async def answer_storage(request: Request, problem: Exception) -> Response:
    """The store could not answer: worth another try, unless the failure is ours."""
    if not isinstance(problem, StorageUnavailable):
        return await answer_broken(request, problem)
    return await answer_problem(
        request,
        Unavailable(
            "The store cannot be read now; nothing was assessed.",
            retry_after_seconds=problem.retry_after_seconds,
        ),
    )


async def answer_http(request: Request, problem: Exception) -> Response:
    """What the router refuses (no such path, wrong method): a page for a browser, else an
    OperationOutcome."""
    status = problem.status_code if isinstance(problem, HTTPException) else 500
    issue = {404: "not-found", 405: "not-supported"}.get(status, "processing")
    text = {
        404: "Nothing is served at this path.",
        405: "This path does not take that HTTP method.",
    }.get(status, "The request could not be served.")
    headers = problem.headers if isinstance(problem, HTTPException) else None
    if is_for_people(request):
        # The path is not said again: it may hold what nobody should read here.
        return page(text.rstrip("."), _WAY_OUT, "", status=status, headers=headers)
    return operation_outcome(status, issue, text, headers=headers)


async def answer_broken(request: Request, problem: Exception) -> Response:
    """Our own failure: a reference outside, and with it the class and the lines in the log.

    The exception's message reaches neither (`runtime.logs` drops it): it may quote the EHR.
    """
    reference = uuid4().hex[:12]
    log.error(
        "request failed",
        extra={"correlation": reference},
        exc_info=(type(problem), problem, problem.__traceback__),
    )
    text = f"The request could not be answered; nothing was assessed. Reference {reference}."
    if is_for_people(request):
        return _page_instead(text, 500, {})
    return operation_outcome(500, "exception", text)


def _page_instead(text: str, status: int, headers: Mapping[str, str]) -> Response:
    """A page whose title is the first sentence."""
    title, _, rest = text.partition(". ")
    return page(title.rstrip("."), rest or _WAY_OUT, "", status=status, headers=headers)
