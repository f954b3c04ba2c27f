"""The languages of XTREME and XTREME-R, and the constructed ones of the embedded benchmark.

Resource classes run from 0 (left behind) to 5 (well served) and are those of Joshi et al. 2020, "The State and Fate of
Linguistic Diversity and Inclusion in the NLP World".
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from harness.errors import UnknownName


@dataclass(frozen=True, slots=True)
class Language:
    """A language.

    Attributes:
        code: ISO 639-1 code; for a constructed language an ISO 639 code of the private range.
        iso639_3: three-letter code, as in the file names of Tatoeba.
        name: English name.
        family: top-level language family.
        script: script of the benchmarks' texts, by its English name in ISO 15924.
        resource_class: class of Joshi et al. 2020; of constructed languages, 1 for the low-resource one, else None.
    """

    code: str
    iso639_3: str
    name: str
    family: str
    script: str
    resource_class: int | None

    @property
    def low_resource(self) -> bool:
        """Whether the resource class is 2 or lower; False for languages without class."""
        return self.resource_class is not None and self.resource_class <= 2


def language(code: str) -> Language:
    """The language of an ISO 639-1 code.

    Raises:
        UnknownName: the code is not in `LANGUAGES`; suggests codes that look alike or whose language is called so.
    """
    if code not in LANGUAGES:
        # A name typed in place of a code is close to a label such as "German (de)", a mistyped code to none.
        labels = [f"{known.name} ({known.code})" for known in LANGUAGES.values()]
        lower = [label.lower() for label in labels]
        known_as = labels if difflib.get_close_matches(code.lower(), lower, cutoff=0.6) else LANGUAGES
        raise UnknownName("language", code, known_as)
    return LANGUAGES[code]


def iso639_3(code: str) -> str:
    """The three-letter code that Tatoeba's file names have for an ISO 639-1 code: `cmn` for `zh`, `swh` for `sw`.

    Raises:
        UnknownName: as `language`.
    """
    return language(code).iso639_3


_ALL = (
    Language("af", "afr", "Afrikaans", "Indo-European", "Latin", 3),
    Language("ar", "ara", "Arabic", "Afro-Asiatic", "Arabic", 5),
    Language("az", "aze", "Azerbaijani", "Turkic", "Latin", 1),
    Language("bg", "bul", "Bulgarian", "Indo-European", "Cyrillic", 3),
    Language("bn", "ben", "Bengali", "Indo-European", "Bengali", 3),
    Language("de", "deu", "German", "Indo-European", "Latin", 5),
    Language("el", "ell", "Greek", "Indo-European", "Greek", 3),
    Language("en", "eng", "English", "Indo-European", "Latin", 5),
    Language("es", "spa", "Spanish", "Indo-European", "Latin", 5),
    Language("et", "est", "Estonian", "Uralic", "Latin", 3),
    Language("eu", "eus", "Basque", "Basque", "Latin", 4),
    Language("fa", "pes", "Persian", "Indo-European", "Arabic", 4),
    Language("fi", "fin", "Finnish", "Uralic", "Latin", 4),
    Language("fr", "fra", "French", "Indo-European", "Latin", 5),
    Language("gu", "guj", "Gujarati", "Indo-European", "Gujarati", 1),
    Language("he", "heb", "Hebrew", "Afro-Asiatic", "Hebrew", 3),
    Language("hi", "hin", "Hindi", "Indo-European", "Devanagari", 4),
    Language("ht", "hat", "Haitian Creole", "Creole", "Latin", 2),
    Language("hu", "hun", "Hungarian", "Uralic", "Latin", 4),
    Language("id", "ind", "Indonesian", "Austronesian", "Latin", 3),
    Language("it", "ita", "Italian", "Indo-European", "Latin", 4),
    Language("ja", "jpn", "Japanese", "Japonic", "Japanese", 5),
    Language("jv", "jav", "Javanese", "Austronesian", "Latin", 1),
    Language("ka", "kat", "Georgian", "Kartvelian", "Georgian", 3),
    Language("kk", "kaz", "Kazakh", "Turkic", "Cyrillic", 3),
    Language("ko", "kor", "Korean", "Koreanic", "Hangul", 4),
    Language("lt", "lit", "Lithuanian", "Indo-European", "Latin", 3),
    Language("ml", "mal", "Malayalam", "Dravidian", "Malayalam", 1),
    Language("mr", "mar", "Marathi", "Indo-European", "Devanagari", 2),
    Language("ms", "msa", "Malay", "Austronesian", "Latin", 3),
    Language("my", "mya", "Burmese", "Sino-Tibetan", "Myanmar", 1),
    Language("nl", "nld", "Dutch", "Indo-European", "Latin", 4),
    Language("pa", "pan", "Punjabi", "Indo-European", "Gurmukhi", 2),
    Language("pl", "pol", "Polish", "Indo-European", "Latin", 4),
    Language("pt", "por", "Portuguese", "Indo-European", "Latin", 4),
    Language("qu", "que", "Quechua", "Quechuan", "Latin", 1),
    Language("ro", "ron", "Romanian", "Indo-European", "Latin", 3),
    Language("ru", "rus", "Russian", "Indo-European", "Cyrillic", 4),
    Language("sw", "swh", "Swahili", "Niger-Congo", "Latin", 2),
    Language("ta", "tam", "Tamil", "Dravidian", "Tamil", 3),
    Language("te", "tel", "Telugu", "Dravidian", "Telugu", 1),
    Language("th", "tha", "Thai", "Kra-Dai", "Thai", 3),
    Language("tl", "tgl", "Tagalog", "Austronesian", "Latin", 3),
    Language("tr", "tur", "Turkish", "Turkic", "Latin", 4),
    Language("uk", "ukr", "Ukrainian", "Indo-European", "Cyrillic", 3),
    Language("ur", "urd", "Urdu", "Indo-European", "Arabic", 3),
    Language("vi", "vie", "Vietnamese", "Austroasiatic", "Latin", 4),
    Language("wo", "wol", "Wolof", "Niger-Congo", "Latin", 2),
    Language("yo", "yor", "Yoruba", "Niger-Congo", "Latin", 2),
    Language("zh", "cmn", "Chinese", "Sino-Tibetan", "Han", 5),
    Language("qaa", "qaa", "constructed language A", "constructed", "Latin", None),
    Language("qab", "qab", "constructed language B", "constructed", "Latin", None),
    Language("qac", "qac", "constructed language C", "constructed", "Latin", None),
    Language("qad", "qad", "constructed language D", "constructed", "Latin", 1),
    Language("qae", "qae", "constructed language E", "constructed", "Georgian", None),
)

LANGUAGES = {known.code: known for known in _ALL}
"""Every language by its code."""
