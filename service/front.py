"""The page at `/`: whether this installation answers now, and what is found where."""

from starlette.requests import Request
from starlette.responses import Response

from service.errors import Unknown
from service.pages import is_for_people, page
from service.parts import Parts, parts_of
from storage.errors import StorageBroken, StorageError

_TITLE = "NELM decision support"
_BODY = """
<p>It stages neuroendocrine liver metastases from the record, says for each treatment which
published criteria speak for and against it, and names what is missing. A tumor board decides.</p>
<p>Patients are shown inside the EHR, as cards. This page shows none.</p>
<h2>What is found where</h2>
<table>
<thead><tr><th>Path</th><th>What it is</th></tr></thead>
<tbody>
<tr><td><a href="/about">/about</a></td>
<td>Intended use, limits, sources and versions, for clinicians and their board</td></tr>
<tr><td><a href="/openapi.json">/openapi.json</a></td>
<td>All paths described for programs (OpenAPI)</td></tr>
<tr><td><a href="/cds-services">/cds-services</a></td>
<td>CDS Hooks discovery: the services an EHR calls (JSON)</td></tr>
<tr><td><a href="/admin">/admin</a></td>
<td>Playground for hooks, and what clinicians did with the cards; for operators</td></tr>
<tr><td><a href="/health/ready">/health/ready</a></td>
<td>Whether database and workers answer (JSON)</td></tr>
<tr><td><a href="/metrics">/metrics</a></td>
<td>Figures for operators (Prometheus text); no label names a patient</td></tr>
</tbody>
</table>
"""


def front(request: Request) -> Response:
    """`GET /`: a page for people.

    Raises:
        Unknown: asked for by software, for which nothing is here.
    """
    if not is_for_people(request):
        raise Unknown("Nothing is served here; GET /cds-services lists the CDS services.")
    state, lead = _state(parts_of(request))
    return page(f"{_TITLE} is {state}", lead, _BODY, here="/")


def _state(parts: Parts) -> tuple[str, str]:
    try:
        parts.database.check()
    except StorageBroken:
        return "not ready", "The database has not the schema of this version. Run nelm-cds migrate."
    except StorageError:
        return "not ready", "The database does not answer. Nothing is assessed until it does."
    if not parts.wake_up.is_heard():
        return "not ready", "No worker answers: what arrives is kept, but not assessed. Start one."
    return "ready", "The database answers and the workers listen."
