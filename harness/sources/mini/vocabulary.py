"""The words of the generated world, in English, and what is true of them: kinds, places, causes and opposites."""

from __future__ import annotations

GENERATOR_VERSION = 2
"""Raised whenever any generated word, text or row changes. The shipped encoder belongs to one version."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _pairs(text: str) -> dict[str, str]:
    words = text.replace(",", "").split()
    return dict(zip(words[::2], words[1::2], strict=True))


# Names are not translated.
NAMES = _words(
    "Anna Ben Carla David Emma Frank Grace Hugo Iris Jonas Kate Leo "
    "Mara Nina Oscar Paul Rosa Sam Tina Viktor Wanda Yusuf Zoe Albert"
)
CITIES = _words("Lima Oslo Paris Rome Cairo Delhi Quito Tunis")
BRANDS = _words("Vega Orion Nova Atlas Delta Zenith Apex Lyra")
PROPER_NAMES = NAMES + CITIES + BRANDS

PROFESSIONS = _words("teacher doctor farmer nurse baker driver singer pilot lawyer student")
PEOPLE = NAMES + PROFESSIONS
KINDS = {
    "animal": _words("dog cat horse goat bird fish"),
    "food": _words("apple bread cheese soup cake rice"),
    "tool": _words("hammer shovel ladder rope saw brush"),
    "clothing": _words("coat hat shirt boot scarf glove"),
    "vehicle": _words("bicycle car boat truck train sled"),
    "furniture": _words("chair table lamp bed shelf sofa"),
}
KIND_OF = {thing: kind for kind, things in KINDS.items() for thing in things}
THINGS = tuple(KIND_OF)
PLACE_OF = _pairs("animal farm, food kitchen, tool workshop, clothing closet, vehicle garage, furniture office")
PLACES = (*PLACE_OF.values(), *_words("park market school station"))
DAYS = _words("Monday Tuesday Wednesday Thursday Friday Saturday")

# Verbs in the order in which their events follow each other, in a circle, and how the patient is afterwards.
OUTCOMES_FOR_PEOPLE = _pairs(
    "call informed, follow nervous, push angry, blame offended, teach wiser, help relieved, praise proud, thank pleased"
)
OUTCOMES_FOR_THINGS = _pairs(
    "lose missing, find safe, wash spotless, paint colourful, sell gone, buy owned, carry elsewhere, hide secret"
)
OUTCOME = OUTCOMES_FOR_PEOPLE | OUTCOMES_FOR_THINGS
VERBS_FOR_PEOPLE = tuple(OUTCOMES_FOR_PEOPLE)
VERBS_FOR_THINGS = tuple(OUTCOMES_FOR_THINGS)
VERBS = VERBS_FOR_PEOPLE + VERBS_FOR_THINGS
NEXT = {
    verb: verbs[(place + 1) % len(verbs)]
    for verbs in (VERBS_FOR_PEOPLE, VERBS_FOR_THINGS)
    for place, verb in enumerate(verbs)
}

# Opposites stand side by side.
ADJECTIVES_FOR_PEOPLE = _words("tall short happy sad rich poor young old")
ADJECTIVES_FOR_THINGS = _words("big small heavy light cheap expensive dry wet")
ADJECTIVES = ADJECTIVES_FOR_PEOPLE + ADJECTIVES_FOR_THINGS
SYNONYM = _pairs(
    "call phone, push shove, help assist, praise commend, find discover, wash rinse, buy purchase, hide conceal, "
    "big large, small little, happy glad, rich wealthy"
)
OPPOSITE = {ADJECTIVES[place]: ADJECTIVES[place ^ 1] for place in range(len(ADJECTIVES))}
OPPOSITE |= {SYNONYM[adjective]: OPPOSITE[adjective] for adjective in ADJECTIVES if adjective in SYNONYM}
VERBS_AND_SYNONYMS = (*VERBS, *(SYNONYM[verb] for verb in VERBS if verb in SYNONYM))
COLOURS = _words("red blue green yellow")
SPATIAL = _words("above below beside")

COMPANY = "company"
CONTENT_WORDS = tuple(
    dict.fromkeys(
        [
            *PROFESSIONS, *KINDS, *THINGS, *PLACES, *DAYS, *VERBS, *ADJECTIVES, *SYNONYM.values(),
            *OUTCOME.values(), *COLOURS, COMPANY,
        ]
    )
)  # fmt: skip
A_KIND_OF = "a kind of"
FUNCTION_WORDS = (
    *_words("the in on by not did was is who what where when how why then because and indeed instead yes no"),
    *SPATIAL,
    A_KIND_OF,
)

IRREGULAR_PAST = _pairs("teach taught, lose lost, find found, sell sold, buy bought, carry carried, hide hid")
IRREGULAR_PARTICIPLE = IRREGULAR_PAST | _pairs("hide hidden")
