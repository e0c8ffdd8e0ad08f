"""Ceiling of the hook from storage: same route and framework, the body read, a constant card."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bench.peers.bare import CARD


async def answer(request: Request) -> Response:
    await request.body()
    return Response(CARD, media_type="application/json")


app = Starlette(routes=[Route("/cds-services/{id}", answer, methods=["POST"])])
