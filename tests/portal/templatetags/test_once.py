from django.template import Context, Template


def test_nothing_of_one_page_reaches_another() -> None:
    page = Template("{% load once %}{{ who }}:{% once %}<b>{{ who }}</b>{% endonce %}")
    assert page.render(Context({"who": "Alice"})) == "Alice:<b></b>"
    assert page.render(Context({"who": "Bob"})) == "Bob:<b></b>"


def test_it_is_rendered_once() -> None:
    page = Template("{% load once %}{% once %}{% now 'u' %}{% endonce %}")
    assert page.render(Context()) == page.render(Context())
