"""What CDS Hooks asks of a service, row by row; the tests carry the rows' ids in their names.

Sources: CDS Hooks 2.0.1 and, marked [3.0], the 3.0 ballot; "H2@n" as the CRD test kit numbers the
requirements of 2.0.
"""

from typing import NamedTuple


class Row(NamedTuple):
    """One requirement. `ours`: what we do where that is not plain from the requirement."""

    id: str
    says: str
    h2: str = ""
    ours: str = ""


SECTIONS: dict[str, tuple[Row, ...]] = {
    "Transport and JSON": (
        Row("J1", "Every body is JSON, in production over TLS", "1, 2, 168", "TLS: the proxy"),
        Row("J2", "No null and no empty value is sent, except empty `cards` and `services`", "3"),
        Row("J3", "Embedded resources are FHIR JSON"),
        Row("J4", "No comments, no trailing commas"),
        Row("J5", "The capabilities are described for people [3.0]"),
    ),
    "Discovery": (
        Row("D1", "`GET /cds-services` is always there and stable", "4, 5"),
        Row("D2", "200 with an object that holds the array `services`", "6, 13"),
        Row("D3", "Each service has hook, description and id", "7, 9, 10"),
        Row("D4", "Each service has a title", "8"),
        Row("D5", "Prefetch maps texts to texts; usage requirements are a text", "11, 12, 36"),
        Row("D6", "The version of the specification is told [3.0]"),
        Row("D7", "A hook version is one that was published [3.0]", "", "none is told"),
        Row("D8", "One id on several hooks means that cards replace each other", "210, 211",
            "each hook has its own id"),
        Row("D9", "Other status codes may be used", "14"),
        Row("D10", "Discovery may ask for a token", "", "none is needed; a token narrows it"),
        Row("D11", "An extension is an object", "214", "what a call may configure, for `crd`"),
    ),
    "Calls": (
        Row("R1", "`POST /cds-services/{id}` takes JSON", "16"),
        Row("R2", "hook, hookInstance and context are there (client)"),
        Row("R3", "fhirAuthorization comes with fhirServer, by https (client)", "",
            "else the token is not used"),
        Row("R4", "hookInstance is unique (client; not all keep to it)", "",
            "never used alone to tell calls apart"),
        Row("R5", "Resources share one FHIR version (client)", "", "read tolerantly, one by one"),
        Row("R6", "Unknown fields and extensions are ignored"),
        Row("R7", "The answer comes in about half a second", "27", "reads have 0.3 s together"),
        Row("R8", "Unknown id 404; unreadable body or wrong hook 400", "76"),
    ),
    "Hooks": (
        Row("K1", "On patient-view a person of any kind may ask", "", "userId is only remembered"),
        Row("K2", "On order-select the selected orders are judged"),
        Row("K3", "On order-sign every order is judged, revised ones too"),
        Row("K4", "On problem-list-item-create `conditions` holds what is being added", "",
            "counts for this call only"),
    ),
    "Prefetch": (
        Row("P1", "Templates are FHIR reads and searches, told in discovery", "29, 36"),
        Row("P2", "Tokens are fields of the context or the user", "55, 56, 59",
            "`context.patientId` only"),
        Row("P3", "2.0: plain fields of the context only; 3.0: more", "57"),
        Row("P4", "Templates that depend on others follow them [3.0]", "", "none depends"),
        Row("P5", "Searches keep to the restricted parameters", "58"),
        Row("P6", "The service works from prefetch or from the FHIR server", "34"),
        Row("P7", "Prefetched data is checked for OperationOutcomes", "52"),
        Row("P8", "What is missing is told apart and read"),
        Row("P9", "412 where required data cannot be had", "54",
            "no key is required: a card says what was not read"),
        Row("P10", "Some, all or none of the keys come, in pages perhaps (client)"),
        Row("P11", "Only what is necessary is asked for"),
    ),
    "FHIR access": (
        Row("F1", "The given token may be used for reads", "60"),
        Row("F2", "Each read carries it", "61"),
        Row("F3", "The authorization's fields (client; scopes may be in any form)"),
        Row("F4", "The token ends with the call"),
        Row("F5", "Neither access token nor JWT is stored, shared or logged"),
        Row("F6", "The token goes to the expected server only; no redirect, no foreign page"),
        Row("F7", "Prefetched data is acted on at once"),
    ),
    "Answers": (
        Row("S1", "Success is 200 with the array `cards`", "74, 75"),
        Row("S2", "Nothing to say is 200 with no cards", "77"),
        Row("S3", "412 where needed FHIR data cannot be had", "54", "as P9"),
        Row("S4", "Other 4xx and 5xx may be used", "76"),
        Row("S5", "An error's body is an OperationOutcome [3.0]"),
        Row("S6", "An invalid JWT is a bare 401"),
    ),
    "Cards": (
        Row("C1", "The summary has fewer than 140 characters", "83"),
        Row("C2", "The indicator is info, warning or critical", "87, 88"),
        Row("C3", "The source has a label", "90, 105"),
        Row("C4", "The detail is GitHub Flavored Markdown", "85", "without HTML"),
        Row("C5", "A card has a uuid", "80, 81"),
        Row("C6", "The source's addresses are absolute", "107, 109-112"),
        Row("C7", "The topic is a coding, the same for the same subject", "115"),
        Row("C8", "Suggestions come with a selectionBehavior", "93, 95, 96"),
        Row("C9", "At most one suggestion is recommended where one may be chosen", "122"),
        Row("C10", "Override reasons have code, system and display", "98, 100, 136, 216-219"),
        Row("C11", "Override reasons are the standard ones [3.0]"),
        Row("C12", "Cards are transient (client)", "78, 212", "the same call, the same ids"),
        Row("C13", "Critical is for severe harm only"),
        Row("C14", "A card says which order it is about"),
    ),
    "Suggestions and actions": (
        Row("A1", "A suggestion has a label", "117-124"),
        Row("A2", "Its actions belong together: deletes, then creates", "125"),
        Row("A3", "An action has type and description", "127, 128"),
        Row("A4", "A create holds the new resource", "131"),
        Row("A5", "An update holds the whole resource", "132", "of a draft CarePlan only"),
        Row("A6", "A delete names resourceId and holds no resource", "133-135"),
        Row("A7", "actionSelectionBehavior only where support is known [3.0]", "", "never sent"),
        Row("A8", "A suggestion may create a Task that launches an app [3.0]", "", "none does"),
    ),
    "Links and system actions": (
        Row("L1", "A link has label, address and type", "138-142"),
        Row("L2", "appContext goes with smart links only", "144-147"),
        Row("L3", "autolaunchable only where the app shows all guidance [3.0]", "", "never sent"),
        Row("L4", "systemActions only where agreed upon", "75", "never sent"),
    ),
    "Feedback": (
        Row("B1", "`POST /cds-services/{id}/feedback` is there", "148"),
        Row("B2", "One body may be about several cards and calls, and come again"),
        Row("B3", "card, outcome and outcomeTimestamp are there (client)"),
        Row("B4", "An accepted card names its suggestions (client)"),
        Row("B5", "An override may hold a coded reason, a comment, or both (client)"),
        Row("B6", "An override may hold no reason; silence is neither yes nor no"),
        Row("B7", "The token's rules are those of calls"),
        Row("B8", "The answer's status is not specified", "", "200 with an empty object"),
    ),
    "Trust": (
        Row("T1", "Callers are known where the answer is sensitive", "177"),
        Row("T2", "A JWT comes as bearer token with every call (client); mTLS may replace it",
            "175, 176, 179", "from a trusted proxy, where configured"),
        Row("T3", "Its header has alg, kid and typ (client)"),
        Row("T4", "iss, aud, exp, iat and jti are checked; tenant where there is one"),
        Row("T5", "Issuers and addresses of keys are on a list", "195"),
        Row("T6", "Keys may be handed over out of band", "199"),
        Row("T7", "Neither `none` nor symmetric algorithms", "201, 203"),
        Row("T8", "ES384 and RS384", "205"),
        Row("T9", "Issuer, audience, times, tenant, signature, then used before or not"),
        Row("T10", "Keys rotate"),
        Row("T11", "Use of data can be audited"),
    ),
    "Browsers and extensions": (
        Row("X1", "Browsers of listed origins may call", "208"),
        Row("X2", "An extension is an object with reverse-DNS keys", "214, 215",
            "only those a profile names"),
        Row("X3", "Which hooks safety needs is agreed with the client", "213",
            "the profile's hooks; others are 404"),
    ),
}  # fmt: skip
