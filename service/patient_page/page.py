"""`GET /staging/{link}`: the staging of the one patient a signed link names, to read and print."""

from datetime import datetime
from importlib.metadata import version

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from nelm.said_otherwise import otherwise_lines
from nelm.staging_words import STRATEGY_WORDS, staging_line
from nelm.wording import sentence
from service.cds_hooks.prefetch import NOTHING
from service.cds_hooks.proposal_summary import proposal_summary
from service.cds_hooks.record import Record, Standing, see_record
from service.cds_hooks.staging_text import unread_words
from service.links import named_by
from service.pages import page
from service.parts import Parts, parts_of
from service.patient_page import sections
from service.patient_page.marks import LEGEND
from service.patient_page.options import option_groups
from service.patient_page.reading import Known, read_kept, who_is
from service.patient_page.renewal import judged_again
from service.patient_page.timeline import axis_of, lanes
from service.patient_page.to_confirm import candidates
from service.patient_page.trends import HEIGHT, trends
from service.reads import note_record_read
from service.seals import Expired, Forged
from service.templating import rendered

_AGAIN = "Open the chart in the EHR again: its card has a new link."
_NEVER_KEPT = {"Cache-Control": "no-store"}
_NOTHING_ELSE = {
    Standing.NO_NELM: (
        "No neuroendocrine liver metastases are on file",
        "The conditions that were read show none. Nothing was judged.",
    ),
    Standing.WAITING: (
        "The first assessment is not finished",
        "The record points to a neuroendocrine tumor or liver metastases and is being read. "
        "Nothing has been judged yet. Load this page again in a minute.",
    ),
    Standing.UNREAD: (
        "The record could not be read",
        "It is not known whether there are neuroendocrine liver metastases. Nothing was judged.",
    ),
}


async def show_staging(request: Request) -> Response:
    """The page; 410 where the link has ended or the patient is gone, 403 where it is not ours."""
    parts = parts_of(request)
    now = parts.clock()
    try:
        if not parts.seals.ready:
            await run_in_threadpool(parts.seals.start)
        connection, key = named_by(parts.seals, request.path_params["link"], now.timestamp())
    except Forged:
        parts.metrics.count("nelm_staging_pages_total", outcome="forged")
        return _instead("This link is not one of ours", _AGAIN, 403)
    except Expired:
        parts.metrics.count("nelm_staging_pages_total", outcome="ended")
        return _instead("This link has ended", f"Links open for minutes only. {_AGAIN}", 410)
    known = await run_in_threadpool(who_is, parts.database, connection, key)
    if known is None or connection not in parts.settings.connections:
        reason = "The record was merged with another one, or removed."
        return _instead("This link leads to no patient any more", f"{reason} {_AGAIN}", 410)
    configured = parts.settings.connections[connection]
    stored = parts.stored.look_up(connection, known.fhir_ids[0]).known
    record = see_record(parts, configured, stored, NOTHING)
    if record.standing is not Standing.JUDGED:
        return _instead(*_NOTHING_ELSE[record.standing], 200)
    parts.metrics.count("nelm_staging_pages_total", outcome="shown")
    note_record_read("staging-page", connection, key, "signed-link")
    return await run_in_threadpool(_staging, parts, known, key, record, now)


def _instead(title: str, lead: str, status: int) -> Response:
    return page(title, lead, "", status=status, headers=_NEVER_KEPT)


def _staging(parts: Parts, known: Known, key: int, record: Record, now: datetime) -> Response:
    assessment = record.judged()
    kept = read_kept(parts.database, known, key, assessment)
    axis = axis_of(assessment, kept.series)
    return rendered(
        "patient_page.html",
        title=proposal_summary(record, assessment),
        lead=f"{staging_line(assessment.staging, assessment.facts)}.",
        strategy=sentence(STRATEGY_WORDS[assessment.strategy]),
        known=known,
        age_and_sex=sections.age_and_sex(assessment),
        printed=now.strftime("%Y-%m-%d %H:%M UTC"),
        assessment=assessment,
        judged_again=judged_again(assessment),
        unread=unread_words(record.unread) if record.unread else "",
        otherwise=otherwise_lines(record.otherwise(), str),
        kept=kept,
        groups=option_groups(assessment),
        legend=LEGEND,
        staging=sections.staging_rows(assessment),
        remarks=sections.remarks(assessment),
        outlook=sections.outlook(assessment),
        missing=sections.missing_rows(assessment, record.candidates),
        work_up=sections.work_up_rows(assessment),
        facts=sections.fact_rows(assessment),
        candidates=candidates(record.candidates, assessment),
        conflicts=sections.disagreements(assessment),
        sources=sections.sources(assessment),
        axis=axis,
        ticks=axis.ticks() if axis is not None else (),
        lanes=lanes(assessment, kept.series, axis),
        trends=trends(kept.series, axis),
        trend_height=HEIGHT,
        software=version("nelm-cds"),
        mapping_set=parts.rules.of(known.connection).version,
    )
