"""What surrounds a phrase in its sentence: negation, doubt, plans, earlier studies, others.

Each question looks at the sentence in lower case and the span of the phrase.
"""

from __future__ import annotations

import re

from fhir_mappings.reports.sentences import Sentence

AFFIRMED, NEGATED, NOT_SAID = "affirmed", "negated", "not_said"

# A form's field after the phrase: "Ascites: none", "Bone metastases: not assessed".
_FIELD_NONE = re.compile(
    r"(?:/[\w ]{1,25}| present)?(?: \([^()]{0,30}\))? ?: ?(?:none|no\b(?!\. ?\d)|nein|absent"
    r"|negative"
    r"|nil|kein\w*|not (?:present|seen|detected|found)|excluded|denied|ø|∅|0(?![.,\d]))"
    r"| ?(?:\(-\)|ø|∅)| (?:no|none|nil|absent|negative|nein|keine?)(?=[,;.)]|$)"
)
_NOT_LOOKED_AT = re.compile(
    r"^[^;.]{0,40}?\b(?:not|never|cannot be|could not be|nicht)(?: \w+){0,2}? (?:evaluat\w+"
    r"|assess\w*"
    r"|examin\w+|imaged|covered|included|available|known|reported|mentioned|specified|determin\w+"
    r"|measur\w+|performed|addressed|possible|reliabl\w+|interpret\w+|visuali[sz]ed|beurteil\w+"
    r"|erfasst|untersucht|bekannt|bestimm\w+|angegeben)\b"
)
# "No effusion, mild ascites": the new member of the list says by itself that it is there.
_AFFIRMING = re.compile(
    r"\b(?:mild|moderate|severe|small|large|marked|trace|slight|minimal|massive|extensive|partial"
    r"|complete|multiple|several|few|numerous|diffuse|bilobar|known|stable|unchanged|persist\w+|new"
    r"|increas\w+|present|is|are|shows?|etwas|wenig\w*|gering\w*|mäßig\w*|massiv\w*|bekannte\w*"
    r"|multiple\w*|ausgeprägt\w*)\b"
)
_EXCEPT = re.compile(
    r"[^;.]{0,20}?\b(?:apart from|except|other than|besides|aside from|with the exception"
    r"|außer|bis auf)\b"
)
_FIELD_OPEN = re.compile(
    r"(?: \([^()]{0,30}\))? ?: ?(?:\?|n/?a\b|not (?:assess|evalu|known|stated|applic|done"
    r"|determ|avail)"
    r"|unknown|pending|unclear|suspected|possible|questionable|to be|tbd|yes ?/ ?no|-|fraglich"
    r"|unklar)"
)
_CHANGE = (
    r"no (?:significant |relevant |interval |substantial |major |definite )*"
    r"(?:change|increase|growth|decrease|difference|longer than)(?: in| of)?(?: the)?(?: \w+ of)?"
    r"|not only|no doubt|not (?:significantly )?changed|without (?:significant |relevant )?change"
    r"|not (?:\w+ )?(?:controlled|tolerated|responsive|responding|improved|stopped|interrupted)"
    r"|nicht[ -]okkludierend\w*|non-?occlusive|not occlusive|without occlusion|non-?occluding"
    r"|no\. ?\d|keine (?:wesentliche )?änderung|nicht nur"
)
_UNCHANGED = re.compile(_CHANGE)
_NEGATION = re.compile(
    r"\b(?:no(?!\. of\b)|not|without|denie[sd]|denying|negative for|negative|absen(?:ce|t)"
    r"|free of|free from"
    r"|neither|nor|never|none of|lacks?|lacking|rather than|instead of|excludes?|excluded|excluding"
    r"|rules out|ruled out|resol(?:ved|ution)|no longer|disappear\w+|cannot|can't"
    r"|keine?[nrsm]?|nicht|ohne|ausgeschlossen|weder|noch kein)\b"
)
_NEGATED_AFTER = re.compile(
    r"^[^;.,]{0,30}?\b(?:(?:is|are|was|were|has|have|had|be|been|could|can|do|does)"
    r"(?: \w+){0,2} (?:not|no longer|never)\b|none\b"
    r"|not (?:seen|present|identified|detected|found|evident|visible|demonstrable|apparent"
    r"|involved)"
    r"|no longer (?:seen|visible|detectable|present)|(?:is |are |was |were )?(?:absent|ruled out)"
    r"|excluded|resolved|disappeared|(?:is|was|were) denied|nicht (?:nachweisbar|abgrenzbar"
    r"|vorhanden|sichtbar)"
    r"|ausgeschlossen)"
)
_DOUBT = re.compile(
    r"\b(?:suspicious|suspected|suspicion|suspect|possible|possibly|probabl[ey]|likely|unlikely"
    r"|presum\w+|cannot (?:\w+ )?(?:be )?(?:\w+ )?(?:exclude\w*|rule\w*)|not (?:be )?excluded"
    r"|could (?:\w+ )?(?:represent|be|reflect|correspond)|may (?:\w+ )?(?:represent|be|reflect)"
    r"|might|questionabl\w+|equivocal\w*|concern(?:ing)? for|worrisome|uncertain|unclear|doubtful"
    r"|suggest(?:s|ive|ing|ed)?|differential|versus|rule out|r/o|to exclude|indeterminate"
    r"|borderline|apparent(?:ly)?|potential(?:ly)?|perhaps|assumed|not definite(?:ly)?|no definite"
    r"|evaluat\w* for|assess\w* for|to exclude|to rule out|revised|not confirmed|withdrawn"
    r"|misdiagnos\w+"
    r"|nicht bestätigt|erroneous\w*|search(?:ing|ed)? for|screen(?:ing|ed)? for"
    r"|surveillance for|look(?:ing)? for"
    r"|work-?up for|question of"
    r"|query|fear\w*|afraid|asked (?:about|whether)|asks (?:about|whether)|whether"
    r"|non-?specific|favou?r(?:s|ed|ing)?|verdächtig\w*|verdacht|dd"
    r"|möglich\w*|wahrscheinlich\w*|vermutlich\w*|fraglich\w*|unklar\w*|am ehesten|mutmaßlich\w*"
    r"|nicht auszuschließen|nicht sicher|nicht gesichert|nicht bewiesen|eventuell|ggf)\b|\?"
    r"|\bv\. ?[ad]\.|\bva (?=net|lebermet)"
    # the question of a referral, as "rule out"; what is ruled out is "ausgeschlossen"
    r"|\bausschluss\b|\bkeine? (?:sicher\w*|eindeutig\w*|definit\w*)"
)
_SUPPOSED = re.compile(
    r"\b(?:if|unless|in case|would|should|in the event|provided that|hypothetical\w*|when in doubt"
    r"|is expected|was expected|were expected|please|kindly|bitte|falls|sollte\w*|to be expected"
    r"|must"
    r"|needs? to|requires?|required"
    r"|prerequisite|voraussetzung"
    r"|voraussetzungen)\b"
)
_GENERAL = re.compile(
    r"\b(?:in general|patients (?:with|who|in|having)|trials?|phase (?:i|ii|iii)|guidelines?"
    r"|criteria"
    r"|risks?|contraindications?|is approved|are approved|approved for|inclusion|exclusion"
    r"|(?:nets|tumou?rs|neoplasms) (?:with|are|having) (?:a )?(?:ki|g[123]|called|class"
    r"|graded)|are (?:called|classified|graded|termed)"
    r"|journal|lecture|teaching|leaflet|brochure|cohorts?|case series|authors?|publication"
    r"|is defined|are defined|definition|threshold|cut-?off|literature|median (?:age|survival|pfs)"
    r"|reimburse\w*|patients' |studies (?:show|have)|literatur|leitlinie\w*|studien?|grenzwert"
    r"|side effects?|probability of|usually|typically|such as|e\.g\.|for example|template)\b"
)
_BLANK_FIELD = re.compile(r"_{2,}|\[ ?\]|☐|\.{6,}\s*$|circle one|delete as appropriate")
_FILLED_FIELD = re.compile(r"[a-zäöü\d)] ?: ?(?![_☐\s]|\.{3}|\[ ?\])[^\n:;]{0,60}")
_TEMPLATE = re.compile(
    r"\btemplate\b|\bvorlage\b|circle one|delete as appropriate|nichtzutreffendes|to be filled in"
)
_OF_NOBODY = re.compile(
    r"\bwrong patient|not (?:this|our|the right) patient|belongs to (?:another|a different) patient"
    r"|\b(?:please )?disregard this|\bphantom\b|\btest (?:report|message|patient)\b|sample report"
    r"|\bteaching (?:file|case|slide)|\bquiz\b|example report|for (?:teaching|training) purposes"
    r"|falscher patient|falsch(?:er|em) patient\w*|musterbefund|testbefund|lehrbeispiel"
)
_PLAN = re.compile(
    r"\b(?:plan(?:s|ned|ning)?|consider(?:ed|ation|ing)?|recommend(?:ed|ation|s)?|should|would"
    r"|shall"
    r"|candidate for|eligib\w+|offer(?:ed)?|declin(?:ed|es|e|ing)|refus(?:ed|es|al)|schedul\w+"
    r"|pending|awaiting|await(?:s|ed)?|discuss(?:ed|ion)?|evaluat(?:e|ion) (?:for|of)|evaluate"
    r"|assess(?: for)?|option(?:s)?|intend(?:ed|s)?|request(?:ed)?|propos(?:ed|al|e)|unless"
    r"|will|to be|prior to|upcoming|referr?(?:ed|al) for"
    r"|cancel\w+|not (?:performed|given|done)|contraindicat\w+|geplant\w*|empfohlen\w*|empfehl\w+"
    r"|erwägen|diskutier\w+|abgelehnt|vorgesehen\w*|wenn|vorstellung|evaluation)\b"
)
_EARLIER = re.compile(
    r"\b(?:previous(?:ly)?|prior|formerly|earlier|former|initial(?:ly)?|baseline|last (?:study|exam"
    r"|scan|year|ct|mri|report)|compared (?:to|with)|comparison|versus|vs|originally|at diagnosis"
    r"|at that time|preoperative(?:ly)?|pre-treatment|in the past|had (?:been|shown|demonstrated)"
    r"|zuvor|vorher|vormals|voruntersuchung|vorbefund|voraufnahme\w*|damals|früher\w*|ehemals"
    r"|im vergleich|vor(?:mals|bestehend)|initial)\b"
)
_EARLIER_AFTER = re.compile(
    r"^[^;(,\d]{0,25}?\b(?:previously|on (?:the )?(?:prior|previous|last)|in (?:the )?(?:prior"
    r"|previous"
    r"|last)|at (?:baseline|diagnosis)|before (?:treatment|therapy)|earlier"
    r"|in der vor\w+)\b(?!:? \d)"
)
_WAS_IN_A_YEAR = re.compile(
    r" (?:was|were|had been) (?:\w+ ){0,2}(?:in|until|since before) (?:[a-z]+ )?(?:19|20)\d\d\b"
)
_NOW = re.compile(
    r"\b(?:now|currently|today|meanwhile|aktuell|jetzt|heute)\b[^;.]{0,25}\d"
    r"|\bnone (?:today|now|at present|since)|\b(?:is|are) \d\S* (?:now|today|currently)\b"
)
_YEAR = re.compile(r"(?<![\d.,])(?:19|20)\d\d(?!\d|[.,]\d| ?(?:mm|cm|mg|ng|pg|g|ml)\b)")
_RELATIVE = re.compile(
    r"\b(?:family|familial|mother|father|sister|brother|aunt|uncle|cousin|grand(?:mother|father)"
    r"|wife|husband|spouse|neighbou?r|friend|colleague|donor|ehefrau|ehemann|nachbar\w*"
    r"|(?:another|different|wrong|other) patient|parents?|sibling|daughter|son|relatives?"
    r"|maternal|paternal|mutter|vater|schwester|bruder"
    r"|tante|onkel|familiär\w*|familie)\b"
)
_OTHER_TUMOR = re.compile(
    r"(?<!endocrine )(?<!endokrines )(?<!endokrinen )\b[a-zä-]*(?:carcinoma(?!tos)|karzinom(?!ato))"
    r"|\b[a-z]*(?:lymphom|melanom|sarcom|sarkom|blastom|gliom|astrocytom|meningiom|schwannom|thymom"
    r"|mesotheliom|seminom|myelom|cytom|paragangliom|leuk(?:a)?emi)(?:a|as|e|en|ata)?\b"
    r"|(?<!neuroendocrine )\bcancer\b(?! (?:cent|board|conf|inst|regis|clinic|care|soc|network"
    r"|team))"
    r"|\b(?:hcc|gist|gastrointestinal stromal|urothelial|renal cell|clear cell|squamous"
    r"|desmoid|dcis"
    r"|mamma-ca|colorectal liver|colorectal metasta\w+|prostata-ca)\b"
)
_BENIGN = re.compile(
    r"\b(?:cysts?|cystic|zysten?|h(?:a)?emangiomas?|hämangiom\w*|fnh|focal nodular hyperplasia"
    r"|hamartomas?|granulomas?|simple|benign|adenomas?|calcification|abscess\w*|fat(?:ty)? sparing"
    r"|perfusion|biliary hamartoma|pyogenic|echinococ\w*|fibroids?)\b"
)


