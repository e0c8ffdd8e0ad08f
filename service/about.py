"""What this decision support is, what it rests on and where it ends: for clinicians and boards."""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from html import escape
from importlib.metadata import version

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from nelm.evidence.citations import CITATIONS, Citation
from nelm.evidence.packs import PACKS, knowledge_version
from service.pages import listed, page
from service.parts import Parts, parts_of
from storage.errors import StorageError

TITLE = "Decision support for neuroendocrine liver metastases"
LEAD = "It supports a tumor board and never decides."
INTENDED_USE = (
    "For members of a multidisciplinary tumor board and clinicians who treat adults with "
    "neuroendocrine tumors and liver metastases. It stages what the record states, says for each "
    "treatment which published criteria speak for and against it in this patient, and names what "
    "is missing. Every statement can be traced to a value with its date and to a paper."
)
LIMITS = (
    "It does not decide, prescribe or order: a person accepts or rejects each suggestion.",
    "It reads coded and numeric entries and short coded texts. What is said only in words "
    "(letters, reports) it shows and never counts.",
    "What is missing is unknown, never assumed absent; an empty list in the record is not a "
    "finding.",
    "The papers end in 2021 (named later trials are marked as such and can be switched off); "
    "thresholds marked operational are working limits that no paper gives.",
    "Not for emergencies; for poorly differentiated carcinoma it only names chemotherapy.",
)


_NOT_HELD = "no copy here; cited as published"
_NOT_KNOWN = "not known at present: the database did not answer, or holds rules of another version"


class Source(msgspec.Struct, omit_defaults=True):
    """One paper or later trial; `read` says how much of it lies before us."""

    id: str
    label: str
    kind: str
    citation: str
    year: int | None = None
    url: str | None = None
    read: str | None = None


class LaterEvidence(msgspec.Struct):
    """A knowledge pack, and whether this installation has it switched on."""

    id: str
    title: str
    on: bool
    items: list[str]


class InUse(msgspec.Struct):
    """A mapping set, and of how many connections it reads the codes."""

    version: str
    connections: int


class About(msgspec.Struct, rename="camel"):
    """The whole page as data. `mapping_set` is the installation's own, without any layer."""

    title: str
    intended_use: str
    limits: list[str]
    software_version: str
    knowledge_version: str
    mapping_set: str
    mapping_sets: list[InUse]
    sources: list[Source]
    packs: list[LaterEvidence]


def about(request: Request) -> Response:
    """`GET /about`: a page for people, the same content as JSON where the client asks for it."""
    content = _content(parts_of(request))
    accepted = request.headers.get("accept", "")
    if "json" in accepted and "text/html" not in accepted:
        return Response(msgspec.json.encode(content), media_type="application/json")
    return page(
        f"{content.title}: it names criteria, the board decides",
        LEAD,
        _body(content),
        here="/about",
    )


def _content(parts: Parts) -> About:
    return About(
        title=TITLE,
        intended_use=INTENDED_USE,
        limits=list(LIMITS),
        software_version=version("nelm-cds"),
        knowledge_version=knowledge_version(parts.parameters),
        mapping_set=parts.mapping_set.version,
        mapping_sets=list(_in_use(parts)),
        sources=[_source(paper) for paper in CITATIONS.values() if paper.year],
        packs=[
            LaterEvidence(
                pack.id,
                pack.title,
                parts.parameters.has_pack(pack.id),
                [item.text for item in pack.items],
            )
            for pack in PACKS.values()
        ],
    )


def _in_use(parts: Parts) -> Iterator[InUse]:
    """The sets in which codes are understood, the most used first; connections stay unnamed."""
    found = Counter(map(partial(_set_of, parts), parts.settings.connections))
    for name, connections in found.most_common():
        yield InUse(name, connections)


def _set_of(parts: Parts, connection: str) -> str:
    try:
        return parts.rules.of(connection).version
    except StorageError:
        return _NOT_KNOWN


def _source(paper: Citation) -> Source:
    return Source(paper.id, paper.short, paper.kind, paper.text, paper.year, paper.url, paper.read)


def _body(content: About) -> str:
    limits = "".join(f"<li>{escape(limit)}</li>" for limit in content.limits)
    rows = "".join(_row(source) for source in content.sources)
    packs = "".join(_pack(pack) for pack in content.packs)
    return (
        f"<h2>Intended use</h2><p>{escape(content.intended_use)}</p>"
        f"<h2>Limits</h2><ul>{limits}</ul>"
        "<h2>Sources</h2><table><thead><tr><th>Source</th><th>Year</th><th>Citation</th>"
        f"<th>What we have read of it</th></tr></thead><tbody>{rows}</tbody></table>"
        f"<h2>Later evidence</h2>{packs}"
        f"<h2>Versions</h2>{listed(_versions(content))}"
    )


def _versions(content: About) -> dict[str, str]:
    return {
        "Software": f"nelm-cds {content.software_version}",
        "Criteria and papers": content.knowledge_version,
        "Mapping of codes": "; ".join(map(_in_words, content.mapping_sets)) or content.mapping_set,
    }


def _in_words(one: InUse) -> str:
    return f"{one.version} ({one.connections} connection{'' if one.connections == 1 else 's'})"


def _row(source: Source) -> str:
    label = escape(source.label)
    if source.url:
        label = f'<a href="{escape(source.url)}">{label}</a>'
    return (
        f"<tr><td>{label}</td><td>{source.year}</td><td>{escape(source.citation)}</td>"
        f"<td>{escape(source.read or _NOT_HELD)}</td></tr>"
    )


def _pack(pack: LaterEvidence) -> str:
    state = "switched on" if pack.on else "switched off"
    lines = "".join(f"<li>{escape(item)}</li>" for item in pack.items)
    return f"<p>{escape(pack.title)} ({state}):</p><ul>{lines}</ul>"
