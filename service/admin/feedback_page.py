"""`GET /admin/feedback`: what clinicians did with the cards, and what became of accepted plans."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from service.admin.entrance import Visitor, for_visitors
from service.card_counts import SECONDS_OF_A_DAY, Counts, headline, read_counts
from service.parts import Parts, parts_of
from service.templating import rendered

SPANS = (7, 30, 90, 365)
_USUAL = 30


@for_visitors
async def feedback(request: Request, visitor: Visitor) -> Response:
    """The last 30 days, or as many as `days` asks for."""
    asked = request.query_params.get("days", "")
    days = int(asked) if asked.isdecimal() and int(asked) in SPANS else _USUAL
    parts = parts_of(request)
    counts = await run_in_threadpool(_read, parts, days)
    return rendered(
        "feedback.html",
        forms=True,
        title=headline(counts.lines, days),
        visitor=visitor,
        days=days,
        spans=SPANS,
        several=len(parts.settings.connections) > 1,
        **counts._asdict(),
    )


def _read(parts: Parts, days: int) -> Counts:
    since = parts.clock().timestamp() - days * SECONDS_OF_A_DAY
    with parts.database.reading() as conn:
        return read_counts(conn, since)
