"""What is not right in an environment file is refused, all at once: where it is, what is given, what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from settings.load import Settings, SettingsError, load
from tests.unit.environment_files import write_minimal

KNOWN = (
    "name, organization, account_id, region, state_bucket, artifacts_bucket, access_logs_bucket, kms_key_arn, "
    "deletion_protection, alarm_email, cpu_architecture, image_tag, log_retention_days, allowed_cidrs, "
    "auth0_client_id, auth0_domain, dns, code_location, database, snowflake, secret_versions, web, daemon, run, "
    "office_hours, existing"
)
NAMED = "lower-case letters, digits and hyphens, a letter first and no hyphen last"
QUOTES = "in quotes (without them YAML reads no text here)"
PLAIN = "letters, digits and any of . _ -"
DOMAIN = "a domain name in lower case"
KEYS = "keys and values"
S3 = "3 to 63 lower-case letters, digits, dots and hyphens, as S3 accepts them"
SIZES_256 = "with cpu 256 one of 512, 1024, 2048"
CONNECTIONS = (
    "what database.max_connections, 200, has room for: 1 web servers (twice, while a deployment rolls), the daemon and "
    "40 runs may hold 204"
)
MAX_CONNECTIONS = "how many connections the server allows; behind a session pooler, its Pool Size"
KMS_KEY = "a KMS key's ARN, arn:aws:kms:<region>:<account>:key/<id>"
CLOCK = "HH:MM, 00:00 to 23:59, in quotes"
WEEKDAYS = "days as EventBridge writes them: MON-FRI, or MON,WED,FRI"
ZONES = "an IANA time zone such as UTC or Europe/Berlin"
CPUS = "one of 256, 512, 1024, 2048, 4096, 8192, 16384"
DAYS = "one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653"


def _refusal(file: Path) -> list[str]:
    """The problems, each without the file's name and the line, with which it begins."""
    with pytest.raises(SettingsError) as refused:
        load(file.stem, file.parent)
    assert refused.value.exit_code == 3
    lines = str(refused.value).splitlines()
    assert all(line.startswith(f"{file}:") for line in lines)
    return [line.removeprefix(f"{file}:").lstrip("0123456789:").removeprefix(" ") for line in lines]


