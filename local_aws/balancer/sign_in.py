"""Sign-in at the local load balancer, as an Application Load Balancer does it, with its sessions in memory.

    a stranger --302--> AuthorizationEndpoint --302--> /oauth2/idpresponse?code&state
               TokenEndpoint: the code, with client id and secret, for an access token; UserInfoEndpoint: who it is
               Set-Cookie, 302 to what was asked for first; from then on the request passes

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html
LOCAL_IDENTITY_PROVIDER=http://127.0.0.1:<port> names the server that stands in for the provider's host.
"""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import time
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any
from urllib.error import URLError
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import Request as Call
from urllib.request import urlopen

from local_aws.balancer.answer import Answer
from local_aws.balancer.request import Headers, Request

CALLBACK = "/oauth2/idpresponse"
SECONDS_TO_SIGN_IN = 15 * 60  # AWS's client login timeout
SECONDS_TO_ANSWER = 10
NO_SESSION = {"deny": Answer(status=401, text="401 Authorization Required\n")}

JSON = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Session:
    """Who signed in, for which application, and until when."""

    client_id: str
    subject: str
    access_token: str
    ends: float


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """The address that a person asked for before sign-in."""

    client_id: str
    url: str
    ends: float


class SignIn:
    """Every session of this load balancer, by its cookie's value."""

    def __init__(self) -> None:
        self._sessions: dict[str, Session] = {}
        self._attempts: dict[str, Attempt] = {}

    async def answer(self, request: Request, action: JSON) -> Answer | Headers:
        """What an authenticate-oidc action does: an answer, or the headers with which the request goes on."""
        config = action["AuthenticateOidcConfig"]
        if request.path == CALLBACK:
            return await self._callback(request, config, action.get("ClientSecret", ""))
        session = self._session(request, config)
        if session:
            return (("x-amzn-oidc-identity", session.subject), ("x-amzn-oidc-accesstoken", session.access_token))
        on_unauthenticated = config["OnUnauthenticatedRequest"]
        if on_unauthenticated == "allow":
            return ()
        return NO_SESSION.get(on_unauthenticated) or self._to_provider(request, config)

    def _session(self, request: Request, config: JSON) -> Session | None:
        name = f"{config['SessionCookieName']}-0"
        cookies = [each.strip().partition("=") for value in request.values("cookie") for each in value.split(";")]
        known = [self._sessions[value] for key, _, value in cookies if key == name and value in self._sessions]
        return next((one for one in known if one.client_id == config["ClientId"] and one.ends > time.time()), None)

    def _to_provider(self, request: Request, config: JSON) -> Answer:
        state = secrets.token_urlsafe(32)
        now = time.time()
        self._attempts = {known: one for known, one in self._attempts.items() if one.ends > now}
        url = f"https://{request.host}{request.target}"
        self._attempts[state] = Attempt(client_id=config["ClientId"], url=url, ends=now + SECONDS_TO_SIGN_IN)
        asked = {
            "client_id": config["ClientId"],
            "redirect_uri": _callback_of(request),
            "response_type": "code",
            "scope": config["Scope"],
            "state": state,
        }
        location = f"{config['AuthorizationEndpoint']}?{urlencode(asked)}"
        return Answer(status=302, headers=(("Location", location),))

    async def _callback(self, request: Request, config: JSON, client_secret: str) -> Answer:
        given = {name: values[0] for name, values in parse_qs(request.query).items()}
        attempt = self._attempts.pop(given.get("state", ""), None)
        if attempt is None or attempt.client_id != config["ClientId"] or attempt.ends < time.time():
            return Answer(status=401, text="401 Authorization Required\n")
        form = {
            "grant_type": "authorization_code",
            "code": given.get("code", ""),
            "redirect_uri": _callback_of(request),
            "client_id": config["ClientId"],
            "client_secret": client_secret,
        }
        try:
            session = await asyncio.to_thread(_exchanged, form, config)
        except (URLError, OSError, ValueError, KeyError):
            return Answer(status=561, text="561 Unauthorized: the identity provider did not confirm this sign-in\n")
        return self._begin(session, config, attempt.url)

    def _begin(self, session: Session, config: JSON, url: str) -> Answer:
        """Remember who signed in, and send them where they wanted to go."""
        self._sessions = {value: one for value, one in self._sessions.items() if one.ends > time.time()}
        value = secrets.token_urlsafe(32)
        self._sessions[value] = session
        # SameSite=None is what AWS sets for a browser that knows the attribute: docs/decisions/0017.
        cookie = (
            f"{config['SessionCookieName']}-0={value}; Expires={formatdate(session.ends, usegmt=True)}; "
            "Path=/; SameSite=None; Secure; HttpOnly"
        )
        return Answer(status=302, headers=(("Set-Cookie", cookie), ("Location", url)))


def _exchanged(form: JSON, config: JSON) -> Session:
    """The session for a code, as the identity provider confirms it; raises OSError, ValueError or KeyError."""
    token = _call(config["TokenEndpoint"], data=urlencode(form).encode())["access_token"]
    subject = _call(config["UserInfoEndpoint"], token=token)["sub"]
    ends = time.time() + int(config["SessionTimeout"])
    return Session(client_id=config["ClientId"], subject=subject, access_token=token, ends=ends)


def _callback_of(request: Request) -> str:
    return f"https://{request.host}{CALLBACK}"


def _call(endpoint: str, *, data: bytes | None = None, token: str = "") -> JSON:
    """The provider's JSON answer; raises OSError, or ValueError for one that is no JSON."""
    stand_in = os.environ.get("LOCAL_IDENTITY_PROVIDER")
    url = urlsplit(endpoint)
    address = f"{stand_in}{url.path}" if stand_in else endpoint
    headers = {"Host": url.netloc, "Accept": "application/json"}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    with urlopen(Call(address, data=data, headers=headers), timeout=SECONDS_TO_ANSWER) as answer:  # noqa: S310
        return dict(json.load(answer))
