"""Every row of the database, found from the registry of models: to tell what a request changed."""

from collections import Counter

from django.apps import apps

Rows = dict[str, Counter[str]]


def all_rows() -> Rows:
    """Return the rows of each table, those of libraries and of histories included."""
    models = apps.get_models(include_auto_created=True)
    return {each._meta.label: Counter(map(repr, each._base_manager.values_list())) for each in models}


def changed(before: Rows, after: Rows) -> set[str]:
    """Return the models of which a row was made, changed or lost."""
    return {label for label in before.keys() | after.keys() if before.get(label) != after.get(label)}
