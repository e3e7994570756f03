"""What people type as a number is refused with a sentence where no computer can count with it, in every form there is."""

from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import DecimalField, IntegerField
from wtforms.fields.core import UnboundField

from app.ui.widgets import AmountField, Form, NumberField


def every_form(kind=Form):
    return {kind, *(one for child in kind.__subclasses__() for one in every_form(child))}


class Typed(Form):
    """A form with one field of each kind."""

    number = NumberField("Number")
    amount = AmountField("Amount")


def typed(app, field, text):
    with app.test_request_context("/"):
        form = Typed(MultiDict({field: text}), meta={"csrf": False})
        form.validate()
        str(form[field])
        return form[field].data, [str(error) for error in form[field].errors]


def test_every_field_for_a_number_is_one_of_ours(app):
    kinds = {(form.__name__, name): field.field_class for form in every_form() for name, field in vars(form).items() if isinstance(field, UnboundField)}
    assert [where for where, kind in kinds.items() if issubclass(kind, (IntegerField, DecimalField)) and kind not in (NumberField, AmountField)] == []
    assert NumberField in kinds.values() and AmountField in kinds.values()


@pytest.mark.parametrize("text", ["9" * 5000, "9" * 4000, "-" + "9" * 4000, "9" * 400, "1000000000000", "x", "1e5", "\u00b2", "NaN"])
def test_a_number_of_hundreds_or_thousands_of_digits_is_refused_with_a_sentence(app, text):
    found, errors = typed(app, "number", text)
    assert found is None and errors[0] in ("This number is too long", "Enter a whole number, like 12")


@pytest.mark.parametrize("text", ["9" * 5000, "sNaN", "NaN", "Infinity", "-Infinity", "1e999999", "1e99999999999999999999", "lots"])
def test_an_amount_that_is_none_is_refused_with_a_sentence(app, text):
    assert typed(app, "amount", text) == (None, ["Enter an amount in pounds and pence, such as 7.50"])


def test_what_can_be_meant_is_taken(app):
    assert typed(app, "number", "1000000000") == (1000000000, []) and typed(app, "amount", "7.50") == (Decimal("7.50"), [])
