"""An `Edition` and one of its topics in; the page's schema.org description as JSON-LD out."""

from __future__ import annotations

import json
from typing import Any

from generator.model import Edition, Page
from generator.render.published import address, base, code_system, split_codes

_AUDIENCES = {"professional": "Clinician", "patient": "Patient"}


def json_ld(edition: Edition, page: Page) -> str:
    """A MedicalWebPage, safe to stand inside a script element: no `<`, `>` or `&` is left in it."""
    text = json.dumps(_description(edition, page), ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text


def _description(edition: Edition, page: Page) -> dict[str, Any]:
    site, facts, language = edition.site, page.facts, edition.language
    url = address(site, language, page.path)
    is_patient_page = bool(page.counterpart) and page.counterpart[0].kind == "professional"
    # A page for patients is about what its professional page is about.
    about = next(p for p in edition.pages if p.path == page.counterpart[0].page) if is_patient_page else page
    codes = [
        {"@type": "MedicalCode", "codeValue": code, "codingSystem": code_system(key[5:]).name}
        for key, text in about.facts.items()
        if key.startswith("code:")
        for code in split_codes(text)
    ]
    out: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "MedicalWebPage",
        "@id": url,
        "url": url,
        "name": page.title,
        "description": page.description,
        "inLanguage": language,
        "version": str(site.version),
        "dateModified": facts["updated"],
        "audience": {
            "@type": "MedicalAudience",
            "audienceType": _AUDIENCES["patient" if is_patient_page else "professional"],
        },
        "about": {"@type": "MedicalCondition", "name": page.title} | ({"code": codes} if codes else {}),
        "author": {"@type": "Organization", "name": facts["authors"]},
        "publisher": {"@type": "Organization", "name": edition.publisher, "url": base(site)},
        "isPartOf": {
            "@type": "WebSite",
            "@id": address(site, language, "index"),
            "url": address(site, language, "index"),
            "name": str(edition.ui.site_name),
        },
        "hasPart": [
            {
                "@type": "WebPageElement",
                "name": section.title,
                "url": address(site, language, page.path, section.id),
            }
            for section in page.sections
            if section.depth == 1
        ],
    }
    if facts["reviewed"]:
        out["lastReviewed"] = facts["reviewed"]
        if facts["reviewers"]:
            out["reviewedBy"] = [{"@type": "Person", "name": name} for name in facts["reviewers"].split("\n")]
    if site.license:
        out["license"] = str(site.license)
    # The first language of the book counts as the original; the text of each is checked against the others.
    original, *others = edition.languages

    def work(code: str) -> dict[str, str]:
        return {"@type": "MedicalWebPage", "@id": address(site, code, page.path), "inLanguage": code}

    if language != original:
        out["translationOfWork"] = work(original)
    elif others:
        out["workTranslation"] = [work(code) for code in others]
    return out
