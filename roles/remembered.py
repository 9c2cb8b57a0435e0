"""A model whose every change is remembered: a row of its history, a line of the ledger, or no change at all."""

from typing import Any, NoReturn

from django.db import models, transaction


class RememberedQuerySet(models.QuerySet[Any]):
    """Changes rows one by one, because Django sends no signal, and so nothing is remembered, for changes in bulk."""

    def update(self, **values: Any) -> int:
        with transaction.atomic(using=self.db):
            rows = list(self)
            for row in rows:
                for field, value in values.items():
                    setattr(row, field, value)
                row.save(using=self.db)
        return len(rows)

    update.alters_data = True  # type: ignore[attr-defined]  # Django's own mark: templates must not call it

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError(
            f"{self.model.__name__} rows are saved one by one, so that the ledger tells of each. "
            f"To fill an empty database for a measurement, use {self.model.__name__}._base_manager.bulk_create()."
        )

    bulk_create = bulk_update = _refuse


class Remembered(models.Model):
    """Saves and deletes together with what its signals write, in one transaction."""

    objects = RememberedQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic():
            super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic():
            return super().delete(*args, **kwargs)
