"""The cast as a company's directory knows it, for providers that Daypass did not write."""

from demo.idp.people import PEOPLE, Person


def cast() -> dict[str, Person]:
    """Return the people of example.com by id; Mallory is of another company."""
    return {person.id: person for person in PEOPLE if person.email.endswith("@example.com")}
