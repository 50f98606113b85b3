"""E-mail addresses, telephone numbers, web addresses and tax numbers as systems really hold them."""

from __future__ import annotations

from typing import Any

import pytest

from bartack.normalizers.base import Noted, NotReadableError
from bartack.normalizers.emails import email
from bartack.normalizers.identifiers import tax_id
from bartack.normalizers.phones import phone
from bartack.normalizers.web import domain, last_segment, url
from bartack_contracts import EmailAddress, PhoneNumber, TaxId


def read(result: Any) -> tuple[Any, list[str]]:
    return (result.value, [note.code for note in result.notes]) if isinstance(result, Noted) else (result, [])


@pytest.mark.parametrize(
    ("raw", "address", "codes"),
    [
        ("zoe@example.org", "zoe@example.org", []),
        (" Zoe.Mueller@EXAMPLE.Org\n", "Zoe.Mueller@example.org", []),  # the local part is as sent
        ("o'brien+news@example.co.uk", "o'brien+news@example.co.uk", []),
        ("Info@example.org", "info@example.org", []),  # RFC 2142: no server tells these apart
        ("Zoë Müller <zoe@example.org>", "zoe@example.org", []),
        ('"Müller, Dr. Zoë" <zoe@example.org>', "zoe@example.org", []),
        ("<zoe@example.org>", "zoe@example.org", []),
        ("MAILTO:zoe@example.org?subject=Hi", "zoe@example.org", []),
        ("zoë@example.org", "zoë@example.org", []),  # RFC 6531
        ("zoe@müller.example", "zoe@müller.example", []),
        ("zoe@XN--MLLER-KVA.example", "zoe@müller.example", []),
        ("zoe\u200b@example.org", "zoe@example.org", ["text.cleaned"]),  # copied from a web page
        ("root@localhost", "root@localhost", ["email.not_public"]),  # Request Tracker
        ("zoe@Intranet", "zoe@intranet", ["email.not_public"]),
        ("zoe@corp.local", "zoe@corp.local", ["email.not_public"]),
        ("zoe@acme.test", "zoe@acme.test", ["email.not_public"]),
        ("n/a", None, ["email.invalid"]),
        ("zoe@", None, ["email.invalid"]),
        ("@example.org", None, ["email.invalid"]),
        ("zoe@@example.org", None, ["email.invalid"]),
        ("zoe..m@example.org", None, ["email.invalid"]),
        ("zoe@example..org", None, ["email.invalid"]),
        ("zoe@example.org, max@example.org", None, ["email.invalid"]),  # a list is for the rule to split
        ("zoe@example.org;", None, ["email.invalid"]),
        ("zoe@example.org.", None, ["email.invalid"]),
        ("zoe @example.org", None, ["email.invalid"]),
        ("zoe@ex&mple.org", None, ["email.invalid"]),
        ("zoe@-example.org", None, ["email.invalid"]),
        ("zoe@127.0.0.1", None, ["email.invalid"]),
        ("ab" * 600 + "@example.org", None, ["email.invalid"]),
        ("x@" + "a" * 64 + ".org", None, ["email.invalid"]),
        ("a@b@localhost", None, ["email.invalid"]),
    ],
)
def test_emails(raw: Any, address: Any, codes: Any) -> None:
    draft, found = read(email(raw))
    assert draft == {"address": address, "raw": raw}
    assert found == codes
    EmailAddress.model_validate(draft)


