"""The edge: reads ASSET_MANAGER_ENV, loads its settings, builds both stacks, synthesizes."""

from __future__ import annotations

import os
import re
import sys

from settings.load import Settings, SettingsError, load
from settings.names import BASE, SERVICES
from settings.side_by_side import refuse_clashes

DISK_FULL = 9  # the exit code, as in ops/console/errors.py, which a stack does not import


def synthesize(settings: Settings) -> None:
    """Write cdktf.out (or CDKTF_OUTDIR), as cdktf's App decides."""
    # Here and not above: settings are checked, and their errors told, before cdktf is imported.
    from cdktf import App  # noqa: PLC0415

    from stacks.base import BaseStack  # noqa: PLC0415
    from stacks.services import ServicesStack  # noqa: PLC0415

    app = App()
    base = BaseStack(app, BASE, settings)
    ServicesStack(app, SERVICES, settings, base.outputs)
    app.synth()


def main() -> int:
    """The exit code: 0, or 2 when the settings are not acceptable."""
    try:
        settings = load(os.environ.get("ASSET_MANAGER_ENV", "prod"))
        refuse_clashes(settings.environment)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return SettingsError.exit_code
    try:
        synthesize(settings)
    except (OSError, RuntimeError) as error:  # jsii tells Node's file errors as RuntimeError
        reason = re.search(r"(ENOSPC|EACCES|EROFS|ENOTDIR|EPERM): [^,\n]+", str(error))
        if not reason:
            raise
        print(f"the Terraform JSON could not be written ({reason[0]}); CDKTF_OUTDIR names its folder", file=sys.stderr)
        return DISK_FULL
    return 0


if __name__ == "__main__":
    sys.exit(main())
