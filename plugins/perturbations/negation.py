"""Words that negate or count, by language: those of XNLI, and of mini. Too many are spared rather than too few.

Where a verb negates by an affix, as in Swahili and Turkish, every word that may have it is spared. In languages without
blanks between words, letters are spared that may be part of such a word.
"""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Mapping, Sequence

import regex

SPARED: Mapping[str, str] = {
    "ar": """
        لا لم لن ما ليس~ لست~ غير~ دون بدون بلا إلا الا كل~ جميع~ بعض~ معظم~ أغلب~ اغلب~ أكثر~
        اكثر~ أقل~ اقل~ كثير~ قليل~ عدة عديد~ أي اي أية أحد~ احد~ فقط دائم~ أبد~ ابد~ قط مجرد
        واحد~ اثن~ إثن~ ثلاث~ أربع~ اربع~ خمس~ ست ستة سبع~ ثماني~ تسع~ عشر~ مئة مائة مئات ألف
        الف آلاف مليون~ نصف كلا كلتا كلاهما
    """,
    "bg": """
        не ни ня(ма|маше|мат|мал|мам)~ нито никой никого никога никак~ никъде нищо без всичк~
        всек~ всяк~ някои няколко много малко малцина мнозина повече~ най най-~ по-малко само
        единствено винаги често рядко понякога двама двете двата два две три~ четири~ пет~
        шест~ седем~ осем~ девет~ десет~ сто хиляд~ милион~ половин~ едва поне
    """,
    "de": """
        nicht kein~ nie niemals niemand~ nichts nirgend~ weder noch ohne kaum selten un(?!d$|s$|ser|ter|ten$)~ all
        alle~ jede~ jegliche~ manche~ einige~ mehrere~ viel~ wenig~ meist~ mehr~ beide~ nur
        bloß immer stets oft manchmal zwei~ drei~ vier~ fünf~ sechs~ sieben~ acht neun~ zehn~
        hundert~ tausend~ million~ halb~ hälfte mindestens höchstens fast
    """,
    "el": """
        δεν δε μη μην όχι ούτε μήτε ποτέ τίποτα τίποτε κανείς κανένα~ καμία καμιά κανενός
        χωρίς δίχως όλ~ κάθε καθένα~ μερικ~ κάποι~ πολλ~ πολύ~ λίγ~ λιγότερ~ περισσότερ~
        αρκετ~ μόνο~ πάντα πάντοτε συχνά σπάνια σχεδόν ελάχιστ~ δύο δυο τρεις τρία τέσσερ~
        πέντε έξι επτά εφτά οκτώ οχτώ εννέα εννιά δέκα εκατό~ χίλι~ χιλιάδ~ εκατομμύρι~ μισ~
        τουλάχιστον
    """,
    "en": """
        no not none nobody nothing never neither nor nowhere without cannot ~n['’]t un(?!der|til$)~ hardly
        barely scarcely rarely seldom few fewer fewest little less least much many more most
        mostly almost nearly all every~ each any~ some~ several both either half only just
        always often usually enough one two three four five six seven eight nine ten eleven
        twelve dozens? ~teen twenty thirty forty fifty sixty seventy eighty ninety hundreds?
        thousands? millions? billions?
    """,
    "es": """
        no ni nunca jamás nada nadie ningún ningun~ sin tampoco apenas tod[oa]s? cada algún
        algun~ algo alguien vari[oa]s much~ poc~ más menos mayoría mayor amb[oa]s sol[oa] sólo
        solamente únicamente siempre rara casi dos tres cuatro cinco seis siete ocho nueve
        diez cien~ mil miles millon~ millón mitad demasiad~ bastante~ cualquier~
    """,
    "fr": """
        ne n['’]~ non pas point jamais rien personne aucun~ nul~ ni sans guère tous tout~
        chaque chacun~ quelqu~ plusieurs certain~ plupart plus moins peu beaucoup assez trop
        seul~ toujours souvent parfois rarement presque deux trois quatre cinq six sept huit
        neuf dix cent~ mille milli~ moitié qu['’]aucun~ d['’]aucun~
    """,
    "hi": """
        नहीं नही न ना मत बिना बगैर बग़ैर कोई किसी कुछ सब सभी सबसे सारे सारी सारा हर हरेक
        प्रत्येक कई अनेक बहुत ज्यादा ज़्यादा ज्यादातर ज़्यादातर अधिक अधिकांश अधिकतर कम थोड़~
        केवल सिर्फ सिर्फ़ मात्र हमेशा कभी दोनों आधा आधे एक दो तीन चार पांच पाँच छह छः सात आठ
        नौ दस सौ सैकड़~ हजार~ हज़ार~ लाख~ करोड़~ भी ही गैर~
    """,
    "ru": """
        не ни нет никто никого никому никем никогда ничего ничто ничем ничему нигде никак~
        нельзя без все всё всех всем всеми весь вся всю всего всегда кажд~ люб~ некотор~
        нескольк~ много многи~ мало немног~ больше больш~нств~ меньше более менее наиболее оба
        обе обоих только лишь часто иногда редко почти два две двое трое
        дв(ух|ум|умя) тр(и|[её]х|[её]м|емя) четыр~ пять пяти шест[ьи] сем[ьи] восем[ьи] девят[ьи]
        десят[ьи] десятк~ сто сотн~ тысяч~ миллион~ половин~ хотя
    """,
    "sw": """
        hapana hakuna hamna hana hawana sina huna hatuna hamuna ha~ hu~ si si~
        (ni|u|a|tu|m|wa|i|ya|zi|li|ki|vi|ku|pa)si~ wala bila kamwe kila
        (w|y|z|v|ch|p|k|l|mw)ote~ baadhi wengi mengi nyingi vingi mingi kingi wachache
        machache chache vichache kadhaa tu pekee daima zaidi yoyote wowote yeyote zozote
        lolote chochote (m|li|ki|ka)?moja mmoja wawili mawili mbili viwili miwili tatu watatu
        matatu vitatu nne wanne manne tano watano matano sita saba nane tisa kumi mia elfu
        maelfu milioni nusu karibu takriban
    """,
    "th": """
        ไม่ มิ ไร้ ปราศจาก อย่า ทุก ทั้ง แต่ละ บาง หลาย มาก น้อย ส่วนใหญ่ ใด เพียง แค่
        เท่านั้น เสมอ เคย เกือบ ครึ่ง หนึ่ง สอง สาม สี่ ห้า หก เจ็ด แปด เก้า สิบ ร้อย พัน
        หมื่น แสน ล้าน
    """,
    "tr": """
        değil~ yok~ hiç~ hayır asla ne kimse~ ~s[ıiuü]z~ tüm~ bütün~ her herkes~ hepsi~ bazı~
        birkaç~ birçok~ çok~ az azı azınlık~ çoğu~ daha en sadece yalnız~ daima bazen nadiren
        neredeyse bir iki~ üç~ dört~ beş~ altı~ yedi~ sekiz~ dokuz~ on yüz~ bin binlerce
        milyon~ yarı~ ~m[ıiuü]yor~ ~..m[ae](d[ıi]|z|y|s[ıi]|m[ıie]|n|l[ıi]|r|sa|se)~
    """,
    "ur": """
        نہیں نہ نا مت بغیر بلا بنا غیر~ کوئی کسی کچھ سب سبھی تمام سارے ساری ہر ہرایک چند کئی
        بہت زیادہ~ کم اکثر بیشتر صرف فقط محض ہمیشہ کبھی دونوں آدھ~ نصف ایک دو تین چار پانچ چھ
        سات آٹھ نو دس سو سینکڑ~ ہزار~ لاکھ~ کروڑ~ بھی ہی
    """,
    "vi": """
        không chẳng chả chưa đừng chớ vô phi bất mọi mỗi từng tất cả hết toàn bộ các những một
        vài mấy số nhiều ít hầu chỉ thôi duy luôn đều hơn nhất gần nửa kỳ hai ba bốn năm sáu
        bảy tám chín mười trăm nghìn ngàn triệu tỷ
    """,
    "zh": """
        [不没沒无無非未别別莫勿否全每各任某几幾多少都只仅僅总總半些一二两兩三四五六七八九十百千万萬亿億]
        所有 任何 大部分 唯一
    """,
    "qaa": "nu pumi",
    "qab": "juqu ha",
    "qac": "de vave",
    "qad": "ge fu",
    "qae": "თო რე",
}
"""Patterns of whole words in small letters, of parts of texts where words have no blanks between; ~ is any letters."""

