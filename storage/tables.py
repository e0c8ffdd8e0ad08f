"""Every table, in the order of the story: heard, owed, read, judged, proposed, shown.

Seen by storage alone. Instants are Unix seconds; what an EHR sent as text stays text.
"""

import sqlalchemy as sa
from sqlalchemy import Boolean, CheckConstraint, Column, Float, ForeignKey, Index, LargeBinary, Text

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only where the key is called INTEGER.
Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Instant = Float(53)
# Ordered by code point everywhere, as Python does, whatever the server's locale.
Ordered = Text(collation="C").with_variant(Text(), "sqlite")

# Worded as in the partial indexes, so that SQLite sees that they apply.
IS_CURRENT: sa.ColumnElement[bool] = sa.literal_column("statements.current IS TRUE")
IS_LATEST: sa.ColumnElement[bool] = sa.literal_column("assessments.latest IS TRUE")
NOT_DELETED: sa.ColumnElement[bool] = sa.literal_column("resources.deleted IS FALSE")


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    clause = sa.text(where)
    return Index(name, *columns, unique=unique, sqlite_where=clause, postgresql_where=clause)


# --- Who ----------------------------------------------------------------------------------------

patients = sa.Table(
    "patients",
    metadata,
    Column("id", Key, primary_key=True),
    Column("connection", Text, nullable=False),
    Column("sign", Boolean, nullable=False, server_default=sa.false()),
    Column("added_at", Instant, nullable=False),
    Column("unread_types", Text),
)

patient_aliases = sa.Table(
    "patient_aliases",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("fhir_id", Text, primary_key=True),
    Column("patient", Key, ForeignKey("patients.id"), nullable=False, index=True),
    # When the record of that id was merged into another one's.
    Column("merged_at", Instant),
)

# --- Heard: what the EHR told us ----------------------------------------------------------------

