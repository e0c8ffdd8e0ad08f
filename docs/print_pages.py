"""Prints the pages that come from the code; `--check` says which of them are stale instead.

Run by `make docs` and, with `--check`, by `make check`.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from docs.cards_page import cards_page
from docs.cds_hooks_page import cds_hooks_page
from docs.client_profiles_page import client_profiles_page
from docs.clinical_pages import criteria_page, parameters_page
from docs.configuration_page import configuration_page
from docs.facts_from_fhir_page import facts_from_fhir_page
from docs.report_words_page import report_words_page
from docs.worked_cases_page import worked_cases_page

HERE = Path(__file__).resolve().parent
PAGES: dict[Path, Callable[[], str]] = {
    HERE / "clinical" / "criteria.md": criteria_page,
    HERE / "clinical" / "parameters.md": parameters_page,
    HERE / "clinical" / "worked-cases.md": worked_cases_page,
    HERE / "clinical" / "facts-from-fhir.md": facts_from_fhir_page,
    HERE / "clinical" / "report-words.md": report_words_page,
    HERE / "configuration.md": configuration_page,
    HERE / "cards.md": cards_page,
    HERE / "cds-hooks-conformance.md": cds_hooks_page,
    HERE / "client-profiles.md": client_profiles_page,
}


def main() -> int:
    """0 done or fresh; 1 with the stale pages named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail on stale pages")
    check = parser.parse_args().check
    stale = []
    for file, page in PAGES.items():
        text = page()
        if file.exists() and file.read_text(encoding="utf-8") == text:
            continue
        stale.append(file.relative_to(HERE.parent))
        if not check:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    if check and stale:
        names = ", ".join(map(str, stale))
        sys.stderr.write(f"Stale pages: {names}. Print them again: make docs\n")
        return 1
    sys.stdout.write(f"{len(PAGES)} pages {'are fresh' if not stale else 'printed'}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
