"""Bank holidays are those of the library, which a process of its own is asked for."""

from datetime import date

import pytest
from holidays import country_holidays

from app.core.working_days import bank_holidays, is_working_day, working_days_after


@pytest.mark.parametrize("year", [1999, 2000, 2011, 2020, 2022, 2023, 2026, 2027, 2099])
def test_they_are_those_of_the_library(year):
    assert bank_holidays(year) == frozenset(country_holidays("GB", subdiv="ENG", years=year))


def test_the_special_ones_of_single_years_are_among_them():
    assert not is_working_day(date(2022, 9, 19)) and not is_working_day(date(2023, 5, 8)) and not is_working_day(date(2026, 12, 28))
    assert working_days_after(date(2026, 12, 24), 1) == date(2026, 12, 29)
