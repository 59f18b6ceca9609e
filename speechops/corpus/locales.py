"""The locales of custom speech, to tell a slip of the pen from a language that the service can adapt to.

Source: table "Custom speech" of "Language and voice support for the Speech service" on Microsoft Learn, as of
2 April 2026 (``MicrosoftDocs/azure-ai-docs``, ``includes/language-support/stt.md``). The service's own answer
(``GET /models/locales``) is newer than any list, so an unlisted locale is a warning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from speechops.corpus.findings import Findings
from speechops.corpus.rules import Rule

if TYPE_CHECKING:
    from speechops.corpus.findings import Finding

_LISTED = """
af-ZA am-ET ar-AE ar-BH ar-DZ ar-EG ar-IL ar-IQ ar-JO ar-KW ar-LB ar-LY ar-MA ar-OM ar-PS ar-QA ar-SA
ar-SY ar-TN ar-YE as-IN az-AZ bg-BG bn-IN bs-BA ca-ES cs-CZ cy-GB da-DK de-AT de-CH de-DE el-GR en-AU
en-CA en-GB en-GH en-HK en-IE en-IN en-KE en-NG en-NZ en-PH en-SG en-TZ en-US en-ZA es-AR es-BO es-CL
es-CO es-CR es-CU es-DO es-EC es-ES es-GQ es-GT es-HN es-MX es-NI es-PA es-PE es-PR es-PY es-SV es-US
es-UY es-VE et-EE eu-ES fa-IR fi-FI fil-PH fr-BE fr-CA fr-CH fr-FR ga-IE gl-ES gu-IN he-IL hi-IN hr-HR
hu-HU hy-AM id-ID is-IS it-CH it-IT ja-JP jv-ID ka-GE kk-KZ km-KH kn-IN ko-KR lo-LA lt-LT lv-LV mk-MK
ml-IN mn-MN mr-IN ms-MY mt-MT my-MM nb-NO ne-NP nl-BE nl-NL or-IN pa-IN pl-PL ps-AF pt-BR pt-PT ro-RO
ru-RU si-LK sk-SK sl-SI so-SO sq-AL sr-ME sr-RS sr-XK sv-SE sw-KE sw-TZ ta-IN te-IN th-TH tr-TR uk-UA
ur-IN uz-UZ vi-VN wuu-CN yue-CN zh-CN zh-CN-shandong zh-CN-sichuan zh-HK zh-TW zu-ZA
"""
_KNOWN = frozenset(_LISTED.split())


def check_locale(locale: str, file: str, line: int | None = None) -> tuple[Finding, ...]:
    """Return a finding at ``file`` if Microsoft does not list ``locale``; it names those of its language."""
    if locale in _KNOWN:
        return ()
    language = locale.partition("-")[0]
    same = sorted(known for known in _KNOWN if known.partition("-")[0] == language)
    listed = f" Listed for {language}: {', '.join(same)}." if same else ""
    findings = Findings(file)
    findings.add(Rule.LOCALE_UNLISTED, f"The locale {locale} is not in Microsoft's list.{listed}", line=line)
    return findings.all()
