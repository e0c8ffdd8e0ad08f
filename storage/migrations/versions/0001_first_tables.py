"""The first tables: heard, owed, read, judged, proposed, shown."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ORDERED = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")
INSTANT = sa.Float(53)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "card_feedback",
        sa.Column("id", KEY, nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("outcome_timestamp", sa.Text(), nullable=False),
        sa.Column("accepted_suggestions", sa.Text(), nullable=False),
        sa.Column("override_reason_code", sa.Text(), nullable=True),
        sa.Column("override_reason_system", sa.Text(), nullable=True),
        sa.Column("user_comment", sa.Text(), nullable=True),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_card_feedback"),
        sa.UniqueConstraint(
            "card",
            "connection",
            "outcome",
            "outcome_timestamp",
            "accepted_suggestions",
            name="uq_card_feedback_answer",
        ),
    )
    op.create_table(
        "cards_shown",
        sa.Column("uuid", sa.Text(), nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("hook_instance", sa.Text(), nullable=False),
        sa.Column("patient", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("order", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("indicator", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=True),
        sa.Column("suggestions", sa.Text(), nullable=False),
        sa.Column("shown_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("uuid", name="pk_cards_shown"),
    )
    op.create_index(
        "ix_cards_shown_patient", "cards_shown", ["connection", "patient", "shown_at"], unique=False
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("until", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "notifications",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("fhir_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("last_updated", sa.Text(), nullable=True),
        sa.Column("interaction", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("subscription", sa.Text(), nullable=True),
        sa.Column("event_number", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("available_at", INSTANT, nullable=False),
        sa.Column("taker", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'taken', 'done', 'buried', 'poison')",
            name=op.f("ck_notifications_state"),
        ),
        sa.PrimaryKeyConstraint("id", name="pk_notifications"),
    )
    op.create_index(
        "ix_notifications_due",
        "notifications",
        ["available_at", "id"],
        unique=False,
        **_where("state IN ('waiting', 'taken')"),
    )
    op.create_index(
        "ix_notifications_kept",
        "notifications",
        ["state", "id"],
        unique=False,
        **_where("state IN ('buried', 'poison')"),
    )
    op.create_index(
        "uq_notifications_version",
        "notifications",
        ["connection", "type", "fhir_id", "version"],
        unique=True,
        **_where("version IS NOT NULL"),
    )
    op.create_index(
        "uq_notifications_waiting",
        "notifications",
        ["connection", "type", "fhir_id"],
        unique=True,
        **_where("version IS NULL AND state = 'waiting'"),
    )
    op.create_table(
        "patients",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("sign", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("added_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_patients"),
    )
    op.create_table(
        "subscriptions",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("subscription", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=True),
        sa.Column("last_heard_at", INSTANT, nullable=False),
        sa.Column("seen_up_to", sa.BigInteger(), nullable=True),
        sa.Column("seen_beyond", sa.Text(), server_default="[]", nullable=False),
        sa.Column("restarted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("gap_since", INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("connection", "subscription", name="pk_subscriptions"),
    )
    op.create_table(
        "watermarks",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("resource_type", sa.Text(), nullable=False),
        sa.Column("last_updated", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "resource_type", name="pk_watermarks"),
    )
    op.create_table(
        "assessments",
        sa.Column("id", KEY, nullable=False),
        sa.Column("patient", KEY, nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Text(), nullable=False),
        sa.Column("valid_until", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("knowledge_version", sa.Text(), nullable=False),
        sa.Column("mapping_set", sa.Text(), nullable=False),
        sa.Column("recorded_at", INSTANT, nullable=False),
        sa.Column("latest", sa.Boolean(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name="fk_assessments_patient"),
        sa.PrimaryKeyConstraint("id", name="pk_assessments"),
    )
    op.create_index("ix_assessments_patient", "assessments", ["patient", "id"], unique=False)
    op.create_index(
        "ix_assessments_valid_until",
        "assessments",
        ["valid_until"],
        unique=False,
        **_where("latest IS TRUE"),
    )
    op.create_index(
        "uq_assessments_latest", "assessments", ["patient"], unique=True, **_where("latest IS TRUE")
    )
    op.create_table(
        "jobs",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("patient", KEY, nullable=False),
        sa.Column("wanted", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("available_at", INSTANT, nullable=False),
        sa.Column("taker", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "state IN ('waiting', 'taken', 'done', 'buried')", name=op.f("ck_jobs_state")
        ),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name="fk_jobs_patient"),
        sa.PrimaryKeyConstraint("kind", "patient", name="pk_jobs"),
    )
    op.create_index(
        "ix_jobs_buried", "jobs", ["kind", "patient"], unique=False, **_where("state = 'buried'")
    )
    op.create_index(
        "ix_jobs_due",
        "jobs",
        ["kind", "available_at", "patient"],
        unique=False,
        **_where("state IN ('waiting', 'taken')"),
    )
    op.create_table(
        "patient_aliases",
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("fhir_id", sa.Text(), nullable=False),
        sa.Column("patient", KEY, nullable=False),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name="fk_patient_aliases_patient"),
        sa.PrimaryKeyConstraint("connection", "fhir_id", name="pk_patient_aliases"),
    )
    op.create_index("ix_patient_aliases_patient", "patient_aliases", ["patient"], unique=False)
    op.create_table(
        "proposals",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("patient", KEY, nullable=False),
        sa.Column("strategy", sa.Text(), nullable=False),
        sa.Column("careplan", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ehr_reference", sa.Text(), nullable=True),
        sa.Column("ehr_version", sa.Text(), nullable=True),
        sa.Column("ehr_status", sa.Text(), nullable=True),
        sa.Column("updated_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "state IN ('ready', 'written', 'superseded', 'gone')", name=op.f("ck_proposals_state")
        ),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name="fk_proposals_patient"),
        sa.PrimaryKeyConstraint("id", name="pk_proposals"),
        sa.UniqueConstraint("connection", "identifier", name="uq_proposals_connection_identifier"),
    )
    op.create_index(
        "ix_proposals_ehr_reference", "proposals", ["connection", "ehr_reference"], unique=False
    )
    op.create_index("ix_proposals_patient", "proposals", ["patient"], unique=False)
    op.create_table(
        "resources",
        sa.Column("id", KEY, nullable=False),
        sa.Column("connection", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("fhir_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("last_updated", sa.Text(), nullable=True),
        sa.Column("patient", KEY, nullable=True),
        sa.Column("patient_fhir_id", sa.Text(), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("deleted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("kept_at", INSTANT, nullable=False),
        sa.Column("not_understood", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["patient"], ["patients.id"], name="fk_resources_patient"),
        sa.PrimaryKeyConstraint("id", name="pk_resources"),
        sa.UniqueConstraint(
            "connection", "type", "fhir_id", name="uq_resources_connection_type_fhir_id"
        ),
    )
    op.create_index(
        "ix_resources_patient", "resources", ["patient"], unique=False, **_where("deleted IS FALSE")
    )
    op.create_table(
        "statements",
        sa.Column("resource", KEY, nullable=False),
        sa.Column("ordinal", sa.Integer(), nullable=False),
        sa.Column("patient", KEY, nullable=False),
        sa.Column("fact", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("effective", sa.Text(), nullable=True),
        sa.Column("effective_key", ORDERED, nullable=False),
        sa.Column("last_updated", sa.Text(), nullable=True),
        sa.Column("updated_key", ORDERED, nullable=False),
        sa.Column("source", ORDERED, nullable=False),
        sa.Column("version", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("mapping", sa.Text(), nullable=True),
        sa.Column("flags", sa.Text(), nullable=True),
        sa.Column("upper_limit", INSTANT, nullable=True),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["resource"], ["resources.id"], name="fk_statements_resource"),
        sa.PrimaryKeyConstraint("resource", "ordinal", name="pk_statements"),
    )
    op.create_index(
        "ix_statements_current",
        "statements",
        ["patient", "fact"],
        unique=False,
        **_where("current IS TRUE"),
    )
    op.create_index(
        "ix_statements_history",
        "statements",
        ["patient", "fact", "effective_key", "updated_key", "source", "ordinal"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("statements")
    op.drop_table("resources")
    op.drop_table("proposals")
    op.drop_table("patient_aliases")
    op.drop_table("jobs")
    op.drop_table("assessments")
    op.drop_table("watermarks")
    op.drop_table("subscriptions")
    op.drop_table("patients")
    op.drop_table("notifications")
    op.drop_table("leases")
    op.drop_table("cards_shown")
    op.drop_table("card_feedback")
