"""How form fields are drawn: each WTForms field as GOV.UK's component, so that a page says `{{ form.needs }}` and no more."""

from collections.abc import Iterable
from functools import cache
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from jinja2 import Environment, PackageLoader, PrefixLoader
from markupsafe import Markup
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    EmailField,
    Field,
    FileField,
    HiddenField,
    IntegerField,
    MultipleFileField,
    PasswordField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    SubmitField,
    TextAreaField,
    TimeField,
)
from wtforms.csrf.core import CSRFTokenField
from wtforms.form import BaseForm
from wtforms.validators import ValidationError
from wtforms.widgets import TextInput

from app.core.addresses import work_address
from app.core.errors import Refused
from app.core.london import YEARS
from app.ui.drawing import once

# GOV.UK's macros read parameters that may be absent, so they live in an environment that is not strict.
_macros = Environment(
    loader=PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}), autoescape=True, auto_reload=False
)


LONGEST_KEPT = 4000
FAR_TOO_MUCH = 10**12
"""No number that anybody types is as large."""


@cache
def _macro(component: str, name: str) -> Any:
    return getattr(_macros.get_template(f"govuk_frontend_jinja/components/{component}/macro.html").module, name)


def _component(component: str, name: str, params: dict[str, Any]) -> Markup:
    """The component for these parameters.

    The same parameters always give the same HTML, so a small one is kept and drawn once; one that holds what somebody typed, or why it was
    refused, is not kept.
    """
    if params.get("value") or "errorMessage" in params or len(told := repr(params)) > LONGEST_KEPT:  # it tells text from markup
        return Markup(_macro(component, name)(params))
    return Markup(once("components", (component, told), lambda: _macro(component, name)(params)))


def draw(field: Field, render_kw: dict[str, Any]) -> Markup:
    """The field as a component. `render_kw` may name `width` (2, 3, 4, 5, 10, 20), `rows`, `small`, `inline`, `page_heading`."""
    if isinstance(field, (HiddenField, CSRFTokenField)):
        return Markup(field.widget(field))
    if isinstance(field, SubmitField):
        button = {"text": field.label.text, "name": field.name, "value": "1", "preventDoubleClick": True}
        return _component("button", "govukButton", button)
    if isinstance(field, (RadioField, SelectMultipleField)):
        return _choices(field, render_kw)
    if isinstance(field, SelectField):
        return _select(field)
    if isinstance(field, BooleanField):
        return _checkbox(field)
    if isinstance(field, TextAreaField):
        return _component("textarea", "govukTextarea", {**_common(field), "value": field._value(), "rows": render_kw.get("rows", 4)})
    if isinstance(field, (FileField, MultipleFileField)):
        attributes = {"multiple": ""} if isinstance(field, MultipleFileField) else {}
        return _component("file-upload", "govukFileUpload", {**_common(field), "attributes": {**attributes, **_accept(render_kw)}})
    return _input(field, render_kw)


def _accept(render_kw: dict[str, Any]) -> dict[str, str]:
    return {"accept": render_kw["accept"]} if "accept" in render_kw else {}


def _common(field: Field) -> dict[str, Any]:
    params: dict[str, Any] = {"id": field.id, "name": field.name, "label": {"text": field.label.text}}
    if field.description:
        params["hint"] = {"text": field.description}
    if field.errors:
        params["errorMessage"] = {"text": str(field.errors[0])}
    return params


def _input(field: Field, render_kw: dict[str, Any]) -> Markup:
    kind = "text"
    attributes = {}
    for field_type, input_type in ((EmailField, "email"), (PasswordField, "password"), (DateField, "date"), (TimeField, "time")):
        if isinstance(field, field_type):
            kind = input_type
    params = {**_common(field), "type": kind}
    if isinstance(field, IntegerField):
        params["inputmode"] = "numeric"
    if not isinstance(field, PasswordField):
        params["value"] = field._value()
    if "autocomplete" in render_kw:
        params["autocomplete"] = render_kw["autocomplete"]
    if "width" in render_kw:
        params["classes"] = f"govuk-input--width-{render_kw['width']}"
    if isinstance(field, EmailField):
        params["spellcheck"] = False
    return _component("input", "govukInput", {**params, "attributes": attributes})


def _select(field: SelectField) -> Markup:
    items = [{"value": one.value, "text": one.label, "selected": one.selected} for one in field.iter_choices()]
    return _component("select", "govukSelect", {**_common(field), "items": items})


