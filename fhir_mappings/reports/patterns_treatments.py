"""Patterns for treatments given and what the disease progressed on.

A treatment counts when it is told as given; offered, declined and planned ones are not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fhir_mappings.reports.quantities import number
from fhir_mappings.reports.rules import (
    Given,
    Place,
    Rule,
    sentence_lacks,
    words,
)
from fhir_mappings.reports.vocabulary import SSA

_LUTETIUM = r"(?:\[?177\]?[ -]?lu|lu[ -]?\[?177\]?|lutetium(?: \(177lu\))?)"


_THERAPIES: tuple[tuple[str, str], ...] = (
    ("ssa", SSA),
    (
        "prrt",
        rf"prrt|lutathera|peptidrezeptor-?radio\w+|radioligandentherapie"
        rf"|peptide[- ]receptor radio\w+(?: therapy)?"
        rf"|{_LUTETIUM}[ -]{{0,2}}(?:dota-?\w+|oxodotreotide|edotreotide|dota)",
    ),
    ("everolimus", r"everolimus(?!-eluting)|afinitor"),
    ("sunitinib", r"sunitinib|sutent"),
    ("cabozantinib", r"cabozantinib|cabometyx"),
    (
        "captem",
        r"captem|cap ?/ ?tem|capecitabine(?: ?/ ?| and | plus | with | \+ )temozolomide"
        r"|temozolomide(?: ?/ ?| and | plus | with | \+ )capecitabine",
    ),
    (
        "streptozocin_based",
        r"strepto?zo(?:to)?cin[ /+]{1,3}(?:and |plus |with )?5-?fu"
        r"|strepto?zo(?:to)?cin(?: ?[/+] ?5-?fu| and 5-?fu| plus \S{1,16})?|stz ?[/+] ?5-?fu",
    ),
    (
        "platinum_etoposide",
        r"(?:cisplatin|carboplatin|platinum)(?: ?[/+-] ?| and | plus )etoposide"
        r"|etoposide(?: ?[/+-] ?| and | plus )(?:cisplatin|carboplatin)",
    ),
    ("oxaliplatin_based", r"m?folfox(?:-?[46])?|xelox|capox|gemox|folfirinox"),
    (
        "interferon",
        r"(?:peg)?interferon(?![ -]?(?:gamma|γ))(?:[ -]alpha|[ -]alfa|[ -]α)?(?:[ -]2[ab])?",
    ),
    ("bevacizumab", r"bevacizumab|avastin"),
    (
        "tare",
        r"tare|radioemboli[sz]ations?|sirt|selective internal radiotherapy|(?:y-?90|90-?y"
        r"|yttrium-90) (?:radioemboli[sz]ation|microspheres|therapy)",
    ),
    (
        "deb_tace",
        r"deb-?tace|dem-?tace|tace with (?:drug-eluting|doxorubicin-eluting|dc) beads?"
        r"|drug-eluting bead\w*(?: chemoemboli[sz]ation| tace)?",
    ),
    (
        "tace",
        r"(?<!deb-)(?<!deb)c?tace(?! with (?:drug|doxorubicin-el|dc))"
        r"|(?:trans-?arterial )?chemo-?emboli[sz]ations?",
    ),
    (
        "tae",
        r"tae|bland (?:trans-?arterial |hepatic |arterial |liver )*emboli[sz]ations?"
        r"|emboli[sz]ation der (?:\w+ )?leberarterie|trans-?arterial emboli[sz]ations?"
        r"|hepatic artery emboli[sz]ations?",
    ),
    (
        "ablation",
        r"rfa(?! (?:access|puncture|sheath|approach|closure))|mwa|radio-?frequency ablations?"
        r"|microwave ablations?|thermal ablations?"
        r"|cryoablations?|thermoablations?"
        r"|percutaneous ablations?|mikrowellenablation|radiofrequenzablation",
    ),
    (
        "hepatectomy",
        r"(?:right |left |extended |partial |major |central "
        r"|two-stage )*(?:hemi-?)?hepatectom(?:y|ies)|(?:atypical |anatomical |partial "
        r"|wedge )?(?:liver|hepatic) (?:wedge )?resections?"
        r"|(?:liver|hepatic) segmentectomy|bisegmentectomy|trisegmentectomy|(?:left lateral"
        r"|right posterior) sectionectomy|hepatic metastasectomy|liver metastasectomy"
        r"|resection of (?:\w+ )?(?:liver|hepatic) (?:metasta\w+|lesions)|leberteilresektion"
        r"|(?:right |left )?(?:hepatic|liver) lobectomy|hemihepatektomie|hepatektomie",
    ),
    (
        "liver_transplant",
        r"(?:orthotopic )?liver transplant(?:ation)?(?! (?:list|candid|evaluation|assess|waiting))"
        r"|oltx?|lebertransplantation",
    ),
    (
        "sbrt",
        r"sbrt|sabr|stereotactic (?:body |ablative )?radiotherapy"
        r"|stereotactic body radiation(?: therapy)?",
    ),
)


THERAPY = "|".join(f"(?P<{name}>{pattern})" for name, pattern in _THERAPIES)


_CUES = (
    "octreotid",
    "lanreotid",
    "sandostatin",
    "somatuline",
    "analog",
    "ssa",
    "prrt",
    "lu",
    "peptide",
    "everolimus",
    "afinitor",
    "nitinib",
    "zantinib",
    "sutent",
    "cabometyx",
    "captem",
    "temozol",
    "tem",
    "strept",
    "stz",
    "etoposide",
    "folf",
    "elox",
    "capox",
    "gemox",
    "interferon",
    "bevaciz",
    "avastin",
    "tare",
    "emboli",
    "radiolig",
    "peptid",
    "sirt",
    "tace",
    "y-90",
    "tae",
    "rfa",
    "mwa",
    "ablation",
    "hepatect",
    "hepatekt",
    "lobectomy",
    "resection",
    "segmentect",
    "sectionect",
    "metastasect",
    "transplant",
    "sbrt",
    "sabr",
    "stereotactic",
    "bead",
    "yttrium",
    "selective internal",
    "resektion",
    "olt",
)


_CYCLES = r"(?:cycles?|courses?|administrations?|applications?|zyklen|doses|sessions)"


_NUMBER_OF = r"(?P<n>\d{1,2}|one|two|three|four|five|six|eight|ten|twelve)"
_CYCLES_AFTER = re.compile(
    rf"(?:,|:)?[^;,]{{0,30}}?\b{_NUMBER_OF} (?:completed |full )?{_CYCLES}\b"
    rf"|[ ,(]{{1,3}}(?:x ?(?P<x>\d{{1,2}})|(?P<y>\d{{1,2}}) ?x)\b(?! ?\d)"
    rf"|,? \(?cycles? (?:1 ?(?:-|to) ?)?(?P<nth>\d{{1,2}})\b"
)
_CYCLES_BEFORE = re.compile(
    rf"\b{_NUMBER_OF} (?:completed |full )?{_CYCLES} (?:of |mit )?(?:[\w.]+ ){{0,3}}$"
    rf"|\bcycles? (?P<nth>\d{{1,2}})(?:/\d| of \d)? (?:of )?(?:\w+ ){{0,2}}$"
    rf"|\b(?P<x>\d{{1,2}}) ?x (?:\w+ )?$"
)
_RESPONSE_AFTER = re.compile(
    r"[^;]{0,45}?\((?:best response:? ?)?(?P<r>cr|pr|sd|pd)\)"
    r"|[^;.]{0,40}?(?:best response:?|response:?|with|achiev\w+|resulting in|leading to) (?:a )?"
    r"(?P<r2>partial (?:response|remission)|complete (?:response|remission)|stable disease"
    r"|progressive disease|cr|pr|sd|pd)\b"
)
_BEST = {"partial": "PR", "complete": "CR", "stable": "SD", "progressive": "PD"}


def therapy_in(match: re.Match[str]) -> str | None:
    """The therapy of the catalog whose words the match holds."""
    return next((name for name, _ in _THERAPIES if match[name]), None)


def _treatment(match: re.Match[str], place: Place) -> Iterator[Given]:
    name = therapy_in(match)
    if name is None:
        return
    entry: dict[str, Any] = {"therapy": name}
    cycles = _cycles_around(match)
    if cycles is not None and name not in _WITHOUT_CYCLES:
        entry["cycles"] = cycles
    best = _RESPONSE_AFTER.match(match.string, match.end())
    if best:
        word = best["r"] or best["r2"]
        entry["best_response"] = _BEST.get(word.partition(" ")[0], word.upper())
    yield Given("treatment_history", [entry])


_WITHOUT_CYCLES = frozenset(
    {
        "ssa",
        "everolimus",
        "sunitinib",
        "cabozantinib",
        "hepatectomy",
        "liver_transplant",
        "sbrt",
        "ablation",
    }
)


def _cycles_around(match: re.Match[str]) -> int | None:
    low = match.string
    found = _CYCLES_BEFORE.search(low, max(0, match.start() - 50), match.start())
    found = found or _CYCLES_AFTER.match(low, match.end())
    if found is None:
        return None
    return int(number(next(one for one in found.groups() if one)))


_NOT_GIVEN = re.compile(
    r"\b(?:geplant\w*|empf[eo]hl\w*|vorgesehen\w*|indikation|geeignet|eignung|beantrag\w*"
    r"|angebot\w*"
    r"|aufgeklärt|aufklärung|erwogen|abgelehnt|möglich\w*|in frage|wünscht|soll|sollte|könnte|kann"
    r"|alternativ\w*|oder|vor|zur|acromegal\w*|hepatitis|sclerosis|polycystic|tuberous"
    r"|proposed|removable|together with|achievable|naive|na[iï]ve|approv\w+|trial|study|arm"
    r"|randomi[sz]ed"
    r"|criteria|suitab\w+|feasib\w+"
    r"|indicat(?:ed|ion)|possib\w+|accept(?:ed|able)|appl(?:y|ication) for|reimburse\w*"
    r"|fit for|risk"
    r"|complication|explained|informed|consent|list(?:ed)? for|waiting|work-up|simulation|mapping"
    r"|asks?|next|advised|suggest\w*|alternative\w*|instead of|rather than|versus|vs|or|amenable"
    r"|allerg\w+|intravitreal\w*|macula\w*|virtual\w*|flr|crisis|prophyla\w+|cover|bolus"
    r"|peri-?proc\w+"
    r"|peri-?op\w+|intra-?op\w+|an(?:a)?esth\w+|mcg|bleed\w*|h(?:a)?emorrhag\w*|anti"
    r"|barrett\w*|immunosuppress\w*|kidney transplant\w*|compatible with|decid\w+|wish\w*"
    r"|want\w*"
    r"|start(?:ing)? soon|reserved|not used|never|withheld|psma|prostate|candidate|premedic\w*"
    r"|cycles (?:of [\w-]+ )?(?:remain|are left|outstanding)|resec?table|resektabel|resezierbar"
    r"|volumetry|remnant|donor|can be|could|available|not a)\b"
)


_GIVEN_BEFORE = re.compile(
    r"\b(?:after|post|s/p|following|underwent|undergone|undergoing|receiv(?:ed|ing|es)|on"
    r"|under|with"
    r"|start(?:ed|ing)|given|since|previous(?:ly)?|prior|earlier|history of|had|complet(?:ed"
    r"|ion of)"
    r"|continu\w+|tolerat\w+|despite|refractory to|respon\w+ to|last|first|second|third|unter"
    r"|nach|mit"
    r"|z\. ?n\.|erhielt|erhalten|seit|taking|takes|maintenance|repeat(?:ed)?|initial|by"
    r"|treated|then|stopped|discontinued|successful(?:ly)?"
    r"|(?:first|second|third)-stage|progress\w+|failed|failure of|controlled|switched to"
    r"|escalated to|session of|cycles?(?: of)?"
    r"|course(?:s)? of|zyklen|procedure|therapy|treatment|treatments|therapies|operation|op)\b"
    r"(?:[ :,(]{1,2}[\w./%-]{1,14}){0,4}?[ :,(]{1,2}$"
)


_GIVEN_AFTER = re.compile(
    r"[^;]{0,35}?\b(?:performed|specimen|given|completed|started|administered|done|stopped"
    r"|discontinued|ended"
    r"|since|until|(?:19|20)\d\d|\d{1,2}/(?:19|20)?\d\d|\d+ ?mg|q4w|every|monthly|cycles?"
    r"|zyklen|seit"
    r"|(?:to|of) the (?:left|right) (?:hepatic |liver )?(?:lobe|artery)|bis|failed"
    r"|for \d+ (?:months|years|weeks)|session|well tolerated|gy|x ?\d)\b"
)


def _is_given(match: re.Match[str], place: Place) -> bool:
    """The words around it tell that it was done; none that it was only thought of."""
    low = match.string
    first = max(low.rfind(";", 0, match.start()), low.rfind(". ", 0, match.start())) + 1
    last = low.find(";", match.end())
    if _NOT_GIVEN.search(low, first, last if last >= 0 else len(low)):
        return False
    if re.search(
        r"\b(?:for|to|before|towards?|about|regarding|whether|no|pre)[ -](?:[\w-]+ )?$",
        low[: match.start()],
    ):
        return bool(
            re.search(
                r"\b(?:respon\w+|refractory|due|switched|escalated|changed) to (?:[\w-]+ )?$",
                low[: match.start()],
            )
        )
    told = _GIVEN_BEFORE.search(low, max(0, match.start() - 75), match.start())
    return bool(
        told
        or _GIVEN_AFTER.match(low, match.end())
        or place.sentence.chapter in ("history", "technique")
    )


def _is_liver_procedure(match: re.Match[str], place: Place) -> bool:
    """Embolisation and ablation only where no other organ is treated."""
    name = therapy_in(match)
    if name not in ("ablation", "tae", "tace", "sbrt"):
        return True
    around = match.string[max(0, match.start() - 30) : match.end() + 60]
    return not re.search(
        r"uterine|prostat|renal|kidney|lung|bone|vertebr|portal vein|splenic|varic|thyroid"
        r"|cardiac|atrial|aneurysm|gastroduodenal",
        around,
    )


def _progressed_on(match: re.Match[str], place: Place) -> Iterator[Given]:
    name = therapy_in(match)
    if name is not None:
        yield Given("progressed_on", [name])


RULES: tuple[Rule, ...] = (
    Rule(
        "treatment",
        _CUES,
        words(rf"\b(?:{THERAPY})\b"),
        _treatment,
        checks=(_is_given, _is_liver_procedure),
        about_tumor=True,
    ),
    Rule(
        "progressed_on",
        ("progress", "pd "),
        words(
            rf"\b(?:progress(?:ed|ion|ing|ive(?: disease)?)|pd|progredient"
            rf"|progress)(?: of (?:the )?(?:disease|liver metastases"
            rf"|liver disease))?(?: \(pd\))? (?:on|under|during|despite|while on"
            rf"|while receiving|unter) (?:treatment with |therapy with |ongoing |maintenance "
            rf"|long-acting |depot |full-dose |standard-dose |high-dose )*(?:{THERAPY})\b"
        ),
        _progressed_on,
        about_tumor=True,
        checks=(sentence_lacks(r"\btrial|until|if "),),
    ),
    Rule(
        "progressed_on_german",
        ("progress", "progred"),
        words(rf"\bunter (?:{THERAPY}) (?:\w+ ){{0,2}}?(?:progress\b|progredien\w+|progression)"),
        _progressed_on,
        about_tumor=True,
    ),
    Rule(
        "failed",
        ("fail",),
        words(
            rf"\b(?:failed|failure (?:of|on|under)|after failing) (?:prior |previous "
            rf"|treatment with |therapy with )*(?:{THERAPY})\b"
        ),
        _progressed_on,
        about_tumor=True,
    ),
)