@pytest.mark.parametrize(
    ("raw", "region", "e164", "extension"),
    [
        ("+4930901820", None, "+4930901820", None),
        ("+49 (0)30 / 90 18-20", None, "+4930901820", None),
        ("030 901820", "DE", "+4930901820", None),
        ("030 901820", "de", "+4930901820", None),
        ("030 901820", "Germany", "+4930901820", None),
        ("020 7946 0958", "UK", "+442079460958", None),
        ("0049 30 901820", "DE", "+4930901820", None),
        ("011 49 30 901820", "US", "+4930901820", None),
        ("(415) 555-2671", "US", "+14155552671", None),
        ("1-415-555-2671", "US", "+14155552671", None),
        ("+1 (416) 555-0123", "DE", "+14165550123", None),  # Canada
        ("06 698 12345", "IT", "+390669812345", None),  # the zero stays in Italy
        ("+7 727 250 00 00", None, "+77272500000", None),  # Kazakhstan
        ("+44 1624 712345", None, "+441624712345", None),  # Isle of Man
        ("+800 1234 5678", None, "+80012345678", None),  # in no country
        ("030 901820 x12", "DE", "+4930901820", "12"),
        ("030 901820 ext. 12", "DE", "+4930901820", "12"),
        ("tel:+49-30-901820;ext=12", None, "+4930901820", "12"),
        ("(530) 583-6985 #302", "US", "+15305836985", "302"),
        ("Tel.: 030 901820", "DE", "+4930901820", None),
        ("Büro +49 30 901820", None, "+4930901820", None),
        ("\u202a+49 30 901820\u202c", None, "+4930901820", None),  # copied from a contact card
        ("＋４９　３０　９０１８２０", None, "+4930901820", None),
        ("٠٣٠ ٩٠١٨٢٠", "DE", "+4930901820", None),
        (4930901820, "DE", "+4930901820", None),  # a number column
    ],
)
def test_phones(raw: Any, region: Any, e164: Any, extension: Any) -> None:
    draft, codes = read(phone(raw, region=region))
    assert draft == {"e164": e164, "raw": str(raw)} | ({"extension": extension} if extension else {})
    assert codes == []
    PhoneNumber.model_validate(draft)


@pytest.mark.parametrize(
    ("raw", "region", "code"),
    [
        ("030 901820", None, "phone.no_region"),
        ("030 901820", "Narnia", "phone.no_region"),
        ("0049 30 901820", None, "phone.no_region"),  # 00 is not the way out of every country
        ("030 901820", "ZZ", "phone.no_region"),
        ("415.555.2671 x12", "GB", "phone.invalid"),  # E.164 would take it
        ("(415) 555-0123 4", "US", "phone.invalid"),
        ("123", "DE", "phone.invalid"),
        ("+999 123456", None, "phone.unreadable"),
        ("030 901820 / 040 123456", "DE", "phone.invalid"),
        ("see website", "DE", "phone.unreadable"),
        ("-", "DE", "phone.unreadable"),
        ("030 901820 Max", "DE", "phone.unreadable"),  # the library reads MAX as 629
        ("030 901820 DW 12", "DE", "phone.unreadable"),  # and drops DW
        ("0171 1234567 (nach 18 Uhr)", "DE", "phone.unreadable"),
        ("030/901820 abends: 030/901821", "DE", "phone.unreadable"),
        ("1-800-FLOWERS", "US", "phone.unreadable"),
        ("4.93012E+11", "DE", "phone.unreadable"),  # what a spreadsheet makes of one
        ("9" * 300, "DE", "phone.unreadable"),
        ("+49 32 1234567890123", None, "phone.invalid"),  # longer than E.164 allows
        ("x" * 100_000, None, "phone.unreadable"),
    ],
)
def test_numbers_that_cannot_be_told_keep_their_raw_form(raw: Any, region: Any, code: Any) -> None:
    draft, codes = read(phone(raw, region=region))
    assert draft == {"e164": None, "raw": raw}
    assert codes == [code]
    PhoneNumber.model_validate(draft)


@pytest.mark.parametrize("raw", [True, None, 1.5, ["030"], {"number": "030"}, b"030", 10**30])
@pytest.mark.parametrize(("function", "code"), [(phone, "phone.unreadable"), (email, "email.invalid")])
def test_other_things_are_no_contact(function: Any, raw: Any, code: Any) -> None:
    with pytest.raises(NotReadableError) as error:
        function(raw)
    assert error.value.code == code


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("https://www.example.org/", "https://www.example.org/"),
        ("HTTP://WWW.Example.ORG/Path?Q=1#F", "http://www.example.org/Path?Q=1#F"),
        ("www.example.org", "https://www.example.org"),
        ("example.org/kontakt", "https://example.org/kontakt"),
        ("//example.org/x", "https://example.org/x"),
        ("https://example.org.", "https://example.org"),
        ("http://intranet/wiki", "http://intranet/wiki"),
        ("http://10.0.0.5:8080/", "http://10.0.0.5:8080/"),
        ("http://[::1]/", "http://[::1]/"),
        ("https://müller.example/ö?ä=%C3%A4", "https://xn--mller-kva.example/%C3%B6?%C3%A4=%C3%A4"),
        ("https://例え.jp", "https://xn--r8jz45g.jp"),
    ],
)
def test_urls(raw: Any, value: Any) -> None:
    assert url(raw) == value