def segment(sentence: Sentence, start: int, end: int) -> tuple[int, int]:
    """The part of the sentence that makes one statement around the phrase."""
    first, last = 0, len(sentence.low)
    for opens, closes in sentence.cuts:
        if closes <= start:
            first = closes
        elif opens >= end:
            last = opens
            break
    return first, last


def polarity(
    sentence: Sentence, start: int, end: int, *, near: bool = False, said: bool = False
) -> str:
    """Whether the phrase is said of the patient, denied, or neither.

    near: only what stands in the same member of an enumeration denies it. said: the phrase is a
    denial itself, so that doubt in it is denied too.
    """
    low = sentence.low
    first, last = segment(sentence, start, end)
    if _is_doubted(low, first, start, end, last) or (not said and _DOUBT.search(low[start:end])):
        return NOT_SAID
    if _NOT_LOOKED_AT.search(low[end:last]) or _FIELD_OPEN.match(low, end):
        return NOT_SAID
    if not _is_denied(low, first, start, end, last, near):
        return AFFIRMED
    return NOT_SAID if _EXCEPT.match(low[end:]) else NEGATED


def _is_denied(low: str, first: int, start: int, end: int, last: int, near: bool) -> bool:
    if _FIELD_NONE.match(low, end) or _NEGATED_AFTER.search(low[end:last]):
        return True
    before = low[first:start]
    member = before[before.rfind(",") + 1 :]
    # "No ascites in the pelvis, ascites around the liver": said again, so not of the same list.
    again = low[start:end] in before[: len(before) - len(member)]
    if near or again or _AFFIRMING.search(member):
        before = member
    return bool(_NEGATION.search(_UNCHANGED.sub("_", before)))