def _choices(field: RadioField | SelectMultipleField, render_kw: dict[str, Any]) -> Markup:
    component, name = ("checkboxes", "govukCheckboxes") if isinstance(field, SelectMultipleField) else ("radios", "govukRadios")
    params = _common(field)
    label = params.pop("label")
    params["idPrefix"] = params.pop("id")
    legend = {"text": label["text"]}
    if render_kw.get("page_heading"):
        legend |= {"isPageHeading": True, "classes": "govuk-fieldset__legend--l"}
    params["fieldset"] = {"legend": legend}
    params["items"] = [{"value": one.value, "text": one.label, "checked": one.selected} for one in field.iter_choices()]
    classes = [f"govuk-{component}--small"] if render_kw.get("small") else []
    classes += [f"govuk-{component}--inline"] if render_kw.get("inline") else []
    return _component(component, name, {**params, "classes": " ".join(classes)})


def _checkbox(field: BooleanField) -> Markup:
    params = _common(field)
    label = params.pop("label")
    params["idPrefix"] = params.pop("id")
    hint = params.pop("hint", None)
    item = {"value": "y", "text": label["text"], "checked": bool(field.data)} | ({"hint": hint} if hint else {})
    return _component("checkboxes", "govukCheckboxes", {**params, "items": [item]})


def choices(pairs: Iterable[tuple[object, str]]) -> list[SelectChoice]:
    """What can be chosen in a field, from (value, label) pairs."""
    return [SelectChoice(str(value), label) for value, label in pairs]


class _Sentences:
    """WTForms' own sentences in our words, where they are not plain."""

    OURS: ClassVar = {"Not a valid integer value.": "Enter a whole number, like 12",
                      "Not a valid decimal value.": "Enter an amount in pounds and pence, such as 7.50",
                      "Not a valid choice.": "Choose one of those that are listed"}

    def gettext(self, sentence: str) -> str:
        return self.OURS.get(sentence, sentence)

    def ngettext(self, one: str, many: str, number: int) -> str:
        return one if number == 1 else many


def _in_one_line(typed: Any) -> Any:
    return " ".join(typed.splitlines()) if isinstance(typed, str) else typed


class Form(FlaskForm):
    """What every form inherits: fields that draw themselves, an error summary, and a place for a refusal's sentence."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, _form: BaseForm) -> _Sentences:
            return _Sentences()

        def bind_field(self, form: BaseForm, unbound_field: Any, options: dict[str, Any]) -> Field:
            field = super().bind_field(form, unbound_field, options)
            if isinstance(field.widget, TextInput):
                field.filters = (*field.filters, _in_one_line)
            return field

        def render_field(self, field: Field, render_kw: dict[str, Any]) -> Markup:
            return draw(field, render_kw)

    def refuse(self, sentence: object, field: str = "") -> None:
        """Put a service's "no" where the person reads it: at the field that it is about, else over the form."""
        if field:
            self[field].errors = [*self[field].errors, str(sentence)]
        else:
            self.form_errors.append(str(sentence))


class SearchForm(Form):
    """A form that is read from the address and changes nothing, so its pages can be shared."""

    class Meta(Form.Meta):
        csrf = False


def error_summary(form: Form) -> Markup:
    """GOV.UK's error summary for a form that was refused; nothing for one that was not."""
    listed = [{"text": sentence} for sentence in form.form_errors]
    for field in form:
        listed += [{"text": str(sentence), "href": f"#{field.id}"} for sentence in _flat(field.errors)]
    if not listed:
        return Markup("")
    return Markup(_macro("error-summary", "govukErrorSummary")({"titleText": "There is a problem", "errorList": listed}))


def _flat(errors: Any) -> list[Any]:
    return [inner for error in errors for inner in (_flat(error) if isinstance(error, (list, tuple)) else [error])]


class NumberField(IntegerField):
    """A whole number. One with more digits than anybody can mean is refused here, where it was typed: to compute with it would fail."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed.

        Raises:
            ValueError: it is no whole number, or a far too long one.
        """
        super().process_formdata(valuelist)
        if self.data is not None and abs(self.data) >= FAR_TOO_MUCH:
            self.data = None
            raise ValueError("This number is too long")


class AmountField(DecimalField):
    """An amount of money. What is none, though Python takes it for a number (NaN, 1e999), is refused here, where it was typed."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed.

        Raises:
            ValueError: it is no amount that anybody can mean.
        """
        super().process_formdata(valuelist)
        if self.data is not None and not (self.data.is_finite() and abs(self.data) < FAR_TOO_MUCH):
            self.data = None
            raise ValueError("Enter an amount in pounds and pence, such as 7.50")


class DayField(DateField):
    """A day. One so far off that nobody can mean it is refused here, where it was typed."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read what was typed.

        Raises:
            ValueError: it is no day, or lies in a year that cannot be meant.
        """
        super().process_formdata(valuelist)
        if valuelist and self.data is not None and self.data.year not in YEARS:
            self.data = None
            raise ValueError(f"This day is too far off. Write a year from {YEARS.start} to {YEARS.stop - 1}")


def is_address(_form: Form, field: Field) -> None:
    """A validator: what was typed is an e-mail address."""
    try:
        work_address(field.data or "")
    except Refused as no:
        raise ValidationError(str(no)) from None