BEFORE: Mapping[str, str] = {"ar": "[وفبكل]{0,2}(?:ال)?"}
"""What may be written as one with the word behind it: in Arabic and, so, with, as, for, the."""

DROPPED = frozenset("\u0307" + "".join(map(chr, range(0x064B, 0x0653))))
"""The dot of İ, which a small i has anyhow, and Arabic short vowels."""
QUESTION = ("cause", "effect")
"""Of COPA's questions, in English in all languages: what is asked for."""
WITH_DIGIT = regex.compile(r"\p{N}")


def is_spared(words: Sequence[str], gaps: Sequence[str], language: str, further: str, *, whole: bool) -> list[bool]:
    """For each word of a text, whether it is or may be part of one that negates or counts; digits count.

    Args:
        further: words beside those of the language's list, one per line.
        whole: whether words are words, not letters.
    """
    pattern = _pattern(language, further)
    if whole:
        return [_is_always_spared(word) or bool(pattern.fullmatch(_plain(word))) for word in words]
    text, ends = "", list[int]()
    for gap, word in zip(gaps, words, strict=False):
        text += gap + word
        ends.append(len(text))
    spans = [found.span() for found in pattern.finditer(text)]
    return [
        _is_always_spared(word) or any(first < end and end - len(word) < last for first, last in spans)
        for word, end in zip(words, ends, strict=True)
    ]


def _is_always_spared(word: str) -> bool:
    return word in QUESTION or bool(WITH_DIGIT.search(word))


@functools.cache
def _pattern(language: str, further: str) -> regex.Pattern[str]:
    """It matches nothing where there is neither a list nor a further word."""
    patterns = [_plain(one).replace("~", r"[\p{L}\p{M}]*") for one in SPARED.get(language, "").split()]
    patterns += [regex.escape(_plain(line.strip())) for line in further.splitlines() if line.strip()]
    return regex.compile(f"{BEFORE.get(language, '')}(?:{'|'.join(patterns) or '(?!)'})")


def _plain(word: str) -> str:
    """A word as patterns have it."""
    parts = unicodedata.normalize("NFC", word).casefold()
    return "".join(part for part in parts if part not in DROPPED)
