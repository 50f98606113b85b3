from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from bartack.errors import ConfigError
from bartack.normalizers import builtin
from bartack.normalizers.base import NotReadableError, Registry, check_parameters
from bartack_contracts import ISSUE_CODES

HEAVY = ("phonenumbers", "babel", "email_validator", "ftfy", "stdnum", "idna", "zoneinfo")


def test_importing_the_package_and_listing_the_names_loads_no_library() -> None:
    code = "import sys, bartack.normalizers as n; n.builtin().names(); print([m for m in sys.argv[1:] if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code, *HEAVY], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_text_and_numbers_load_no_library_for_plain_values() -> None:
    code = (
        "import sys; from bartack.normalizers import builtin; r = builtin();"
        "r.get('text')('a'); r.get('decimal')('1'); r.get('boolean')('true');"
        "print([m for m in sys.argv[1:] if m in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code, *HEAVY], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize("name", builtin().names())
def test_every_name_stands_for_a_documented_function(name: Any) -> None:
    function = builtin().get(name)
    assert function is not None
    assert ">>>" in (function.__doc__ or "")
    assert builtin().get(name) is function


def test_an_unknown_name_is_none() -> None:
    assert builtin().get("guess") is None


def test_a_name_is_given_once() -> None:
    registry = builtin()
    with pytest.raises(ValueError, match="registered already"):
        registry.add("text", str.strip)
    registry.add("text", "bartack.normalizers.text:text")
    registry.add("shout", str.upper)
    assert registry.get("shout") is str.upper


def test_a_plugin_s_names_do_not_leak_into_another_registry() -> None:
    registry = builtin()
    assert registry.with_functions({"shout": str.upper}).get("shout") is str.upper
    assert registry.get("shout") is None


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("date", {"format": "guess"}),
        ("datetime", {"format": "%Y-%m"}),
        ("datetime", {"format": "%Y-%m-%d %I:%M"}),
        ("datetime", {"format": "%Y-%m-%d %Y"}),
        ("datetime", {"format": "%Q"}),
        ("moment", {"format": []}),
        ("date", {"sentinels": [{}]}),
        ("time", {"format": "%H.%"}),
        ("duration", {"unit": "fortnight"}),
        ("decimal", {"mark": ",", "group": ","}),
        ("decimal", {"mark": ""}),
        ("money", {"minor_units": -1}),
        ("percent", {"scale": 50}),
        ("boolean", {"true": ["J"], "false": ["j"]}),
        ("boolean", {"true": [True]}),
        ("rich_text", {"format": "rtf"}),
        ("packed_name", {"order": "any"}),
        ("tax_id", {"scheme": "xx_none"}),
        ("tax_id", {"scheme": "os_path"}),
        ("url", {"scheme": "javascript"}),
    ],
)
def test_a_parameter_nothing_can_be_read_with_shows_before_the_first_row(name: Any, parameters: Any) -> None:
    function = builtin().get(name)
    assert function is not None
    with pytest.raises(ConfigError) as error:
        check_parameters(function, parameters)
    assert error.value.next_step


def test_good_parameters_pass_the_check() -> None:
    function = builtin().get("date")
    assert function is not None
    check_parameters(function, {"format": ["iso", "%d.%m.%Y"], "sentinels": ["9999-12-31", 0]})


def test_a_lazy_entry_of_a_plugin_is_imported_when_it_is_asked_for() -> None:
    registry = Registry({"broken": "no.such.module:function", "fine": "bartack.normalizers.text:upper"})
    assert registry.names() == ("broken", "fine")
    assert registry.get("fine")("a") == "A"  # type: ignore[misc]
    with pytest.raises(ModuleNotFoundError):
        registry.get("broken")


def test_not_readable_tells_a_known_code() -> None:
    with pytest.raises(NotReadableError) as error:
        builtin().get("integer")("x")  # type: ignore[misc]
    assert error.value.code in ISSUE_CODES
