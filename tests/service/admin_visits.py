"""Somebody at the admin pages: keeps the cookie, sends forms with the token of the last page."""

import re
from urllib.parse import urlencode

from tests.service.asgi_client import Answer, Client
from tests.service.html import BROWSER

_TOKEN = re.compile(rb'name="form_token" value="([^"]+)"')


class Visits:
    """A browser without a screen. `headers` go with every request."""

    def __init__(self, client: Client, **headers: str) -> None:
        self._client = client
        self._headers = {**BROWSER, **{k.replace("_", "-"): v for k, v in headers.items()}}
        self.cookie = ""
        self.set_cookie = ""
        self.form_token = ""

    def comes_from(self, site: str) -> None:
        """From now on the browser says that a page of that kind of site sent the request."""
        self._headers["sec-fetch-site"] = site

    async def get(self, path: str) -> Answer:
        return self._kept(await self._client.get(path, self._sent()))

    async def send(self, path: str, **fields: str) -> Answer:
        """A form; the token of the last page goes along unless one is given."""
        given = {"form_token": self.form_token} | fields
        headers = self._sent() | {"content-type": "application/x-www-form-urlencoded"}
        body = urlencode(given).encode()
        return self._kept(await self._client.call("POST", path, body, headers))

    def _sent(self) -> dict[str, str]:
        return self._headers | ({"cookie": self.cookie} if self.cookie else {})

    def _kept(self, answer: Answer) -> Answer:
        if "set-cookie" in answer.headers:
            self.set_cookie = answer.headers["set-cookie"]
            self.cookie = self.set_cookie.partition(";")[0]
        found = _TOKEN.search(answer.body)
        if found:
            self.form_token = found[1].decode()
        return answer