notifications = sa.Table(
    "notifications",
    metadata,
    Column("id", Key, primary_key=True),
    Column("connection", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("fhir_id", Text, nullable=False),
    Column("version", Text),
    Column("last_updated", Text),
    Column("interaction", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("subscription", Text),
    Column("event_number", sa.BigInteger),
    Column("body", LargeBinary),
    Column("state", Text, nullable=False),
    Column("attempts", sa.Integer, nullable=False, server_default="0"),
    Column("unanswered", sa.Integer, nullable=False, server_default="0"),
    Column("error", Text),
    Column("received_at", Instant, nullable=False),
    Column("available_at", Instant, nullable=False),
    Column("taker", Text),
    # Whose resource could not be read so far; empty while nothing went wrong.
    Column("patient", Key),
    CheckConstraint("state IN ('waiting', 'taken', 'done', 'buried', 'poison')", name="state"),
    _partial(
        "uq_notifications_version",
        "connection",
        "type",
        "fhir_id",
        "version",
        where="version IS NOT NULL",
        unique=True,
    ),
    _partial(
        "uq_notifications_waiting",
        "connection",
        "type",
        "fhir_id",
        where="version IS NULL AND state = 'waiting'",
        unique=True,
    ),
    # The queue: as long as what is open, not as what ever came.
    _partial("ix_notifications_due", "available_at", "id", where="state IN ('waiting', 'taken')"),
    _partial("ix_notifications_kept", "state", "id", where="state IN ('buried', 'poison')"),
    _partial("ix_notifications_patient", "patient", where="patient IS NOT NULL"),
)

subscriptions = sa.Table(
    "subscriptions",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("subscription", Text, primary_key=True),
    Column("status", Text),
    Column("last_heard_at", Instant, nullable=False),
    Column("seen_up_to", sa.BigInteger),
    Column("seen_beyond", Text, nullable=False, server_default="[]"),
    Column("restarted", Boolean, nullable=False, server_default=sa.false()),
    Column("gap_since", Instant),
)

watermarks = sa.Table(
    "watermarks",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("resource_type", Text, primary_key=True),
    Column("last_updated", Text, nullable=False),
)

# --- Owed: what workers still have to do --------------------------------------------------------

jobs = sa.Table(
    "jobs",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("patient", Key, ForeignKey("patients.id"), primary_key=True),
    Column("wanted", sa.BigInteger, nullable=False, server_default="1"),
    Column("state", Text, nullable=False),
    Column("attempts", sa.Integer, nullable=False, server_default="0"),
    Column("unanswered", sa.Integer, nullable=False, server_default="0"),
    Column("error", Text),
    Column("available_at", Instant, nullable=False),
    Column("taker", Text),
    CheckConstraint("state IN ('waiting', 'taken', 'done', 'buried')", name="state"),
    _partial(
        "ix_jobs_due", "kind", "available_at", "patient", where="state IN ('waiting', 'taken')"
    ),
    _partial("ix_jobs_buried", "kind", "patient", where="state = 'buried'"),
)

leases = sa.Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", Instant, nullable=False),
)

# --- Used: tokens of hook callers, as digests; each counts once ---------------------------------

replays = sa.Table(
    "replays",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("until", Instant, nullable=False, index=True),
)

# --- Read: resource versions and what they state ------------------------------------------------

resources = sa.Table(
    "resources",
    metadata,
    Column("id", Key, primary_key=True),
    Column("connection", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("fhir_id", Text, nullable=False),
    Column("version", Text),
    Column("last_updated", Text),
    Column("patient", Key, ForeignKey("patients.id")),
    Column("patient_fhir_id", Text),
    Column("origin", Text, nullable=False),
    Column("deleted", Boolean, nullable=False, server_default=sa.false()),
    Column("kept_at", Instant, nullable=False),
    Column("not_understood", Text),
    Column("body", LargeBinary),
    # When the EHR itself last said so; empty where only notifications did.
    Column("confirmed_at", Instant),
    sa.UniqueConstraint("connection", "type", "fhir_id"),
    _partial("ix_resources_patient", "patient", where="deleted IS FALSE"),
    _partial(
        "ix_resources_not_understood",
        "patient",
        "id",
        where="deleted IS FALSE AND not_understood IS NOT NULL",
    ),
)

statements = sa.Table(
    "statements",
    metadata,
    Column("resource", Key, ForeignKey("resources.id"), primary_key=True),
    Column("ordinal", sa.Integer, primary_key=True),
    Column("patient", Key, nullable=False),
    Column("fact", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("unit", Text),
    Column("effective", Text),
    Column("effective_key", Ordered, nullable=False),
    Column("last_updated", Text),
    Column("updated_key", Ordered, nullable=False),
    Column("source", Ordered, nullable=False),
    Column("version", Text),
    Column("status", Text, nullable=False),
    Column("mapping", Text),
    Column("flags", Text),
    Column("upper_limit", Float(53)),
    Column("current", Boolean, nullable=False),
    Index(
        "ix_statements_history",
        "patient",
        "fact",
        "effective_key",
        "updated_key",
        "source",
        "ordinal",
    ),
    _partial("ix_statements_current", "patient", "fact", where="current IS TRUE"),
)

# --- Judged -------------------------------------------------------------------------------------

assessments = sa.Table(
    "assessments",
    metadata,
    Column("id", Key, primary_key=True),
    Column("patient", Key, ForeignKey("patients.id"), nullable=False),
    Column("strategy", Text, nullable=False),
    Column("as_of", Text, nullable=False),
    Column("valid_until", Text),
    Column("digest", Text, nullable=False),
    Column("knowledge_version", Text, nullable=False),
    Column("mapping_set", Text, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("latest", Boolean, nullable=False),
    Column("judgement", Text),
    Column("document", LargeBinary, nullable=False),
    Index("ix_assessments_patient", "patient", "id"),
    _partial("uq_assessments_latest", "patient", where="latest IS TRUE", unique=True),
    _partial("ix_assessments_valid_until", "valid_until", where="latest IS TRUE"),
    _partial(
        "ix_assessments_knowledge_version",
        "knowledge_version",
        "patient",
        where="latest IS TRUE",
    ),
)

rulebooks = sa.Table(
    "rulebooks",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("document", LargeBinary, nullable=False),
    Column("kept_at", Instant, nullable=False),
)

# --- Proposed -----------------------------------------------------------------------------------

proposals = sa.Table(
    "proposals",
    metadata,
    Column("id", Key, primary_key=True),
    Column("connection", Text, nullable=False),
    Column("identifier", Text, nullable=False),
    Column("patient", Key, ForeignKey("patients.id"), nullable=False, index=True),
    Column("strategy", Text, nullable=False),
    Column("careplan", LargeBinary, nullable=False),
    Column("digest", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("ehr_reference", Text),
    Column("ehr_version", Text),
    Column("ehr_status", Text),
    Column("updated_at", Instant, nullable=False),
    Column("ehr_digest", Text),
    sa.UniqueConstraint("connection", "identifier"),
    CheckConstraint("state IN ('ready', 'written', 'superseded', 'gone')", name="state"),
    Index("ix_proposals_ehr_reference", "connection", "ehr_reference"),
)

# --- Shown --------------------------------------------------------------------------------------

cards_shown = sa.Table(
    "cards_shown",
    metadata,
    Column("uuid", Text, primary_key=True),
    Column("connection", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("hook_instance", Text, nullable=False),
    Column("patient", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("order", Text),
    Column("digest", Text, nullable=False),
    Column("indicator", Text, nullable=False),
    Column("user", Text),
    Column("suggestions", Text, nullable=False),
    Column("shown_at", Instant, nullable=False),
    Column("proposal", Text),
    Index("ix_cards_shown_patient", "connection", "patient", "shown_at"),
)

# No foreign key: an answer may come before its card was written.
card_feedback = sa.Table(
    "card_feedback",
    metadata,
    Column("id", Key, primary_key=True),
    Column("card", Text, nullable=False),
    Column("connection", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("outcome_timestamp", Text, nullable=False),
    Column("accepted_suggestions", Text, nullable=False),
    Column("override_reason_code", Text),
    Column("override_reason_system", Text),
    Column("user_comment", Text),
    Column("received_at", Instant, nullable=False),
    sa.UniqueConstraint(
        "card",
        "connection",
        "outcome",
        "outcome_timestamp",
        "accepted_suggestions",
        name="uq_card_feedback_answer",
    ),
)

# --- Our own ------------------------------------------------------------------------------------

kept_secrets = sa.Table(
    "kept_secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# --- Meant: what an institution says its codes mean, and what nobody has said yet ----------------

mapping_layers = sa.Table(
    "mapping_layers",
    metadata,
    Column("id", Key, primary_key=True),
    Column("connection", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("note", Text),
    Column("author", Text),
    Column("imported_at", Instant, nullable=False),
    Column("active", Boolean, nullable=False),
    sa.UniqueConstraint("connection", "version"),
    _partial("uq_mapping_layers_active", "connection", where="active IS TRUE", unique=True),
)

# Which mapping set a connection's records were last read with.
mapping_sets_in_force = sa.Table(
    "mapping_sets_in_force",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("version", Text, nullable=False),
    Column("since", Instant, nullable=False),
)

unmapped_codes = sa.Table(
    "unmapped_codes",
    metadata,
    Column("connection", Text, primary_key=True),
    Column("type", Text, primary_key=True),
    Column("system", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("reason", Text, primary_key=True),
    Column("display", Text),
    Column("shape", Text),
    Column("seen", sa.BigInteger, nullable=False),
    Column("first_seen_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
)
