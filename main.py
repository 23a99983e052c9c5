"""The program that cdktf runs: it writes the Terraform JSON of both stacks for ASSET_MANAGER_ENV."""

from __future__ import annotations

import os
import re
import sys

from settings.load import Settings, SettingsError, load
from settings.names import BASE, SERVICES
from settings.side_by_side import refuse_clashes

MACHINE = 4  # the exit code, as in ops/console/errors.py, which a stack does not import


def synthesize(settings: Settings) -> None:
    """Write the JSON of both stacks into cdktf.out, or CDKTF_OUTDIR."""
    # Here and not above: the settings are checked, and their errors printed, before cdktf is imported.
    # stacks first: it names the Node of the locked wheel before cdktf starts one.
    from stacks.base import BaseStack  # noqa: PLC0415

    # isort: split
    from cdktf import App  # noqa: PLC0415

    from stacks.services import ServicesStack  # noqa: PLC0415

    app = App()
    base = BaseStack(app, BASE, settings)
    ServicesStack(app, SERVICES, settings, base.outputs)
    app.synth()


def main() -> int:
    """Return the exit code: 0, 3 for invalid settings, 4 if the JSON cannot be written."""
    try:
        settings = load(os.environ.get("ASSET_MANAGER_ENV", "prod"))
        refuse_clashes(settings.environment)
    except SettingsError as error:
        print(error, file=sys.stderr)
        return SettingsError.exit_code
    try:
        synthesize(settings)
    except (OSError, RuntimeError) as error:  # jsii raises Node's file errors as RuntimeError
        reason = re.search(r"(ENOSPC|EACCES|EROFS|ENOENT|ENOTDIR|EPERM): [^,\n]+", str(error))
        if not reason:
            raise
        print(f"the Terraform JSON could not be written ({reason[0]}); CDKTF_OUTDIR names its folder", file=sys.stderr)
        return MACHINE
    return 0


if __name__ == "__main__":
    sys.exit(main())
