"""Sign-in at the local load balancer: a session begins only with the provider's word, and ends when it is over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import h11
import pytest

from local_aws.balancer.answer import Answer
from local_aws.balancer.request import Headers, parsed
from local_aws.balancer.sign_in import SignIn
from tests.support.identity_provider import SUBJECT, Application, identity_provider

CONFIG = {
    "AuthorizationEndpoint": "https://org.auth0.com/authorize",
    "TokenEndpoint": "https://org.auth0.com/oauth/token",
    "UserInfoEndpoint": "https://org.auth0.com/userinfo",
    "ClientId": "the-app",
    "OnUnauthenticatedRequest": "authenticate",
    "Scope": "openid",
    "SessionTimeout": 3600,
    "SessionCookieName": "AWSELBAuthSessionCookie",
}
SECRET = "the application's"  # noqa: S105


class NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    application = Application(
        client_id="the-app", client_secret=SECRET, callback="https://dg.example.com/oauth2/idpresponse"
    )
    with identity_provider(application) as port:
        monkeypatch.setenv("LOCAL_IDENTITY_PROVIDER", f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"


def answer(sign_in: SignIn, target: str, cookie: str = "", secret: str = SECRET, **config: str) -> Answer | Headers:
    headers = [("Host", "dg.example.com"), *([("Cookie", cookie)] if cookie else [])]
    request = parsed(h11.Request(method="GET", target=target, headers=headers))
    action = {"AuthenticateOidcConfig": {**CONFIG, **config}, "ClientSecret": secret}
    return asyncio.run(sign_in.answer(request, action))


def refused(sign_in: SignIn, target: str, cookie: str = "", secret: str = SECRET, **config: str) -> Answer:
    found = answer(sign_in, target, cookie, secret, **config)
    assert isinstance(found, Answer)
    return found


def header(found: Answer, name: str) -> str:
    return dict(found.headers)[name]


def callback(sign_in: SignIn, provider: str, target: str = "/runs?q=a") -> str:
    """Where the provider sends the browser that wanted to see this page."""
    to = urlsplit(header(refused(sign_in, target), "Location"))
    with pytest.raises(OSError, match="302") as sent:
        build_opener(NoRedirect).open(f"{provider}{to.path}?{to.query}")
    back = urlsplit(getattr(sent.value, "headers")["Location"])  # noqa: B009
    getattr(sent.value, "close")()  # noqa: B009
    return f"{back.path}?{back.query}"


def test_who_signs_in_gets_a_session_and_to_where_they_wanted(provider: str) -> None:
    sign_in = SignIn()
    done = refused(sign_in, callback(sign_in, provider))
    assert (done.status, header(done, "Location")) == (302, "https://dg.example.com/runs?q=a")
    (cookie,) = SimpleCookie(header(done, "Set-Cookie")).values()
    assert (cookie.key, cookie["path"], cookie["samesite"]) == ("AWSELBAuthSessionCookie-0", "/", "None")
    assert cookie["secure"]
    assert cookie["httponly"]
    passed = answer(sign_in, "/runs", f"other=1; {cookie.key}={cookie.value}")
    assert not isinstance(passed, Answer)
    assert dict(passed)["x-amzn-oidc-identity"] == SUBJECT
    elsewhere = refused(sign_in, "/runs", f"{cookie.key}={cookie.value}", ClientId="another-app")
    assert elsewhere.status == 302


def test_a_session_ends(provider: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in = SignIn()
    cookie = header(refused(sign_in, callback(sign_in, provider)), "Set-Cookie").partition(";")[0]
    assert not isinstance(answer(sign_in, "/runs", cookie), Answer)
    over = time.time() + 3600
    monkeypatch.setattr("local_aws.balancer.sign_in.time.time", lambda: over)
    assert refused(sign_in, "/runs", cookie).status == 302


@pytest.mark.usefixtures("provider")
def test_a_made_up_cookie_is_no_session() -> None:
    assert refused(SignIn(), "/runs", "AWSELBAuthSessionCookie-0=made-up").status == 302


def test_a_callback_counts_once(provider: str) -> None:
    sign_in = SignIn()
    back = callback(sign_in, provider)
    assert [refused(sign_in, back).status for _ in range(2)] == [302, 401]


def test_a_callback_that_nobody_was_sent_for_is_refused(provider: str) -> None:
    back = callback(SignIn(), provider)
    assert refused(SignIn(), back).status == 401


def test_a_made_up_code_or_another_client_secret_is_no_sign_in(provider: str) -> None:
    sign_in = SignIn()
    assert refused(sign_in, callback(sign_in, provider), secret="another").status == 561  # noqa: S106
    state = parse_qs(urlsplit(callback(sign_in, provider)).query)["state"][0]
    assert refused(sign_in, f"/oauth2/idpresponse?code=made-up&state={state}").status == 561


def test_without_a_session_a_rule_may_deny_or_allow() -> None:
    assert refused(SignIn(), "/", OnUnauthenticatedRequest="deny").status == 401
    assert answer(SignIn(), "/", OnUnauthenticatedRequest="allow") == ()
