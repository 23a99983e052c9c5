"""Ctrl-C in the middle of a deployment: it is said how far it came."""

from __future__ import annotations

import pytest

from ops.console.errors import Interrupted
from ops.deploying import deploy


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ([], "interrupted; nothing was changed."),
        (["base is deployed, services is as it was: ..."], "interrupted; base is deployed, services is as it was: ..."),
    ],
)
def test_a_deployment_says_how_far_it_came(monkeypatch: pytest.MonkeyPatch, steps: list[str], said: str) -> None:
    def interrupted(_environment: str, done: list[str], **_options: bool) -> int:
        done.extend(steps)
        raise Interrupted

    monkeypatch.setattr(deploy, "_deploy", interrupted)
    with pytest.raises(Interrupted) as ended:
        deploy.deploy("prod", yes=True, supersede=False, validate=False)
    assert str(ended.value) == said
