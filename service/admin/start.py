"""`GET /admin`: what is found under it."""

from starlette.requests import Request
from starlette.responses import Response

from service.admin.entrance import Visitor, for_visitors
from service.templating import rendered


@for_visitors
async def start(request: Request, visitor: Visitor) -> Response:
    """The list of admin pages."""
    return rendered(
        "admin_start.html",
        forms=True,
        title="Two pages for those who run this service",
        visitor=visitor,
    )