def _is_doubted(low: str, first: int, start: int, end: int, last: int) -> bool:
    """Doubt in the same statement, or a question."""
    if low.rstrip().endswith("?"):
        return True
    return bool(_DOUBT.search(low[first:start]) or _DOUBT.search(low[end:last]))


def is_planned(sentence: Sentence, start: int, end: int) -> bool:
    """Recommended, considered, declined: not done."""
    first, last = segment(sentence, start, end)
    return bool(_PLAN.search(sentence.low, first, last))


def is_supposed(sentence: Sentence, start: int, end: int) -> bool:
    """Under a condition, or of patients in general: not said of this one."""
    low = sentence.low
    first, last = segment(sentence, start, end)
    return bool(
        _SUPPOSED.search(low, first, last) or _GENERAL.search(low) or _BLANK_FIELD.search(low)
    )


def is_form(text: str) -> bool:
    """A form that is not filled in, or a text that says itself that it is of no patient of ours."""
    low = text.lower()
    blank = len(_BLANK_FIELD.findall(low))
    empty = blank > 1 and (blank > len(_FILLED_FIELD.findall(low)) or bool(_TEMPLATE.search(low)))
    return empty or bool(_OF_NOBODY.search(low))


def is_earlier(sentence: Sentence, start: int, end: int) -> bool:
    """A value of an earlier study."""
    if sentence.chapter == "prior":
        return True
    low = sentence.low
    first, last = segment(sentence, start, end)
    before = low[first:start]
    opened = before.rfind("(")
    if opened > before.rfind(")"):
        before = before[opened:]
    else:
        before = re.sub(r"\([^()]{0,80}\)", " ", before)
    if _WAS_IN_A_YEAR.match(low, end):
        return True
    if _NOW.search(low, end) and not _NOW.search(low, 0, start):
        return True
    return bool(_EARLIER.search(before[-70:]) or _EARLIER_AFTER.search(low[end:last]))


