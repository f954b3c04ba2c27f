"""The languages of XTREME and XTREME-R, the constructed ones of the embedded benchmark, and codes of all others.

Resource classes run from 0 (left behind) to 5 (well served) and are those of Joshi et al. 2020, "The State and Fate of
Linguistic Diversity and Inclusion in the NLP World".
"""

from __future__ import annotations

import difflib
import re
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
        resource_class: class of Joshi et al. 2020; of constructed languages 1 for the low-resource one, 0 for
            dialects, else None.
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
    """The three-letter code of any language, as Tatoeba's file names have it: `cmn` for `zh`, `swe` for `sv`.

    Args:
        code: of ISO 639-1, or of ISO 639-3, which stands for itself.

    Raises:
        UnknownName: it is neither; suggests as `language` does.
    """
    if code in LANGUAGES:
        return LANGUAGES[code].iso639_3
    if not is_code(code):
        language(code)
    return _ISO_639_1.get(code, code)


def has_blanks_between_words(code: str) -> bool:
    """Whether texts of a language have blanks between words; taken to be so where the code says nothing.

    Args:
        code: of ISO 639-1 or 639-3.
    """
    return not is_code(code) or iso639_3(code) not in _WITHOUT_BLANKS


def direction(code: str) -> str:
    """The direction that texts of a language are read in, in HTML's words: `rtl`, `ltr`, or `auto` of unknown ones.

    Args:
        code: of ISO 639-1 or 639-3.
    """
    if is_code(code) and iso639_3(code) in _RIGHT_TO_LEFT:
        return "rtl"
    return "ltr" if code in LANGUAGES else "auto"


def is_code(code: str) -> bool:
    """Whether a text is a code of ISO 639-1, or has the form of one of ISO 639-3: of its 7,900 no list is kept."""
    return code in LANGUAGES or code in _ISO_639_1 or bool(_ISO_639_3.fullmatch(code))


_ISO_639_1: dict[str, str] = dict(
    re.findall(
        r"(\w+)=(\w+)",
        """
        aa=aar ab=abk ae=ave af=afr ak=aka am=amh an=arg ar=ara as=asm av=ava ay=aym az=aze ba=bak be=bel bg=bul bi=bis
        bm=bam bn=ben bo=bod br=bre bs=bos ca=cat ce=che ch=cha co=cos cr=cre cs=ces cu=chu cv=chv cy=cym da=dan de=deu
        dv=div dz=dzo ee=ewe el=ell en=eng eo=epo es=spa et=est eu=eus fa=fas ff=ful fi=fin fj=fij fo=fao fr=fra fy=fry
        ga=gle gd=gla gl=glg gn=grn gu=guj gv=glv ha=hau he=heb hi=hin ho=hmo hr=hrv ht=hat hu=hun hy=hye hz=her ia=ina
        id=ind ie=ile ig=ibo ii=iii ik=ipk io=ido is=isl it=ita iu=iku ja=jpn jv=jav ka=kat kg=kon ki=kik kj=kua kk=kaz
        kl=kal km=khm kn=kan ko=kor kr=kau ks=kas ku=kur kv=kom kw=cor ky=kir la=lat lb=ltz lg=lug li=lim ln=lin lo=lao
        lt=lit lu=lub lv=lav mg=mlg mh=mah mi=mri mk=mkd ml=mal mn=mon mr=mar ms=msa mt=mlt my=mya na=nau nb=nob nd=nde
        ne=nep ng=ndo nl=nld nn=nno no=nor nr=nbl nv=nav ny=nya oc=oci oj=oji om=orm or=ori os=oss pa=pan pi=pli pl=pol
        ps=pus pt=por qu=que rm=roh rn=run ro=ron ru=rus rw=kin sa=san sc=srd sd=snd se=sme sg=sag sh=hbs si=sin sk=slk
        sl=slv sm=smo sn=sna so=som sq=sqi sr=srp ss=ssw st=sot su=sun sv=swe sw=swa ta=tam te=tel tg=tgk th=tha ti=tir
        tk=tuk tl=tgl tn=tsn to=ton tr=tur ts=tso tt=tat tw=twi ty=tah ug=uig uk=ukr ur=urd uz=uzb ve=ven vi=vie vo=vol
        wa=wln wo=wol xh=xho yi=yid yo=yor za=zha zh=zho zu=zul
        """,
    )
)
"""Three-letter codes of ISO 639-3 by those of ISO 639-1 (registration authority: SIL; all 184, as of 2024)."""

_WITHOUT_BLANKS = frozenset(["cmn", "zho", "yue", "jpn", "khm", "lao", "mya", "tha"])
"""Codes of ISO 639-3 of Chinese, Japanese, Khmer, Lao, Burmese and Thai; the last two have blanks between phrases."""

_RIGHT_TO_LEFT = frozenset(
    [
        "apc",
        "ara",
        "ary",
        "arz",
        "ckb",
        "div",
        "fas",
        "heb",
        "kas",
        "pes",
        "pnb",
        "prs",
        "pus",
        "snd",
        "uig",
        "urd",
        "ydd",
        "yid",
    ]
)
"""Codes of ISO 639-3 of languages that are written in Arabic, Hebrew or Thaana script."""

_ISO_639_3 = re.compile("[a-z]{3}")

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
    Language("qaf", "qaf", "constructed language F", "constructed", "Latin", 0),
    Language("qag", "qag", "constructed language G", "constructed", "Latin", 0),
)

LANGUAGES = {known.code: known for known in _ALL}
"""Every language by its code."""
