"""What everything is called is what the guide calls it, and no name is over AWS's limit."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from settings.names import covers, derive, too_long

GUIDE = derive("asset-manager", "fulcrum", 3000)


@pytest.mark.parametrize(
    ("attribute", "name"),
    [
        ("alb_security_group", "asset-manager-alb-sg"),
        ("services_security_group", "asset-manager-services-sg"),
        ("alb", "asset-manager-alb"),
        ("target_group", "asset-manager-web-tg"),
        ("web_log_group", "fulcrum/asset-manager/web"),
        ("daemon_log_group", "fulcrum/asset-manager/daemon"),
        ("run_log_group", "fulcrum/asset-manager/runs"),
        ("parameter_prefix", "/asset-manager"),
        ("client_secret", "asset-manager/AUTH0_CLIENT_SECRET"),
        ("sign_in_stack", "asset-manager-sign-in"),
        ("web_family", "asset_manager-web-task"),
        ("daemon_family", "asset_manager-daemon-task"),
        ("run_role", "asset-manager-run"),
        ("run_family", "asset-manager-run"),
        ("web_container", "asset-manager-web"),
        ("daemon_container", "asset-manager-daemon"),
        ("run_container", "asset-manager-run"),
        ("web_service", "asset-manager-web"),
        ("daemon_service", "asset-manager-daemon"),
        ("alarm_topic", "asset-manager-alarms"),
    ],
)
def test_each_name_is_the_guides(attribute: str, name: str) -> None:
    assert getattr(GUIDE, attribute) == name


def test_a_changed_port_renames_the_target_group_and_nothing_else() -> None:
    changed = asdict(GUIDE).items() ^ asdict(derive("asset-manager", "fulcrum", 8080)).items()
    assert changed == {("target_group", "asset-manager-web-tg"), ("target_group", "asset-manager-web-8080-tg")}


@pytest.mark.parametrize(
    ("name", "organization", "port", "problems"),
    [
        ("n" * 25, "o" * 479, 3000, []),
        ("n" * 20, "o", 8080, []),
        (
            "n" * 21,
            "o",
            8080,
            [("name", f"at most 20 characters: target group '{'n' * 21}-web-8080-tg' has 33, AWS allows 32")],
        ),
        (
            "n" * 29,
            "o",
            3000,
            [
                ("name", f"at most 28 characters: load balancer '{'n' * 29}-alb' has 33, AWS allows 32"),
                ("name", f"at most 25 characters: target group '{'n' * 29}-web-tg' has 36, AWS allows 32"),
            ],
        ),
        (
            "app",
            "o" * 502,
            3000,
            [("organization", f"at most 501 characters: log group '{'o' * 502}/app/daemon' has 513, AWS allows 512")],
        ),
    ],
)
def test_a_derived_name_over_the_limit_says_which_and_how_long_its_source_may_be(
    name: str, organization: str, port: int, problems: list[tuple[str, str]]
) -> None:
    assert list(too_long(name, organization, derive(name, organization, port))) == problems


@pytest.mark.parametrize(
    ("certificate", "host", "does"),
    [
        ("*.leverslabs.com", "dg.leverslabs.com", True),
        ("dg.leverslabs.com", "dg.leverslabs.com", True),
        ("*.leverslabs.com", "a.dg.leverslabs.com", False),
        ("*.leverslabs.com", "leverslabs.com", False),
        ("leverslabs.com", "dg.leverslabs.com", False),
    ],
)
def test_a_wildcard_certificate_covers_one_label_and_no_more(certificate: str, host: str, does: bool) -> None:
    assert covers(certificate, host) is does
