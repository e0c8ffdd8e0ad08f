"""Ceiling: a bare ASGI app that reads the whole body and answers one fixed card or Bundle."""

from typing import Any

CARD = b'{"cards":[{"summary":"fixed","indicator":"info","source":{"label":"bare"}}]}'


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(CARD))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": CARD})
