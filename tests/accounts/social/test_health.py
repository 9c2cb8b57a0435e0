"""A look at Facebook and Amazon: whether they answer, and how their clock is."""

from dataclasses import replace

from django.utils import timezone

from accounts.health.probe import probe
from accounts.providers import configured
from accounts.providers import social as social_providers
from demo.idp.testing import LocalSocial


def test_one_that_answers_is_well_whatever_it_says_to_nobodys_token(social: LocalSocial) -> None:
    found = probe(configured()[social.slug], timezone.now())
    [document] = found.documents
    assert (document.what, document.problem, document.note) == ("Answers", "", "127.0.0.1")
    assert found.clock is not None
    assert found.clock.surely < 1


def test_one_that_does_not_answer_is_named(social: LocalSocial) -> None:
    nobody = replace(social_providers()[social.slug], check_url="http://127.0.0.1:1/debug_token")
    assert probe(nobody, timezone.now()).problem == "provider_unavailable: ConnectionError"
