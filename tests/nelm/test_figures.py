"""Laboratory values in words: the digits of a report, and no more."""

import pytest

from nelm.figures import figure
from nelm.labels import fact_phrase


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("bilirubin_mg_dl", 0.818713, "0.8"),
        ("inr", 1, "1.0"),
        ("albumin_g_dl", 4, "4.0"),
        ("egfr_ml_min_1_73m2", 71.62, "72"),
        ("platelets_10e9_l", 180, "180"),
        ("urine_5hiaa_mg_24h", 59.2734, "59"),
        ("urine_5hiaa_mg_24h", 32.5, "33"),
        ("urine_5hiaa_mg_24h", 5.44, "5.4"),
        ("chromogranin_a_ng_ml", 1210, "1210"),
        ("chromogranin_a_ng_ml", 123456.7, "123457"),
        ("largest_liver_lesion_mm", 41.5, "41.5"),
    ],
)
def test_a_value_has_the_digits_that_a_report_writes(name: str, value: float, words: str) -> None:
    assert figure(name, value) == words


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("bilirubin_mg_dl", 2.04, "2.04"),
        ("bilirubin_mg_dl", 1.97, "1.97"),
        ("inr", 1.72, "1.72"),
        ("egfr_ml_min_1_73m2", 29.7, "29.7"),
        ("bilirubin_mg_dl", 2.0000001, "2.0000001"),
    ],
)
def test_a_value_beside_a_limit_keeps_the_digits_that_tell_its_side(
    name: str, value: float, words: str
) -> None:
    assert figure(name, value) == words


def test_a_phrase_uses_them() -> None:
    assert fact_phrase("bilirubin_mg_dl", 0.818713) == "bilirubin 0.8 mg/dL"
