"""What can go wrong between us and an EHR. Messages never hold a body, a token or a patient value.

EhrError
├── EhrRefused        the EHR or our settings say no; never tried again
│   └── EhrConflict   409 or 412: somebody else changed it, or several match
├── ResourceGone      410, or 404 said by a FHIR server: there is no such resource (any more)
└── EhrUnavailable    timeout, 429, 5xx, a redirect, an answer that is not FHIR; safe to try again
"""


class EhrError(Exception):
    """Base of the tree; `status` is the HTTP status where there was one."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class EhrRefused(EhrError):
    """Never retried: an order, a scope or a setting must change first."""


class EhrConflict(EhrRefused):
    """409 or 412: read again, decide again."""


class ResourceGone(EhrError):
    """410, or 404 with an OperationOutcome. Never try again."""


class EhrUnavailable(EhrError):
    """Try again, not before `retry_after_seconds` where the EHR said so.

    perhaps_alone: it answered, but not to this request; it may well answer the next one.
    """

    def __init__(
        self,
        message: str,
        status: int | None = None,
        retry_after_seconds: float | None = None,
        *,
        perhaps_alone: bool = False,
    ) -> None:
        super().__init__(message, status)
        self.retry_after_seconds = retry_after_seconds
        self.perhaps_alone = perhaps_alone
