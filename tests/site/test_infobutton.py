"""Requests of clinical systems, good, odd and hostile, in a real browser; and the data of the built site."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from conftest import LANGUAGES, TOPIC, NewContext, until
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

CM = "mainSearchCriteria.v.cs=2.16.840.1.113883.6.90"
ICD = "mainSearchCriteria.v.cs=2.16.840.1.113883.6.3"
CODE = "mainSearchCriteria.v.c="
EN, ZH = "performer.languageCode.c=en", "performer.languageCode.c=zh"
PATIENTS = "metastatic-bone-tumors-patients"
CORD = "malignant-spinal-cord-compression"
HOSTILE = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"

# Name: the request, and the place it opens.
OPENED = {
    "bone metastasis, no language": (f"{CM}&{CODE}C79.51", f"en/{TOPIC}/"),
    "patient data beside it, which nobody needs": (
        f"{CM}&{CODE}C79.51&mainSearchCriteria.v.dn=Secondary+malignant+neoplasm+of+bone&{EN}"
        "&patientPerson.administrativeGenderCode.c=F&age.v.v=61&age.v.u=a&taskContext.c.c=PROBLISTREV"
        "&performer=PROV&informationRecipient=PROV&knowledgeResponseType=text/html",
        f"en/{TOPIC}/",
    ),
    "Chinese": (f"{CM}&{CODE}C79.51&{ZH}", f"zh/{TOPIC}/"),
    "a language with its country": (f"{CM}&{CODE}C79.51&performer.languageCode.c=zh-CN", f"zh/{TOPIC}/"),
    "a language of three letters": (f"{CM}&{CODE}C79.51&performer.languageCode.c=zho", f"zh/{TOPIC}/"),
    "a language that the book has not": (
        f"{CM}&{CODE}C79.51&performer.languageCode.c=fr&informationRecipient.languageCode.c=zh",
        f"zh/{TOPIC}/",
    ),
    "therapy": (f"{CM}&{CODE}C79.51&subTopic.v.c=Q000628&{EN}", f"en/{TOPIC}/#treatment"),
    "diagnosis": (
        f"{ICD}&{CODE}C79.5&subTopic.v.c=Q000175&subTopic.v.cs=2.16.840.1.113883.6.177&{ZH}",
        f"zh/{TOPIC}/#diagnosis",
    ),
    "prognosis": (f"{CM}&{CODE}C79.51&subTopic.v.c=D011379&{EN}", f"en/{TOPIC}/#prognosis"),
    "a sub-topic that the book does not know": (f"{CM}&{CODE}C79.51&subTopic.v.c=Q999999", f"en/{TOPIC}/"),
    "for the patient": (f"{CM}&{CODE}C79.51&informationRecipient=PAT&{EN}", f"en/{PATIENTS}/"),
    "for the patient, in the patient's language": (
        f"{CM}&{CODE}C79.51&informationRecipient=PAT&informationRecipient.languageCode.c=zh&{EN}",
        f"zh/{PATIENTS}/",
    ),
    "another topic, therapy": (
        f"{ICD}&{CODE}G95.2&subTopic.v.c=Q000628&{EN}",
        f"en/{CORD}/#definitive-treatment",
    ),
    "without the point, in small letters": (f"{CM}&{CODE}c7951&{EN}", f"en/{TOPIC}/"),
    "the system by its FHIR address": (
        f"mainSearchCriteria.v.cs={quote('http://hl7.org/fhir/sid/icd-10-cm', '')}&{CODE}C79.51&{EN}",
        f"en/{TOPIC}/",
    ),
    "the system as urn:oid": (
        f"mainSearchCriteria.v.cs=urn%3Aoid%3A2.16.840.1.113883.6.90&{CODE}C79.51&{EN}",
        f"en/{TOPIC}/",
    ),
}

# Name: the request, a link it offers ("" for none), and words that have to be read.
LISTED = {
    "a term of the glossary": (f"{ICD}&{CODE}C50&{EN}", "../en/glossary/#breast-cancer", "Found for “C50”"),
    "a drug": (
        f"mainSearchCriteria.v.cs=2.16.840.1.113883.6.73&{CODE}M05BX04&{EN}",
        "../en/glossary/#denosumab",
        "denosumab",
    ),
    "a narrower code than the book has": (
        f"{CM}&{CODE}C79.52&{EN}",
        f"../en/{TOPIC}/",
        "nearest broader code is C79.5: check that it fits",
    ),
    "a national code where the book has the international one": (
        f"{CM}&{CODE}C50.911&{ZH}",
        "../zh/glossary/#breast-cancer",
        "最接近的上级编码是C50，请核对是否适用",
    ),
    "a name alone": (
        f"mainSearchCriteria.v.dn=Metastatic+Bone+Tumors&{EN}",
        f"../en/{TOPIC}/",
        "Found for “Metastatic Bone Tumors”",
    ),
    "original text in Chinese": (
        f"mainSearchCriteria.v.ot={quote('转移性骨肿瘤')}&{ZH}",
        f"../zh/{TOPIC}/",
        "“转移性骨肿瘤”的相关内容",
    ),
    "a code without its system": (f"{CODE}C79.51&{EN}", f"../en/{TOPIC}/", "Found for “C79.51”"),
    "two criteria, the first unknown": (
        f"{CM}&{CODE}Z99.9&mainSearchCriteria.v.c1=C79.5&mainSearchCriteria.v.cs1=2.16.840.1.113883.6.3&{EN}",
        f"../en/{TOPIC}/",
        "This book has nothing on “Z99.9”.",
    ),
    "a code that the book has not": (f"{CM}&{CODE}A00.0", "", "This book has nothing on “A00.0”."),
    "the same, told in both languages": (f"{CM}&{CODE}A00.0", "", "本书没有“A00.0”的内容。"),
    "a system that nobody knows": (
        f"mainSearchCriteria.v.cs=1.2.3&{CODE}C79.51",
        "",
        "This book has nothing on “C79.51”.",
    ),
    "no criterion at all": ("performer=PROV&taskContext.c.c=PROBLISTREV", "", "names no code and no word"),
    "names of JavaScript's own": (
        f"mainSearchCriteria.v.cs=__proto__&{CODE}constructor&mainSearchCriteria.v.dn=toString&__proto__=x",
        "",
        "This book has nothing on “toString (constructor)”.",
    ),
    "markup": (f"{CM}&{CODE}{quote(HOSTILE)}", "", "onerror="),
    "markup as the language and the sub-topic": (
        f"{ICD}&{CODE}C50&performer.languageCode.c={quote(HOSTILE)}&subTopic.v.c={quote(HOSTILE)}",
        "../en/glossary/#breast-cancer",
        "Found for “C50”",
    ),
    "letters that turn the line around": (
        f"{CM}&{CODE}A%E2%80%AE00%00%0A",
        "",
        "This book has nothing on “A 00”.",
    ),
    "broken percent signs": (f"{CM}&{CODE}%E0%A4%A&x=%", "", "This book has nothing on"),
    "a script as the address": (f"{CM}&{CODE}javascript:alert(1)", "", "nothing on “javascript:alert(1)”"),
    "very long": (f"{CM}&{CODE}{'A' * 6000}", "", "This book has nothing on “" + "A" * 120 + "”."),
}


@dataclass
class Reader:
    """A page that watches: what it asks of whom, and what fails."""

    page: Page
    context: BrowserContext
    asked: list[Request] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)  # errors and dialogs of the page


@pytest.fixture
def reader(new_context: NewContext) -> Iterator[Reader]:
    context = new_context(locale="en-US")
    watching = Reader(context.new_page(), context)
    context.on("request", lambda request: watching.asked.append(request))
    watching.page.on("pageerror", lambda error: watching.faults.append(str(error)))
    watching.page.on("dialog", lambda dialog: watching.faults.append(f"dialog: {dialog.message}"))
    yield watching
    assert watching.faults == []


def left_behind(reader: Reader) -> None:
    """No other host was asked, the request went on to no other page, and nothing was kept."""
    page = reader.page
    own = urlsplit(reader.asked[0].url)
    for number, request in enumerate(reader.asked):
        url = urlsplit(request.url)
        assert (url.scheme, url.netloc) == (own.scheme, own.netloc), request.url
        assert request.method == "GET"
        if number:
            assert "mainSearch" not in request.url
            assert "mainSearch" not in request.headers.get("referer", "")
    assert "?" not in page.url
    assert reader.context.cookies() == []
    kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, history.state])")
    assert "C79" not in kept
    assert "mainSearch" not in kept


@pytest.mark.parametrize("name", OPENED)
def test_request_opens_its_place(reader: Reader, http_site: str, name: str) -> None:
    request, place = OPENED[name]
    reader.page.goto(f"{http_site}infobutton/?{request}")
    reader.page.wait_for_url(f"{http_site}{place}")
    expect(reader.page.locator("h1").first).to_be_visible()
    if anchor := urlsplit(place).fragment:
        expect(reader.page.locator(f"[id='{anchor}']")).to_be_in_viewport()
    left_behind(reader)


@pytest.mark.parametrize("name", LISTED)
def test_request_is_answered_plainly(reader: Reader, http_site: str, name: str) -> None:
    request, link, words = LISTED[name]
    page = reader.page
    page.goto(f"{http_site}infobutton/?{request}")
    answer = page.locator("#answer")
    expect(answer).to_be_visible()
    expect(answer).to_contain_text(words)
    assert page.url == f"{http_site}infobutton/"
    links = answer.locator("a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    if link:
        assert link in links
    else:
        # Told in every language, with a way on in each.
        assert links == [f"../{lang}/" for lang in LANGUAGES]
        assert answer.locator("p").evaluate_all("all => all.map(p => p.lang)") == list(LANGUAGES)
    assert answer.locator("img, script").count() == 0
    assert page.title() == "按编码查阅 · Answers by code"
    assert all(href.startswith(("../en/", "../zh/")) for href in links)
    left_behind(reader)
    # Where it leads is there, and learns nothing.
    answer.locator(f"a[href='{link}']" if link else "a").first.click()
    page.wait_for_url(lambda url: "/infobutton/" not in url)
    expect(page.locator("h1").first).to_be_visible()
    left_behind(reader)


def test_at_least_twenty_requests() -> None:
    assert len({request for request, *_ in [*OPENED.values(), *LISTED.values()]}) >= 20


def test_request_behind_the_number_sign_reaches_no_server(reader: Reader, http_site: str) -> None:
    reader.page.goto(f"{http_site}infobutton/#{CM}&{CODE}C79.51&{EN}")
    reader.page.wait_for_url(f"{http_site}en/{TOPIC}/")
    assert not [r.url for r in reader.asked if "mainSearch" in r.url.partition("#")[0]]


def test_request_from_the_disk(new_context: NewContext, site: Path) -> None:
    context = new_context()
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    page = context.new_page()
    page.goto(f"{(site / 'infobutton/index.html').as_uri()}?{CM}&{CODE}C79.51&subTopic.v.c=Q000628&{ZH}")
    page.wait_for_url(f"{(site / 'zh' / TOPIC / 'index.html').as_uri()}#treatment")
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked)


def test_back_does_not_return_to_the_request(reader: Reader, http_site: str) -> None:
    page = reader.page
    page.goto(f"{http_site}en/about/")
    page.goto(f"{http_site}infobutton/?{CM}&{CODE}C79.51&{EN}")
    page.wait_for_url(f"{http_site}en/{TOPIC}/")
    page.go_back()
    page.wait_for_url(f"{http_site}en/about/")


def test_without_a_script_every_code_is_listed(new_context: NewContext, http_site: str, site: Path) -> None:
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{http_site}infobutton/?{CM}&{CODE}C79.51")
    expect(page.locator("#answer")).to_be_hidden()
    row = page.locator("tbody tr").filter(has_text="ICD-10-CM C79.51")
    feeds = sorted(path.stem for path in (site / "infobutton").glob("*/*.json"))
    assert page.locator("tbody tr").count() == len(feeds) > 30
    row.locator("td[lang=en] a").first.click()
    page.wait_for_url(f"{http_site}en/{TOPIC}/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_fits_a_phone(new_context: NewContext, http_site: str, scheme: str) -> None:
    page = new_context(viewport={"width": 360, "height": 740}, color_scheme=scheme).new_page()
    for request in ("", f"?{ICD}&{CODE}C50&{EN}", f"?{CM}&{CODE}{'A' * 300}"):
        page.goto(f"{http_site}infobutton/{request}")
        assert page.evaluate("document.scrollingElement.scrollWidth") <= 360, request


def test_runs_under_a_strict_policy(new_context: NewContext, http_site: str) -> None:
    page = new_context().new_page()
    refused = guarded(page, f"{http_site}infobutton/**")
    page.goto(f"{http_site}infobutton/?{ICD}&{CODE}C50&{EN}")
    expect(page.locator("#answer a").first).to_be_visible()
    assert refused == []


# -- data in the pages ---------------------------------------------------------------------------------------


def guarded(page: Page, pattern: str) -> list[str]:
    """Serves pages under a policy that allows no inline script; what it refuses is added to the list."""
    refused: list[str] = []
    policy = "default-src 'none'; script-src 'self' 'report-sample'; style-src 'self'; img-src 'self' data:;"
    policy += " connect-src 'self'; worker-src 'self'"

    def serve(route: Route) -> None:
        response = route.fetch()
        route.fulfill(response=response, headers={**response.headers, "content-security-policy": policy})

    page.route(pattern, serve)
    page.expose_function("refuse", lambda sample: refused.append(sample))
    page.add_init_script(
        "document.addEventListener('securitypolicyviolation',"
        " e => refuse(e.violatedDirective + ' ' + e.sample))"
    )
    return refused


@pytest.mark.parametrize("lang", LANGUAGES)
def test_topic_describes_itself_and_no_policy_refuses_it(
    new_context: NewContext, http_site: str, site: Path, lang: str
) -> None:
    topics = json.loads((site / "api/v1/topics.json").read_text(encoding="utf-8"))["topics"]
    page = new_context().new_page()
    refused = guarded(page, "**/*")
    for topic in topics:
        page.goto(f"{http_site}{lang}/{topic['id']}/")
        (text,) = page.locator("script[type='application/ld+json']").all_text_contents()
        described = json.loads(text)
        assert described["url"] == topic["url"][lang]
        assert described["name"] == topic["title"][lang]
        assert described["dateModified"] == topic["updated"]
        assert ("lastReviewed" in described) == ("reviewed" in topic)
    page.wait_for_timeout(200)
    # Data in a script element is none to the policy. One that is, is refused: the policy is in force.
    assert refused == []
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {text: 'let x'}))")
    until(page, lambda: refused)
    assert ["script-src" in sample for sample in refused] == [True]


def test_every_address_in_the_data_is_there(site: Path) -> None:
    root = json.loads((site / "api/v1/index.json").read_text(encoding="utf-8"))["url"]
    every: set[str] = set()

    def collect(value: object) -> None:
        if isinstance(value, str) and value.startswith(root):
            every.add(value)
        elif isinstance(value, dict):
            for item in value.values():
                collect(item)
        elif isinstance(value, list):
            for item in value:
                collect(item)

    for path in [*(site / "api").rglob("*.json"), *(site / "infobutton").rglob("*.json")]:
        collect(json.loads(path.read_text(encoding="utf-8")))
    assert len(every) > 300
    pages: dict[Path, str] = {}
    for address in sorted(every):
        path, _, anchor = address.removeprefix(root).partition("#")
        file = site / path / "index.html" if not path or path.endswith("/") else site / path
        assert file.is_file(), address
        if anchor:
            text = pages.setdefault(file, file.read_text(encoding="utf-8"))
            assert f'id="{anchor}"' in text or f"id={anchor}" in text, address


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_on_data_leads_to_every_file(page: Page, http_site: str, site: Path, lang: str) -> None:
    page.goto(f"{http_site}{lang}/data/")
    links = page.locator("article li a[href*='../']").evaluate_all("all => all.map(a => a.pathname)")
    ways = {link.partition("/api/v1/")[2] for link in links if "/api/v1/" in link}
    files = {path.relative_to(site / "api/v1").as_posix() for path in (site / "api/v1").rglob("*.json")}
    other = "zh" if lang == "en" else "en"
    assert ways == {name for name in files if not name.startswith(f"topics/{other}/")}
    feed = page.locator("link[type='application/atom+xml']").evaluate("e => e.href")
    assert feed == f"{http_site}{lang}/changes.atom"
    assert (site / lang / "changes.atom").is_file()