@pytest.mark.parametrize(
    ("line", "key", "given", "allowed"),
    [
        ("web:", "web", "nothing", KEYS),
        ("dns: example.com", "dns", "'example.com'", KEYS),
        ("existing: [a]", "existing", "a list", KEYS),
        ("allowed_cidrs: 0.0.0.0/0", "allowed_cidrs", "'0.0.0.0/0'", "a list"),
        ("region: [us-west-1]", "region", "a list", "an AWS region such as us-west-1"),
        ("region: us-west", "region", "'us-west'", "an AWS region such as us-west-1"),
        ("account_id: 111122223333", "account_id", "111122223333", f"12 digits, {QUOTES}"),
        ("account_id: 011112222333", "account_id", "011112222333", f"12 digits, {QUOTES}"),
        ('account_id: "123"', "account_id", "'123'", "12 digits"),
        ("image_tag: 1.10", "image_tag", "1.10", f"{PLAIN}, 128 at most and none of . - first, {QUOTES}"),
        ('auth0_client_id: "${x}"', "auth0_client_id", "'${x}'", PLAIN),
        ('web: {port: "3000"}', "web.port", "'3000'", "a whole number, 1 to 65535"),
        ("web: {port: 65536}", "web.port", "65536", "a whole number, 1 to 65535"),
        ("web: {desired_count: yes}", "web.desired_count", "yes", "a whole number, 0 or more"),
        ("log_retention_days: 31", "log_retention_days", "31", DAYS),
        ("run: {cpu: 300}", "run.cpu", "300", CPUS),
        ("run: {cpu: 256, memory: 4096}", "run.memory", "4096", SIZES_256),
        ("daemon: {cpu: 256}", "daemon.memory", "4096 by default", SIZES_256),
        ("name: App", "name", "'App'", f"{NAMED}; aws, ssm, sg- and internal- in front are AWS's own"),
        ("name: ssm-app", "name", "'ssm-app'", f"{NAMED}; aws, ssm, sg- and internal- in front are AWS's own"),
        ("organization: aws", "organization", "'aws'", f"{NAMED}; log groups of aws/ are AWS's own"),
        ("state_bucket: My_Bucket", "state_bucket", "'My_Bucket'", S3),
        ("state_bucket: 10.0.0.1", "state_bucket", "'10.0.0.1'", S3),
        ("artifacts_bucket: a..b", "artifacts_bucket", "'a..b'", S3),
        (
            "name: xn--a\naccess_logs_bucket: logs\nexisting: {repository: app}",
            "artifacts_bucket",
            "'xn--a-artifacts' by default",
            S3,
        ),
        ("kms_key_arn: alias/mine", "kms_key_arn", "'alias/mine'", KMS_KEY),
        ("deletion_protection: 1", "deletion_protection", "1", "true or false"),
        ("alarm_email: me", "alarm_email", "'me'", "an e-mail address"),
        ("cpu_architecture: arm", "cpu_architecture", "'arm'", "X86_64 or ARM64"),
        ("auth0_domain: https://a.b", "auth0_domain", "'https://a.b'", DOMAIN),
        ("run: {spot: 1}", "run.spot", "1", "true or false"),
        ("run: {max_concurrent: 0}", "run.max_concurrent", "0", "a whole number, 1 or more"),
        ("web: {max_count: 0}", "web.max_count", "0", "a whole number, 1 or more"),
        ("web: {desired_count: 2, max_count: 1}", "web.max_count", "1", "no less than desired_count"),
        ("run: {max_concurrent: 40}", "run.max_concurrent", "40", CONNECTIONS),
        ('office_hours: {start: "7", stop: "20:00"}', "office_hours.start", "'7'", CLOCK),
        ('office_hours: {start: "07:00", stop: "24:00"}', "office_hours.stop", "'24:00'", CLOCK),
        ('office_hours: {start: "07:00", stop: "20:00", days: MO}', "office_hours.days", "'MO'", WEEKDAYS),
        ('office_hours: {start: "07:00", stop: "20:00", timezone: X}', "office_hours.timezone", "'X'", ZONES),
        ("allowed_cidrs: [all]", "allowed_cidrs[0]", "'all'", "an IPv4 network, such as 10.0.0.0/8"),
        ('allowed_cidrs: ["::/0"]', "allowed_cidrs[0]", "'::/0'", "an IPv4 network, such as 10.0.0.0/8"),
        ("allowed_cidrs: [10.0.0.1/8]", "allowed_cidrs[0]", "'10.0.0.1/8'", "the network itself, 10.0.0.0/8"),
        ("allowed_cidrs: [10.0.0.1]", "allowed_cidrs[0]", "'10.0.0.1'", "the network itself, 10.0.0.1/32"),
        ("allowed_cidrs: []", "allowed_cidrs", "a list", "at least one network, and each once"),
        ("allowed_cidrs: [10.0.0.0/8, 10.0.0.0/8]", "allowed_cidrs", "a list", "at least one network, and each once"),
        ("dns: {zone: e.com, host: dg.b.com}", "dns.host", "'dg.b.com'", "a name in the zone 'e.com'"),
        ("dns: {zone: e.com, host: dge.com}", "dns.host", "'dge.com'", "a name in the zone 'e.com'"),
        ("dns: {zone: e_.com, host: dg.e.com}", "dns.zone", "'e_.com'", DOMAIN),
        (
            "dns: {zone: e.com, host: a.b.e.com}",
            *("existing.certificate_domain", "'*.e.com' by default", "a domain that covers dns.host, 'a.b.e.com'"),
        ),
        (
            "database: {host: eu.pooler.supabase.com, port: 6543, user: postgres.ref, max_connections: 200}",
            *("database.port", "6543", "Supabase's session pooler, 5432, and not 6543"),
        ),
        (
            "database: {host: aws-0-us-west-1.pooler.supabase.com, max_connections: 200}",
            *("database.user", "'postgres' by default", "at Supabase's pooler postgres.<ref>"),
        ),
        # What may be a secret is not repeated.
        (
            "secret_versions: {dagster_pg_password: hunter2}",
            *("secret_versions.dagster_pg_password", "text", "a whole number, 1 or more"),
        ),
        (
            "database: {host: 'postgres://u:hun@ter2@h/db', max_connections: 200}",
            "database.host",
            "'postgres://***@h/db'",
            DOMAIN,
        ),
    ],
)
def test_a_wrong_value_says_where_what_was_given_and_what_is_allowed(
    tmp_path: Path, line: str, key: str, given: str, allowed: str
) -> None:
    assert _refusal(write_minimal(tmp_path, line)) == [f"{key}: given {given}; allowed: {allowed}"]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("organisation: org", "organisation: unknown key; the nearest known one is organization"),
        ("web: {memroy: 1}", "web.memroy: unknown key; the nearest known one is memory"),
        ("dns: {zone: e.com, host: a.e.com, qqq: 1}", "dns.qqq: unknown key; known: zone, host"),
        ("qqq: hunter2", f"qqq: unknown key; known: {KNOWN}"),
        ("environment: prod", "environment: unknown key; the environment's name is the file's"),
        ("on: 1", "on: unknown key; a key is text"),
        ("web: {port: 3000, port: 80}", "web.port: given twice, in lines 10 and 10; allowed: once"),
        ("database: {max_connections: 200}", "database.host: missing; the server's name"),
        ("database: {host: db.example.com}", f"database.max_connections: missing; {MAX_CONNECTIONS}"),
    ],
)
def test_a_wrong_key_says_which_is_right(tmp_path: Path, line: str, problem: str) -> None:
    assert _refusal(write_minimal(tmp_path, line)) == [problem]


