"""Patterns for the patient: hormones and symptoms, heart, fitness, bile ducts, brain, shunt."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fhir_mappings.reports.quantities import PERCENT, amount
from fhir_mappings.reports.rules import (
    Given,
    Place,
    Rule,
    after_lacks,
    amount_of,
    before_lacks,
    fixed,
    phrase_lacks,
    sentence_lacks,
    words,
)
from fhir_mappings.reports.vocabulary import WHIPPLE

_SSA = (
    r"(?:octreotide(?: lar)?|lanreotide(?: autogel)?|somatostatin analogues?|somatostatin analogs?"
    r"|ssas?|sandostatin(?: lar)?|octreotid|lanreotid)"
)


_SYNDROMES = (
    ("carcinoid", r"carcinoid (?:syndrome|heart disease|crisis|symptoms)|karzinoid-?syndrom"),
    ("gastrinoma", r"gastrinomas?|zollinger-ellison"),
    ("insulinoma", r"insulinomas?"),
    ("vipoma", r"vipomas?"),
    ("glucagonoma", r"glucagonomas?"),
)


def _syndrome(match: re.Match[str], place: Place) -> Iterator[Given]:
    for name, pattern in _SYNDROMES:
        if re.search(pattern, match[0]):
            yield Given("functional_syndrome", name)
            if name != "carcinoid":
                yield Given("has_neuroendocrine_tumor", True)


def _ecog(match: re.Match[str], place: Place) -> Iterator[Given]:
    low, high = int(match["low"]), match["high"]
    if high is None:
        yield Given("ecog", low)
    elif int(high) > low:
        yield Given("ecog", {"min": low, "max": int(high)})


def _encephalopathy(match: re.Match[str], place: Place) -> Iterator[Given]:
    around = match.string[max(0, match.start() - 25) : match.end() + 20]
    if re.search(r"\b(?:severe|grade (?:3|4|iii|iv)|overt)\b", around):
        yield Given("encephalopathy", "severe")
    elif re.search(r"\b(?:mild|minimal|grade (?:1|2|i|ii))\b", around):
        yield Given("encephalopathy", "mild")
    else:
        yield Given("encephalopathy", "present")


_SYMPTOM = (
    r"(?:symptoms?|flushing|diarrh(?:o)?ea|carcinoid syndrome|hormonal symptoms|flush\w*"
    r"|diarrhö\w*)"
)

RULES: tuple[Rule, ...] = (
    Rule(
        "whipple",
        ("whipple", "duodenectomy", "pppd", "traverso"),
        words(rf"\b(?:{WHIPPLE})\b"),
        fixed("biliary_enteric_anastomosis", True),
    ),
    Rule(
        "anastomosis",
        (
            "jejunostomy",
            "bilioenteric",
            "bilio-enteric",
            "biliary-enteric",
            "biliodigestiv",
            "stent",
            "biliary enteric",
        ),
        words(
            r"\b(?:hepatico-?jejunostomy|choledocho-?jejunostomy|choledochoduodenostomy"
            r"|bili(?:o|ary)[- ]?enteric (?:anastomosis|bypass|diversion)"
            r"|biliodigestive\w* anastomose|(?:biliary|bile duct|common bile duct"
            r"|cbd) (?:metal |plastic )?stents?|hepaticojejunostomie)\b"
        ),
        fixed("biliary_enteric_anastomosis", True),
        denied=fixed("biliary_enteric_anastomosis", False),
        checks=(sentence_lacks(r"stent[^;]{0,30}\b(?:removed|removal)|removal of"),),
    ),
    Rule(
        "syndrome",
        (
            "carcinoid ",
            "gastrinoma",
            "zollinger",
            "insulinoma",
            "vipoma",
            "glucagonoma",
            "karzinoid",
        ),
        words("|".join(rf"\b(?:{pattern})\b" for _, pattern in _SYNDROMES)),
        _syndrome,
        about_tumor=True,
        done=False,
    ),
    Rule(
        "no_syndrome",
        ("functioning", "functional", "hormon", "funktion"),
        words(
            r"\b(?:non-?functioning|non-?functional|hormonally inactive|hormone-inactive"
            r"|non-?secreting|nicht[- ]funktionell\w*|hormoninaktiv\w*|hormonell inaktiv\w*)\b"
            r"|\bno (?:evidence of )?(?:a )?(?:hormonal|functional|hormone"
            r"|endocrine) (?:syndrome|hypersecretion|activity)|\bno (?:clinical )?(?:signs"
            r"|evidence) of hormon\w+"
        ),
        fixed("functional_syndrome", "none"),
        said=True,
        checks=(sentence_lacks(r"(?:adrenal|pituitary|thyroid|kidney|gallbladder)"),),
    ),
    Rule(
        "controlled_on_ssa",
        ("control", "kontroll"),
        words(
            rf"\b{_SYMPTOM}\b[^;.]{{0,40}}?\b(?:well|adequately|fully|completely|currently|now"
            rf"|is|are)? ?controlled (?:on|with|by|under) (?:[\w-]+ ){{0,2}}?{_SSA}"
            rf"|\b{_SYMPTOM}[^;.]{{0,25}}? unter {_SSA}[^;.,]{{0,25}}? gut kontrolliert"
        ),
        fixed("symptoms_controlled_on_ssa", True),
        denied=fixed("symptoms_controlled_on_ssa", False),
        checks=(
            phrase_lacks(
                r"\b(?:not|no longer|poorly|insufficiently|inadequately|incompletely|partly"
                r"|partially)\b"
            ),
        ),
    ),
    Rule(
        "not_controlled_on_ssa",
        ("despite", "uncontrolled", "refractory", "controlled"),
        words(
            rf"\b{_SYMPTOM}[^;.]{{0,25}}? (?:not|no longer|insufficiently|inadequately"
            rf"|poorly) (?:\w+ )?controlled (?:on|with|by|despite"
            rf"|under) (?:[\w-]+ ){{0,3}}?{_SSA}|\b{_SSA}[^;.]{{0,25}}, (?:flushing|diarrh\w+"
            rf"|symptoms) (?:remain |still )?uncontrolled|\b(?:uncontrolled|persist(?:ent|ing)"
            rf"|refractory|ongoing|continued) (?:\w+ "
            rf"){{0,2}}?{_SYMPTOM}[^;.]{{0,30}}?\b(?:despite|on|under"
            rf"|to) (?:\w+ ){{0,3}}?{_SSA}"
            rf"|\b{_SYMPTOM}[^;.]{{0,20}}? (?:uncontrolled|refractory|not controlled|persists?"
            rf"|poorly controlled)(?: \w+){{0,2}}? (?:despite|on|under|to"
            rf"|with) (?:\w+ ){{0,3}}?{_SSA}"
        ),
        fixed("symptoms_controlled_on_ssa", False),
        said=True,
    ),
    Rule(
        "asymptomatic",
        (
            "asymptomatic",
            "asymptomatisch",
            "beschwerdefrei",
            "symptom-free",
            "no symptoms",
            "no current symptoms",
        ),
        words(
            r"\b(?:has|have|reports?|with) no (?:current )?symptoms\b(?! of)"
            r"|\basymptomatic\b(?! (?:gallstone|cholelith|hernia|cyst))"
            r"|\bpatient is (?:currently )?symptom-free|asymptomatisch|\b(?:patient\w*|er"
            r"|sie) ist (?:aktuell |derzeit )?beschwerdefrei\b"
        ),
        fixed("symptomatic", False),
        said=True,
        checks=(before_lacks(r"\b(?:not|no longer|until|was|initially|remained)\b", 25),),
    ),
    Rule(
        "right_heart",
        ("right heart", "right ventric", "right-sided", "right-heart", "rechtsherz"),
        words(
            r"\bright[- ](?:heart|ventricular|sided heart)[- ](?:failure|insufficiency"
            r"|decompensation)|rechtsherzinsuffizienz"
        ),
        fixed("right_heart_failure", True),
        denied=fixed("right_heart_failure", False),
        state=True,
        done=False,
        of_disease=False,
    ),
    Rule(
        "ecog",
        ("ecog", "who p"),
        words(
            r"\b(?:ecog-performance-status|ecog\)?|who(?= performance"
            r"| ps\b))(?:[ -](?:performance status"
            r"|performance score|ps|status"
            r"|score))?(?: \(ps\))?(?: (?:of|is|was"
            r"|grade|:? grade))?(?: ?\(0-[45]\))?[ :=]{0,3}(?P<low>[0-5])(?!\d"
            r"|[.,]\d|\s?%)(?:\s?(?:-|to|/|or|bis)\s?(?P<high>[0-5])(?!\d|[.,]\d))?"
        ),
        _ecog,
        checks=(after_lacks(r" ?(?:=|->|→|\+)| at (?:admission|baseline|first|presentation)"),),
        near=True,
        state=True,
        done=False,
        of_disease=False,
    ),
    Rule(
        "not_fit",
        ("fit for", "unfit", "not fit", "not a "),
        words(
            r"\bnot a (?:suitable |good )?candidate for (?:major |liver |hepatic |abdominal |any )+"
            r"(?:surgery|resection|hepatectomy)"
            r" (?:because of|due to|given|for) (?:\w+ )?(?:comorbid|medical|cardi|heart"
            r"|pulmonary|lung"
            r"|frail|age\b|performance|general condition)"
            r"|\b(?:not (?:\w+ )?fit|unfit) for (?:major |liver |hepatic |abdominal )*(?:surgery"
            r"|resection|hepatectomy)"
        ),
        fixed("fit_for_major_surgery", False),
        said=True,
        done=False,
        of_disease=False,
    ),
    Rule(
        "fit",
        ("fit for",),
        words(r"\bfit for (?:major |liver |hepatic |abdominal )*(?:surgery|resection|hepatectomy)"),
        fixed("fit_for_major_surgery", True),
        of_disease=False,
    ),
    Rule(
        "encephalopathy",
        ("encephalopath", "enzephalopath"),
        words(r"\b(?:hepatic )?(?:encephalopathy|enzephalopathie)\b"),
        _encephalopathy,
        denied=fixed("encephalopathy", "none"),
        state=True,
        of_disease=False,
    ),
    Rule(
        "lung_shunt",
        ("shunt",),
        words(
            rf"\b(?:lung|hepatopulmonary|pulmonary|hepato-pulmonary"
            rf"|liver-lung|lungen)[ -]?shunt(?:ing)?(?: "
            rf"fraction)?[^;\d%<>≤≥~]{{0,40}}?{amount()}{PERCENT}"
        ),
        amount_of("lung_shunt_percent"),
        near=True,
        state=True,
    ),
    Rule(
        "pregnant",
        ("pregnan", "schwanger"),
        words(r"\b(?:is|she is|currently) (?:\d+ weeks )?pregnant\b|schwanger in der"),
        fixed("pregnant", True),
        of_disease=False,
    ),
    Rule(
        "not_pregnant",
        ("pregnan", "hcg"),
        words(
            r"\b(?:not|is not|isn't) (?:currently )?pregnant\b"
            r"|\bpregnancy test[^;.]{0,25}?negative|\bno pregnancy\b|pregnancy (?:was |has been "
            r"|is )?(?:excluded|ruled out)"
        ),
        fixed("pregnant", False),
        said=True,
        of_disease=False,
    ),
    Rule(
        "bulk_symptoms",
        ("bulk", "mass effect", "capsul", "hepatomegal", "enlarg"),
        words(
            r"\bbulk[ -](?:related )?symptoms?\b|\bsymptoms (?:of|from|due to) (?:tumou?r "
            r"|hepatic |liver )?(?:bulk|mass)|\bcapsular (?:pain|distension)|\b(?:pain|fullness"
            r"|satiety|dyspn\w+)[^;.]{0,30}(?:from|due to|because of) (?:the )?(?:tumou?r bulk"
            r"|hepatomegaly|liver enlargement|enlarged liver|mass effect)"
        ),
        fixed("bulk_symptoms", True),
        denied=fixed("bulk_symptoms", False),
    ),
)
