"""Words that patterns of several subjects share: the tumor, organs, operations, drugs."""

from __future__ import annotations

import re

from fhir_mappings.reports.rules import (
    Given,
    Gives,
)

NET = (
    r"(?:(?<!non-)neuroendocrine (?:tumou?rs?|neoplasms?|neoplasia)|(?<!\w)p?net(?:s)?(?![\w-])"
    r"|neuroendokrine[rns]? (?:tumor(?:s|en)?|neoplasien?)|carcinoids?(?: tumou?rs?)?"
    r"|(?<!\w)nen(?![\w-])"
    r"|karzinoid(?:e|s)?\b)"
)
CARCINOMA = r"(?:neuroendocrine carcinomas?|neuroendokrine[sn]? karzinom(?:s|e)?)"
LIVER = r"(?:liver|hepatic|intrahepatic|intra-hepatic)"
WHIPPLE = (
    r"whipple(?:'s)?(?: procedure| operation| resection)?|pancreat(?:ic)?o-?duodenectomy|pppd"
    r"|traverso-longmire"
)
SSA = (
    r"(?:octreotide(?! (?:scan|scinti|infusion|spect|drip|s\.?c\b|challenge|test"
    r"|perfusor))(?: lar| depot| acetate)?"
    r"|lanreotide(?: autogel| depot)?|sandostatin(?: lar)?|somatuline(?: autogel| depot)?"
    r"|(?:long-acting )?somatostatin analog(?:ue)?s?|ssas?|octreotid(?! scan)|lanreotid)"
)
SITES: tuple[tuple[str, str], ...] = (
    ("pancreas", r"pancrea(?:s|tic)(?: (?:head|tail|body|neck|uncinate\w*))?|pnet\b|pankrea\w+"),
    ("duodenum", r"duoden(?:um|al|ums?)|ampull(?:a|ary)(?: of vater)?|periampullary"),
    ("jejunum", r"jejun(?:um|al)"),
    ("ileum", r"(?:terminal |distal )?ile(?:um|al)|(?:terminale[ns]? )?ileums?"),
    ("small_bowel", r"small[ -](?:bowel|intestin(?:e|al))|dünndarm\w*|sinet\b"),
    ("stomach", r"gastric|stomach|magens?"),
    ("appendix", r"appendi(?:x|ceal)"),
    ("colon", r"colon(?:ic)?|c(?:a)?ec(?:um|al)|sigmoid|kolons?|zökum\w*"),
    ("rectum", r"rect(?:um|al)|rektum\w*"),
    ("lung", r"lung|pulmonary|bronchial|bronchopulmonary|bronchus|lungen?"),
    ("thymus", r"thym(?:us|ic)"),
    ("biliary", r"biliary|bile duct|gallbladder|extrahepatic bile duct"),
)


def none_at_all(fact: str, value: str) -> Gives:
    """ "No significant", "no new", "no further" do not say that there is none."""
    given = (Given(fact, value),)
    return lambda match, place: given if is_unqualified(match) else ()


def is_unqualified(match: re.Match[str]) -> bool:
    before = match.string[max(0, match.start() - 60) : match.start()]
    return not re.search(
        r"\b(?:significant|signifikant\w*|relevant\w*|nennenswert\w*|größer\w*|large|new"
        r"|further|additional|other|gross|tense|increas\w+|more"
        r"|progressive|worsening|malignant|clinically|massive|sizeable|major|bulky|recurrent"
        r"|evidence of progression|weitere\w*|neue\w*|wesentlich\w*)\b[^,;]{0,40}$",
        before,
    )