_IN_A_YEAR = re.compile(r"[^;.,\d]{0,12}\b(?:in|until|im jahr|bis) (?:[a-zä]+ )?(?:19|20)\d\d\b")


def is_of_a_year(sentence: Sentence, end: int) -> bool:
    """Said of a year that is named behind the phrase: "No ascites in 2019"."""
    return _IN_A_YEAR.match(sentence.low, end) is not None


def year_of(sentence: Sentence) -> int | None:
    """The latest year that the sentence names; None where it names none."""
    years = [int(one) for one in _YEAR.findall(sentence.low)]
    return max(years, default=None)


def is_of_another_person(sentence: Sentence) -> bool:
    """A relative's finding."""
    return sentence.chapter == "family" or bool(_RELATIVE.search(sentence.low))


def names_another_tumor(low: str) -> bool:
    """A tumor that is no neuroendocrine one stands in the words."""
    return bool(_OTHER_TUMOR.search(low))


def is_benign(sentence: Sentence, start: int, end: int) -> bool:
    """A cyst, a hemangioma or the like stands in the same member of the statement."""
    low = sentence.low
    if "metasta" not in low[start:end]:
        return bool(_BENIGN.search(low))
    first, last = segment(sentence, start, end)
    first = max(first, low.rfind(",", first, start) + 1)
    comma = low.find(",", end, last)
    return bool(_BENIGN.search(low, first, comma if comma >= 0 else last))


def is_asked(sentence: Sentence) -> bool:
    """The question a study was ordered for."""
    return sentence.chapter == "question" and bool(
        re.search(
            r"\?|\b(?:evaluat|rule out|assess|exclude|suspect|query|\?|ausschluss|frage)",
            sentence.low,
        )
    )
