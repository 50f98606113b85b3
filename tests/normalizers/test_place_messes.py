"""Countries, regions, languages and time zones as systems really name them."""

from __future__ import annotations

import re
from typing import Any

import phonenumbers
import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from bartack.normalizers.base import NotReadableError
from bartack.normalizers.dates import zone_of
from bartack.normalizers.places import country, language, region_code, time_zone

COUNTRIES = """
DE: de, DEU, 276, Germany, Deutschland, Allemagne, Alemania, GERMANY, " Germany ", Federal Republic of Germany, ドイツ
GB: UK, GB, GBR, United Kingdom, the United Kingdom, England, Great Britain, Vereinigtes Königreich, U.K.
US: USA, US, U.S., U.S.A., United States, United States of America, Vereinigte Staaten, États-Unis, 840
NL: Holland, The Netherlands, Niederlande, Nederland
TR: Turkey, Türkiye, Turkiye, Türkei
KR: South Korea, Republic of Korea, 대한민국
CZ: Czech Republic, Czechia, Česko
VN: Viet Nam, Vietnam
CI: Ivory Coast, Côte d'Ivoire, Cote d’Ivoire
RU: Russian Federation, Russia, Россия
CH: Schweiz, Suisse, Svizzera, Switzerland
ES: España, Espana, Spain
BR: Brasil, Brazil
GR: EL, Greece, Hellas, Ελλάδα
BA: Bosnia and Herzegovina, Bosnia & Herzegovina
KN: Saint Kitts and Nevis, St. Kitts & Nevis
CD: DR Congo, Democratic Republic of the Congo, Congo-Kinshasa
HK: Hong Kong, Hong Kong SAR China
XK: Kosovo, XK
GE: Georgia
CN: China, 中国, PRC
MK: Macedonia, North Macedonia
MM: ZZZ
"""


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (name.strip('"'), line[:2])
        for line in COUNTRIES.strip().splitlines()
        for name in re.split(", ", line[4:])
        if name != "ZZZ"
    ],
)
def test_countries(raw: Any, code: Any) -> None:
    assert country(raw) == code


@pytest.mark.parametrize(
    "raw",
    [
        "Narnia",
        "",
        "-",
        "EU",
        "UN",
        "ZZ",
        "XX",
        "Korea",
        "Kongo",
        "Europe",
        "Germnay",
        "Europa",
        "12",
        "D",
        "SU",
        "1" * 999,
        276,
    ],
)
def test_what_is_not_one_country(raw: Any) -> None:
    with pytest.raises(NotReadableError) as error:
        country(raw)
    assert error.value.code == "country.unknown"


def test_every_name_in_the_source_s_own_language_is_read_or_refused_but_never_another() -> None:
    for tag in ("en", "de", "fr", "et", "sw", "ja", "ar"):
        for code, name in Locale.parse(tag).territories.items():
            if code in phonenumbers.SUPPORTED_REGIONS and code not in ("AC", "TA"):
                assert country(name, language=tag) == code


def test_a_name_in_a_rare_language_needs_that_language() -> None:
    name = Locale.parse("sw").territories["CI"]
    with pytest.raises(NotReadableError):
        country("Aivari Kosti")
    assert country(name, language="sw-KE") == "CI"


@pytest.mark.parametrize(
    ("raw", "home", "code"),
    [
        ("CA", "US", "US-CA"),
        ("california", "USA", "US-CA"),
        ("US-CA", None, "US-CA"),
        ("us_ca", "US", "US-CA"),
        ("Québec", "CA", "CA-QC"),
        ("Bayern", "DE", "DE-BY"),
        ("Baden-Wuerttemberg", "DE", None),  # another spelling is another word
        ("9", "AT", "AT-9"),
        ("Wien", "Österreich", "AT-9"),
        ("São Paulo", "BR", "BR-SP"),
        ("California (US)", None, "US-CA"),  # Odoo
        ("FR-75", None, "FR-75"),
        ("FR-75", "FR", "FR-75"),
        ("US-ZZ", None, None),
        ("US-CA", "CA", None),  # contradiction
        ("XX-1", None, None),
        ("75", "FR", None),
        ("BE", None, None),  # Berlin, Bern?
        ("BE", "CH", "CH-BE"),
        ("BE", "DE", "DE-BE"),
        ("CA", "Narnia", None),
    ],
)
def test_regions(raw: Any, home: Any, code: Any) -> None:
    if code is not None:
        assert region_code(raw, country=home) == code
        return
    with pytest.raises(NotReadableError) as error:
        region_code(raw, country=home)
    assert error.value.code == "region.unknown"


@pytest.mark.parametrize(
    ("raw", "tag"),
    [
        ("en_US", "en-US"),
        ("EN-us", "en-US"),
        ("de", "de"),
        ("zh_CN", "zh-CN"),
        ("zh-hans-cn", "zh-Hans-CN"),
        ("pt_BR.UTF-8", "pt-BR"),
        ("sr@latin", "sr-Latn"),  # Odoo
        ("ca_ES@valencia", "ca-ES-valencia"),
        ("de_DE@euro", "de-DE"),
        ("de-CH-1996", "de-CH-1996"),
        ("es-419", "es-419"),
        ("iw", "he"),  # Salesforce
        ("ger", "de"),
        ("deu", "de"),
        ("German", "de"),
        ("Deutsch", "de"),
        ("Brazilian Portuguese", "pt-BR"),
    ],
)
def test_languages(raw: Any, tag: Any) -> None:
    assert language(raw) == tag


@pytest.mark.parametrize(
    "raw", ["", "xx", "en-XX", "Dothrakisch", "und", "zxx", "en_US_x_y_z!", "Unknown language", 1033, None]
)
def test_no_languages(raw: Any) -> None:
    with pytest.raises(NotReadableError) as error:
        language(raw)
    assert error.value.code == "language.unknown"


@pytest.mark.parametrize(
    ("raw", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("america/los_angeles", "America/Los_Angeles"),
        ("America/Los Angeles", "America/Los_Angeles"),
        ("europe_slash_berlin", "Europe/Berlin"),  # HubSpot
        ("america_slash_port_hyphen_au_hyphen_prince", "America/Port-au-Prince"),
        ("utc", "UTC"),
        ("W. Europe Standard Time", "Europe/Berlin"),  # Windows, Dynamics
        ("Eastern Standard Time", "America/New_York"),
    ],
)
def test_time_zones(raw: Any, zone: Any) -> None:
    assert time_zone(raw) == zone
    assert zone_of(zone).key == zone


@pytest.mark.parametrize("raw", ["", "Mars/Olympus", "PST", "Europe", "Factory", "../etc/passwd", "localtime", 1, None])
def test_no_time_zones(raw: Any) -> None:
    with pytest.raises(NotReadableError) as error:
        time_zone(raw)
    assert error.value.code == "zone.unknown"


@given(st.text(max_size=12))
def test_what_is_read_has_the_form_of_its_standard(raw: Any) -> None:
    for function, form in (
        (country, r"[A-Z]{2}"),
        (region_code, r"[A-Z]{2}-[A-Z0-9]{1,3}"),
        (language, r"[a-z]{2,3}(-\w+)*"),
    ):
        try:
            assert re.fullmatch(form, function(raw))
        except NotReadableError:
            continue
