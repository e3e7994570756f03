"""Which e-mail addresses are kept."""

import pytest

from app.core.addresses import work_address
from app.core.errors import Refused


@pytest.mark.parametrize(("typed", "kept"), [
    ("Ann@Council.gov.uk ", "ann@council.gov.uk"), ("o'neil@example.org", "o'neil@example.org"),
    ("ann@intranet.local", "ann@intranet.local"), ("ann@mail.test", "ann@mail.test"), ("ann@localhost", "ann@localhost"),
])
def test_addresses_are_kept_in_small_letters_also_those_known_inside_an_organisation_only(typed, kept):
    assert work_address(typed) == kept


@pytest.mark.parametrize("typed", ["", "ann", "ann@", "ann example@example.org", "ann@example..org", "ann@x.invalid", "a@b.org\nbcc: c@d.org"])
def test_what_is_no_address_is_refused_with_one_that_is(typed):
    with pytest.raises(Refused, match="Enter an address like"):
        work_address(typed)
