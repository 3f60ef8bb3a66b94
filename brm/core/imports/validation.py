"""Validation of a record whose keys were looked up already, without statements of its own."""

from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from .constraints import check_constraints


def validate(record: models.Model) -> None:
    """Fields, model rules and check constraints; raises one ValidationError with all of it.

    Foreign keys and unique keys are not asked again: the batch has found their records.
    """
    keys = {field.name for field in record._meta.fields if field.many_to_one or field.one_to_one}
    errors: dict[str, list[Any]] = {}
    for check in (lambda: record.clean_fields(exclude=keys), record.clean):
        try:
            with _reference_known(record):
                check()
        except ValidationError as error:
            errors = error.update_error_dict(errors)
            break  # rules that look at several fields need each of them to be right
    else:
        check_constraints(record)
    if errors:
        raise ValidationError(errors)


@contextmanager
def _reference_known(record: models.Model) -> Any:
    """A new record asks the database whether its reference is free; the batch knows it is."""
    adding, record._state.adding = record._state.adding, False
    try:
        yield
    finally:
        record._state.adding = adding
