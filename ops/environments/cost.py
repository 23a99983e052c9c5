"""`asset-manager cost`: prints the estimate of ops/environments/costs.py as text or JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from ops.console.table import aligned
from ops.environments.costs import HOURS, Prices, Use, lines, prices, savings, total
from settings.load import Settings, load

NOT_COUNTED = (
    "not included: existing resources (VPC with its NAT gateway, cluster, registry, zone, certificate, KMS key), "
    "Supabase, Snowflake, Auth0, and traffic out of the region"
)


def cost(environment: str, use: Use, *, as_json_: bool) -> None:
    settings = load(environment)
    print((as_json if as_json_ else table)(settings, use, prices(settings.region)))


def table(settings: Settings, use: Use, paid: Prices) -> str:
    found = lines(settings, use, paid)
    most = settings.web.most - settings.web.desired_count
    rows = [(line.what, f"{line.quantity:.1f}", line.unit, f"{line.price:.5f}", str(line.usd)) for line in found]
    shown = [
        f"{settings.environment} in {settings.region}: {HOURS} hours, in USD at the list prices of {paid.date},",
        f"with {use.runs} runs of {use.run_minutes} minutes, {use.log_gb} GB of logs and {use.stored_gb} GB stored",
        "",
        aligned([*rows, ("a month", "", "", "", str(total(found)))], right=(1, 3, 4)),
        "",
    ]
    if most:
        hour = paid.task_hour(settings.web, settings.cpu_architecture)
        shown.append(f"under load, each of up to {most} more web tasks is {hour:.4f} an hour")
    shown += [
        f"{saving.setting} {'saves' if saving.as_set else 'would save'} {saving.usd}"
        for saving in savings(settings, use, paid)
    ]
    return "\n".join([*shown, "", NOT_COUNTED])


def as_json(settings: Settings, use: Use, paid: Prices) -> str:
    """Return the estimate as JSON; amounts are strings, rounded to the cent."""
    found = lines(settings, use, paid)
    document = {
        "environment": settings.environment,
        "region": settings.region,
        "prices_of": paid.date,
        "use": asdict(use),
        "lines": [{**asdict(line), "usd": line.usd} for line in found],
        "usd": total(found),
        "savings": [asdict(saving) for saving in savings(settings, use, paid)],
    }
    return json.dumps(document, indent=2, default=str)
