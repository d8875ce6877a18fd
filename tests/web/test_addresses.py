"""Numbers of an address: what is none is none, whatever Unicode calls a digit."""

from __future__ import annotations

import pytest

from nrm_web.addresses import as_number


@pytest.mark.parametrize(("text", "number"), [
    ("12", 12), ("0", 0), ("", None), ("-1", None), ("1.5", None), ("²", None), ("٣", None), ("9" * 11, 99999999999),
    ("9" * 12, None), ("x", None),
])
def test_only_plain_digits_are_a_number(text: str, number: int | None) -> None:
    assert as_number(text) == number