@pytest.mark.parametrize(
    "raw",
    [
        "www.expressl&t.net",  # Salesforce
        "n/a",
        "none",
        "intranet",
        "javascript:alert(1)",
        "ftp://example.org",
        "mailto:zoe@example.org",
        "zoe@example.org",
        "https://user:secret@example.org/",
        "https://google.com@evil.example",
        "http:/example.org",
        "http//example.org",
        "https://https://example.org",
        "https://example.org:99999/",
        "https://exa mple.org",
        "https://example.org\\@evil.example",
        "https://-example.org",
        "https://example..org",
        "https://[::1",
        "http://1.2.3.4.5",
        "http://999.1.1.1",
        "10.0.0.5",
        "https://" + "a" * 5000,
        "",
        5,
        None,
    ],
)
def test_no_urls(raw: Any) -> None:
    with pytest.raises(NotReadableError) as error:
        url(raw)
    assert error.value.code == "url.invalid"


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("example.org", "example.org"),
        ("WWW.Example.org.", "example.org"),
        ("https://www.example.org:8443/x?y", "example.org"),
        ("zoe@example.org", "example.org"),
        ("@example.org", "example.org"),
        ("xn--mller-kva.example", "müller.example"),
        ("example.org/path", "example.org"),
    ],
)
def test_domains(raw: Any, value: Any) -> None:
    assert domain(raw) == value


@pytest.mark.parametrize(
    "raw", ["intranet", "n/a", "10.0.0.5", "http://[::1]/", "a b.org", "", None, "www.expressl&t.net"]
)
def test_no_domains(raw: Any) -> None:
    with pytest.raises(NotReadableError):
        domain(raw)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("https://rt.example/REST/2.0/user/root", "root"),
        ("/api/users/42/", "42"),
        ("/api/users/a%20b?x=/y#z", "a b"),
        ("https://x.example/a", "a"),
    ],
)
def test_last_segment(raw: Any, value: Any) -> None:
    assert last_segment(raw) == value


@pytest.mark.parametrize("raw", ["https://x.example", "https://x.example/", "42", "/", "", None, "/%00"])
def test_no_last_segment(raw: Any) -> None:
    with pytest.raises(NotReadableError):
        last_segment(raw)


@pytest.mark.parametrize(
    ("raw", "parameters", "value", "country"),
    [
        ("DE 136 695 976", {}, "DE136695976", "DE"),
        ("BE0477472701", {}, "BE0477472701", "BE"),  # Odoo
        ("EL 094259216", {}, "EL094259216", "GR"),
        ("136695976", {"country": "DE"}, "DE136695976", "DE"),
        ("094259216", {"country": "Greece"}, "EL094259216", "GR"),
        ("91-1144442", {"scheme": "us_ein"}, "911144442", "US"),
        ("GB 980 7806 84", {"scheme": "gb_vat"}, "980780684", "GB"),
        ("552 008 443", {"scheme": "fr_siren"}, "552008443", "FR"),
        ("27AAPFU0939F1ZV", {"scheme": "in_gstin"}, "27AAPFU0939F1ZV", "IN"),
    ],
)
def test_tax_ids(raw: Any, parameters: Any, value: Any, country: Any) -> None:
    draft, codes = read(tax_id(raw, **parameters))
    assert draft == {"scheme": parameters.get("scheme", "eu_vat"), "value": value, "country": country}
    assert codes == []
    TaxId.model_validate(draft)


@pytest.mark.parametrize(
    ("raw", "parameters", "country"),
    [
        ("DE136695977", {}, None),  # check digit
        ("US123", {}, None),
        ("0", {"country": "DE"}, "DE"),
        ("ß" * 9, {"scheme": "us_ein"}, "US"),
    ],
)
def test_a_wrong_tax_id_is_kept_with_a_note(raw: Any, parameters: Any, country: Any) -> None:
    draft, codes = read(tax_id(raw, **parameters))
    assert draft == {"scheme": parameters.get("scheme", "eu_vat"), "value": raw, "country": country}
    assert codes == ["tax_id.invalid"]
    TaxId.model_validate(draft)
