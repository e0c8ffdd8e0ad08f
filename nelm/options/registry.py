"""The options by id, in the order of the page; which of them a parameter set judges."""

from __future__ import annotations

from nelm.criteria import Option
from nelm.errors import unknown_name
from nelm.evidence.parameters import Parameters
from nelm.options.follow_up import FOLLOW_UP
from nelm.options.hepatectomy import HEPATECTOMY
from nelm.options.local import ABLATION, SBRT
from nelm.options.radioembolization import TARE
from nelm.options.radioligand import PRRT
from nelm.options.resection import DEBULKING, HEPATECTOMY_WITH_ABLATION, REPEAT_HEPATECTOMY
from nelm.options.systemic_chemotherapy import (
    CAPTEM,
    OXALIPLATIN_BASED,
    PLATINUM_ETOPOSIDE,
    STREPTOZOCIN_BASED,
)
from nelm.options.systemic_targeted import (
    BEVACIZUMAB,
    CABOZANTINIB,
    EVEROLIMUS,
    INTERFERON,
    SSA,
    SUNITINIB,
)
from nelm.options.transarterial import DEB_TACE, TACE, TAE
from nelm.options.transplant import LIVER_TRANSPLANT, LIVER_TRANSPLANT_ENETS

OPTIONS: tuple[Option, ...] = (
    HEPATECTOMY, HEPATECTOMY_WITH_ABLATION, DEBULKING, ABLATION, SBRT, TAE, TACE, DEB_TACE, TARE,
    PRRT, SSA, EVEROLIMUS, SUNITINIB, CABOZANTINIB, CAPTEM, STREPTOZOCIN_BASED, PLATINUM_ETOPOSIDE,
    OXALIPLATIN_BASED, INTERFERON, BEVACIZUMAB, LIVER_TRANSPLANT, FOLLOW_UP, REPEAT_HEPATECTOMY,
)  # fmt: skip

OPTION_IDS: tuple[str, ...] = tuple(option.id for option in OPTIONS)
_BY_ID = {option.id: option for option in OPTIONS}


def option(option_id: str) -> Option:
    """The option of that id, as judged with the default parameters.

    Raises:
        UnknownName: no such option.
    """
    if option_id not in _BY_ID:
        raise unknown_name("option", option_id, _BY_ID, "option")
    return _BY_ID[option_id]


def options_for(parameters: Parameters) -> tuple[Option, ...]:
    """The options judged under these parameters: of enabled packs, and the chosen rule set.

    Compile once per (`packs`, `lt_rule_set`): nothing else changes the list.
    """
    enets = parameters["lt_rule_set"] == "enets"
    return tuple(
        LIVER_TRANSPLANT_ENETS if enets and one is LIVER_TRANSPLANT else one
        for one in OPTIONS
        if one.pack is None or parameters.has_pack(one.pack)
    )
