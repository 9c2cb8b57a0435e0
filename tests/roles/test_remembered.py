import pytest

from roles.models import Role
from tests.conftest import MakeRole


def test_changes_in_bulk_are_saved_one_by_one(make_role: MakeRole) -> None:
    first, second = make_role("First"), make_role("Second")
    assert Role.objects.all().update(description="Same") == 2
    assert [role.history.count() for role in (first, second)] == [2, 2]
    assert set(Role.objects.values_list("description", flat=True)) == {"Same"}


@pytest.mark.parametrize("door", ["bulk_create", "bulk_update"])
def test_bulk_doors_that_remember_nothing_are_shut(make_role: MakeRole, door: str) -> None:
    role = make_role("First")
    with pytest.raises(TypeError, match="one by one"):
        getattr(Role.objects, door)([role])
