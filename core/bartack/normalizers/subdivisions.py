"""Regions of the countries whose systems name them in addresses: ISO 3166-2 codes with the names in use for them.

CLDR's names of subdivisions are not in babel. A country that is not listed here is read by full codes only.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from bartack.normalizers.localized import name_key

__all__ = ["regions_of"]

_REGIONS = MappingProxyType(
    {
        "US": "AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut, DE Delaware,"
        " FL Florida, GA Georgia, HI Hawaii, ID Idaho, IL Illinois,"
        " IN Indiana, IA Iowa, KS Kansas, KY Kentucky, LA Louisiana, ME Maine,"
        " MD Maryland, MA Massachusetts, MI Michigan, MN Minnesota, MS Mississippi, MO Missouri, MT Montana, NE Nebraska,"
        " NV Nevada, NH New Hampshire, NJ New Jersey, NM New Mexico, NY New York, NC North Carolina, ND North Dakota, OH Ohio,"
        " OK Oklahoma, OR Oregon, PA Pennsylvania, RI Rhode Island, SC South Carolina, SD South Dakota, TN Tennessee, TX Texas,"
        " UT Utah, VT Vermont, VA Virginia, WA Washington, WV West Virginia, WI Wisconsin, WY Wyoming,"
        " DC District of Columbia|Washington DC, AS American Samoa, GU Guam, MP Northern Mariana Islands, PR Puerto Rico,"
        " UM Minor Outlying Islands, VI Virgin Islands",
        "CA": "AB Alberta, BC British Columbia|Colombie-Britannique, MB Manitoba, NB New Brunswick|Nouveau-Brunswick,"
        " NL Newfoundland and Labrador|Newfoundland, NS Nova Scotia|Nouvelle-Écosse, NT Northwest Territories, NU Nunavut,"
        " ON Ontario, PE Prince Edward Island, QC Quebec, SK Saskatchewan, YT Yukon",
        "AU": "ACT Australian Capital Territory, NSW New South Wales, NT Northern Territory, QLD Queensland, SA South Australia,"
        " TAS Tasmania, VIC Victoria, WA Western Australia",
        "DE": "BB Brandenburg, BE Berlin, BW Baden-Württemberg, BY Bayern|Bavaria, HB Bremen, HE Hessen|Hesse, HH Hamburg,"
        " MV Mecklenburg-Vorpommern|Mecklenburg-Western Pomerania, NI Niedersachsen|Lower Saxony,"
        " NW Nordrhein-Westfalen|North Rhine-Westphalia|NRW, RP Rheinland-Pfalz|Rhineland-Palatinate,"
        " SH Schleswig-Holstein, SL Saarland, SN Sachsen|Saxony, ST Sachsen-Anhalt|Saxony-Anhalt, TH Thüringen|Thuringia",
        "AT": "1 Burgenland, 2 Kärnten|Carinthia, 3 Niederösterreich|Lower Austria, 4 Oberösterreich|Upper Austria, 5 Salzburg,"
        " 6 Steiermark|Styria, 7 Tirol|Tyrol, 8 Vorarlberg, 9 Wien|Vienna",
        "CH": "AG Aargau, AI Appenzell Innerrhoden, AR Appenzell Ausserrhoden, BE Bern|Berne, BL Basel-Landschaft,"
        " BS Basel-Stadt, FR Fribourg|Freiburg, GE Genève|Geneva|Genf, GL Glarus, GR Graubünden|Grisons,"
        " JU Jura, LU Luzern|Lucerne,"
        " NE Neuchâtel|Neuenburg, NW Nidwalden, OW Obwalden, SG St. Gallen, SH Schaffhausen, SO Solothurn, SZ Schwyz, TG Thurgau,"
        " TI Ticino|Tessin, UR Uri, VD Vaud|Waadt, VS Valais|Wallis, ZG Zug, ZH Zürich",
        "BR": "AC Acre, AL Alagoas, AM Amazonas, AP Amapá, BA Bahia, CE Ceará, DF Distrito Federal, ES Espírito Santo, GO Goiás,"
        " MA Maranhão, MG Minas Gerais, MS Mato Grosso do Sul, MT Mato Grosso, PA Pará, PB Paraíba, PE Pernambuco, PI Piauí,"
        " PR Paraná, RJ Rio de Janeiro, RN Rio Grande do Norte, RO Rondônia, RR Roraima, RS Rio Grande do Sul, SC Santa Catarina,"
        " SE Sergipe, SP São Paulo, TO Tocantins",
    }
)


@cache
def regions_of(country: str) -> Mapping[str, str]:
    """Return ISO 3166-2 (without the country) by code and by name key; empty for a country that is not listed.

    >>> regions_of("DE")["bavaria"], regions_of("AT")["9"], regions_of("FR")
    ('BY', '9', mappingproxy({}))
    """
    found: dict[str, str] = {}
    for entry in _REGIONS.get(country, "").split(", "):
        code, _, names = entry.partition(" ")
        if code:
            found |= {name_key(code): code} | {name_key(name): code for name in names.split("|")}
    return MappingProxyType(found)