@pytest.mark.parametrize("key", ["name", "organization", "dns"])
def test_a_missing_key_is_one_problem_though_others_derive_from_it(tmp_path: Path, key: str) -> None:
    description = Settings.model_fields[key].description
    assert _refusal(write_minimal(tmp_path, without=key)) == [f"{key}: missing; {description}"]


def test_every_problem_is_said_at_once_in_the_files_order_and_with_its_line(tmp_path: Path) -> None:
    name = "n" * 26
    certificate, port = "existing: {certificate_domain: b.com}", "web: {port: no, cpu: 256, memory: 1}"
    file = write_minimal(tmp_path, f"name: {name}", "region: moon", port, certificate, without="organization")
    with pytest.raises(SettingsError) as refused:
        load("test", tmp_path)
    covering = "a domain that covers dns.host, 'dg.example.com'"
    target_group = f"target group '{name}-web-tg' has 33, AWS allows 32"
    assert str(refused.value).splitlines() == [
        f"{file}:7: name: given '{name}'; allowed: at most 25 characters: {target_group}",
        f"{file}:8: region: given 'moon'; allowed: an AWS region such as us-west-1",
        f"{file}:9: web.memory: given 1; allowed: {SIZES_256}",
        f"{file}:9: web.port: given no; allowed: a whole number, 1 to 65535",
        f"{file}:10: existing.certificate_domain: given 'b.com'; allowed: {covering}",
        f"{file}: organization: missing; whose it is; the first part of log groups, shared roles and VPC",
    ]


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (
            ["artifacts_bucket: org-state"],
            "artifacts_bucket: given 'org-state'; allowed: not state_bucket, since tasks may write to this one",
        ),
        (
            ["database: {host: db.example.com, port: 443, max_connections: 200}"],
            "database.port: given 443; allowed: not 80 or 443, for which there is a rule already",
        ),
    ],
)
def test_what_would_clash_with_another_resource_is_refused(tmp_path: Path, lines: list[str], problem: str) -> None:
    assert _refusal(write_minimal(tmp_path, *lines)) == [problem]


@pytest.mark.parametrize("place", ["us-west-2:111122223333", "us-west-1:444455556666"])
def test_a_key_of_another_region_or_account_is_refused(tmp_path: Path, place: str) -> None:
    key = f"arn:aws:kms:{place}:key/12345678-1234-1234-1234-123456789012"
    allowed = "a key of this region and account, arn:aws:kms:us-west-1:111122223333:key/<id>"
    assert _refusal(write_minimal(tmp_path, f"kms_key_arn: {key}")) == [
        f"kms_key_arn: given '{key}'; allowed: {allowed}"
    ]
