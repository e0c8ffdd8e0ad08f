"""The questions that criteria of several options are built from: grade, spread, history."""

from __future__ import annotations

from nelm.case import Case
from nelm.logic import Kleene
from nelm.predicates import (
    Predicate,
    all_of,
    any_of,
    at_most,
    contains,
    equals,
    is_true,
    judged,
    known,
    less_than,
    negated,
    one_of,
    unknown_as,
)

CHEMOTHERAPY = ("captem", "streptozocin_based", "platinum_etoposide", "oxaliplatin_based")
TARGETED = ("everolimus", "sunitinib", "cabozantinib", "interferon", "bevacizumab")
ANTINEOPLASTIC = CHEMOTHERAPY + TARGETED
EMBOLIZATIONS = ("tae", "tace", "deb_tace", "tare")
PETS = ("ga68_pet", "cu64_pet")
RESECTED = ("resected_r0", "resected_r1", "resected_r2", "resected")
PORTAL_PRIMARIES = (
    "stomach", "duodenum", "pancreas", "jejunum", "ileum", "small_bowel", "appendix", "colon",
)  # fmt: skip
MIDGUT = ("jejunum", "ileum", "small_bowel", "appendix")

# While it may be a carcinoma (G3_or_NEC), G1/G2 is not met and the other two are unknown.
LOW_GRADE = is_true("staging.low_grade")
WELL_DIFFERENTIATED_G3 = is_true("staging.well_g3")
CARCINOMA = is_true("staging.nec")
WELL_DIFFERENTIATED_ANY_GRADE = any_of(LOW_GRADE, WELL_DIFFERENTIATED_G3)
RESECTABLE_BY_GRADE = any_of(
    LOW_GRADE,
    all_of(WELL_DIFFERENTIATED_G3, less_than("staging.ki67", parameter="hepatectomy_g3_ki67_max")),
)

EXTRAHEPATIC_NONE = is_true("staging.extrahepatic_none")
EXTRAHEPATIC_PRESENT = is_true("staging.extrahepatic_disease_present")
CARCINOID = equals("functional_syndrome", "carcinoid")
PROGRESSION = is_true("staging.progression")
CALM = is_true("staging.calm")
FUNCTIONAL = is_true("staging.functional")
UNCONTROLLED = is_true("staging.functional_uncontrolled")
SYMPTOMATIC = is_true("staging.symptomatic")
LIVER_CLEAR = is_true("staging.clear_liver")
CHILD_PUGH_C = is_true("staging.child_pugh_at_least_c")
LIVER_FUNCTION_IMPAIRED = is_true("staging.synthetic_function_compromised")
NOT_A_RESECTION_CANDIDATE = one_of("staging.resection_candidacy", ("not_candidate", "possible"))
RESECTION_POSSIBLE = equals("staging.resection_candidacy", "possible")


def primary_is(*sites: str) -> Predicate:
    """The primary lies in one of the sites; unknown if it is stated to be unknown."""

    def judge(case: Case) -> Kleene:
        site = case.value("primary_site")
        return None if site is None or site == "unknown" else site in sites

    judge.__doc__ = f"the primary is in {' or '.join(sites)}; stated as unknown leaves it open"
    return judged(judge, reads=("primary_site",))


def given(*therapies: str) -> Predicate:
    """One of the therapies is in the treatment history; unknown without a history."""
    return contains("staging.previous_therapies", *therapies)


def extrahepatic_is(*wanted: str) -> Predicate:
    """The class is one of those wanted; disease of unknown amount leaves it open."""

    def judge(case: Case) -> Kleene:
        spread = case.staging.extrahepatic_class
        return None if spread is None or spread == "present_unquantified" else spread in wanted

    judge.__doc__ = f"the class is {' or '.join(wanted)}; an amount not stated leaves it open"
    return judged(judge, reads=("staging.extrahepatic_class",))


def open_verdict(option: str) -> Predicate:
    """The option was judged eligible or conditional; unknown while it cannot be judged itself."""
    return one_of(
        f"verdict.{option}", ("eligible", "conditional"), left_open_by=("insufficient_data",)
    )


def fit_for_surgery(ecog_parameter: str) -> Predicate:
    """A surgeon's own statement of fitness wins over the ECOG status."""
    return any_of(
        unknown_as(is_true("fit_for_major_surgery"), False),
        all_of(negated(known("fit_for_major_surgery")), at_most("ecog", parameter=ecog_parameter)),
    )


def unless_none_reported(fact: str, present: Predicate) -> Predicate:
    """As `present`; where the fact is missing, a report of no extrahepatic disease rules it out."""
    none_reported = unknown_as(equals("extrahepatic_disease", "none"), False)
    return all_of(present, any_of(known(fact), negated(none_reported)))
