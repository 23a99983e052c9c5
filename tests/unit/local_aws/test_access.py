"""A request from a page of another site is refused, and so is a name that DNS could have pointed here."""

import pytest

from local_aws import access_key, origins

HERE = {"host": "127.0.0.1:4566"}
PAGE = {"host": "127.0.0.1:3000", "origin": "http://127.0.0.1:3000"}


@pytest.mark.parametrize(
    "headers",
    [
        HERE,
        {"host": "127.0.0.1"},
        {"host": "LOCALHOST:4566"},
        {"host": "pr-7.localhost:3000"},
        HERE | {"sec-fetch-site": "none"},  # an address that somebody typed
        HERE | {"sec-fetch-site": "same-origin"},
    ],
)
def test_a_request_of_a_program_or_of_the_address_bar_passes(headers: dict[str, str]) -> None:
    assert origins.refusal(headers) is None


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({}, "Host (none)"),
        ({"host": "evil.example:4566"}, "Host evil.example:4566"),
        ({"host": "127.0.0.1.evil.example"}, "Host 127.0.0.1.evil.example"),
        ({"host": "localhost.evil.example"}, "Host localhost.evil.example"),
        ({"host": "notlocalhost"}, "Host notlocalhost"),
        ({"host": "10.0.0.1:4566"}, "Host 10.0.0.1:4566"),
        (HERE | {"origin": "https://evil.example"}, "https://evil.example"),
        (HERE | {"origin": "null"}, "null"),  # a sandboxed frame, a file
        (HERE | {"origin": "http://127.0.0.1:4566"}, "http://127.0.0.1:4566"),
        (HERE | {"sec-fetch-site": "cross-site"}, "cross-site"),
        (HERE | {"sec-fetch-site": "same-site"}, "same-site"),  # another port of this machine
    ],
)
def test_what_a_page_of_another_site_sends_is_refused_with_the_reason(headers: dict[str, str], why: str) -> None:
    refused = origins.refusal(headers)
    assert refused is not None
    assert why in refused


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        (PAGE, True),
        (PAGE | {"sec-fetch-site": "same-origin"}, True),
        (PAGE | {"origin": "http://127.0.0.1:3001"}, False),
        (PAGE | {"origin": "https://127.0.0.1:3000"}, False),
        ({"host": "pr-7.localhost:3000", "origin": "http://127.0.0.1:3000"}, False),
    ],
)
def test_a_server_with_pages_answers_its_own_pages_and_no_others(headers: dict[str, str], *, passes: bool) -> None:
    assert (origins.refusal(headers, serves_pages=True) is None) is passes


def test_each_deployment_has_another_key() -> None:
    keys = {access_key.new() for _ in range(100)}
    assert len(keys) == 100
    assert {len(key) for key in keys} == {37}


@pytest.mark.parametrize(
    ("presented", "label"),
    [
        ("LOCALA1", ""),
        ("LOCALA1.a-task", "a-task"),
        ("LOCALA1.a.b", "a.b"),
        ("LOCALA", None),
        ("local", None),
        ("", None),
    ],
)
def test_a_key_is_accepted_with_any_label_and_no_other_is(presented: str, label: str | None) -> None:
    assert access_key.label_of(presented, "LOCALA1") == label
