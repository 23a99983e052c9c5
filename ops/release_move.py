"""From the image that serves to another: the environment file, the services, and the way back where it fails."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from ops import deployment, release_record, releases
from ops.deploy import ask_operator, failed_checks, planned, take_as_said
from ops.environment_edits import write
from ops.errors import Interrupted, NotSteadyError, NotValidError, OperatorError
from ops.project import synthesize
from ops.release_record import BACK, FAILED, FOUND, INTERRUPTED, Outcome, short
from ops.releases import Serving
from ops.terraform import Terraform
from stacks.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Move:
    """`settings` name the image that serves; `before` and `after` are the environment file's text."""

    settings: Settings
    services: Terraform
    serving: Serving
    tag: str
    outcome: Outcome
    file: Path
    before: str
    after: str

    def go(self, digest: str, *, yes: bool, validate: bool) -> None:
        """Ask, deploy it, wait, validate, record."""
        settings, was = self.settings, self.settings.image_tag
        if digest == self.serving.digest and self.before == self.after:
            print(f"{self.tag} ({short(digest)}) serves already.")
            return
        print(f"==> {was} ({short(self.serving.digest)}) to {self.tag} ({short(digest)})", flush=True)
        with tempfile.TemporaryDirectory(prefix="asset-manager-plan-") as folder:
            file, as_it_was = Path(folder) / "services", f"Nothing was deployed; {self._shown} is as it was."
            try:
                write(self.file, self.after)
                changes = self._plan(file)
                ask = take_as_said if yes else ask_operator
                ask(f"deploy this to {settings.environment}, account {settings.account_id}", as_it_was)
                if not release_record.is_recorded(releases.history(settings), self.serving.digest):
                    releases.add(settings, self.serving, was, FOUND)
            except Interrupted:
                write(self.file, self.before)
                raise Interrupted(f"interrupted. {as_it_was}") from None
            except Exception:
                write(self.file, self.before)
                raise
            try:
                if changes:
                    print("==> terraform apply: services", flush=True)
                    self.services.apply_plan(file)
                self._require(digest)
                self._require_valid(validate=validate)
            except Interrupted:
                raise self._interrupted(digest) from None
            except Exception as error:
                raise self._undone(digest, error) from error
        self._record_what_serves(self.tag, self.outcome)
        print(f"{self.tag} serves. Commit {self._shown}: it says image_tag {self.tag} now.")

    @property
    def _shown(self) -> str:
        return f"environments/{self.file.name}"

    def _plan(self, file: Path) -> bool:
        """What the environment file as it is now would do to `services`; `base` knows of no image."""
        synthesize(self.settings.environment, self.services.folder.parents[1], self.services.environ)
        return bool(planned(self.services, file))

    def _require(self, digest: str) -> None:
        """Until it serves."""
        deployment.wait_until_steady(self.settings, self.services)
        now = releases.what_serves(self.settings)
        if now is None or now.digest != digest:
            what = short(now.digest) if now else "nothing"
            raise NotSteadyError(f"{what} serves, and not {short(digest)}: somebody else deployed meanwhile.")

    def _require_valid(self, *, validate: bool) -> None:
        failed = failed_checks(self.settings) if validate else []
        if failed:
            raise NotValidError(f"{self.tag} runs, and not all of it works: {', '.join(failed)} (see the table above).")

    def _interrupted(self, digest: str) -> Interrupted:
        """The file stays, since AWS has it, in part or whole; and Ctrl-C is no order to deploy something else."""
        self._record_attempt(digest, INTERRUPTED)
        return Interrupted(
            f"interrupted while {self.tag} was being deployed. What was begun is in Terraform's state, and "
            f"{self._shown} says image_tag {self.tag}: `asset-manager deploy` goes on with it. To go back instead, "
            f"write {self.settings.image_tag} there, and deploy that."
        )

    def _undone(self, digest: str, error: Exception) -> BaseException:
        """What served before serves again; returned is the failure, with what became of it."""
        was = self.settings.image_tag
        kind = type(error) if isinstance(error, OperatorError) else OperatorError
        why = str(error) if isinstance(error, OperatorError) else f"{type(error).__name__}: {error}"
        print(f"==> {self.tag} failed: back to {was} ({short(self.serving.digest)})", flush=True)
        write(self.file, self.before)
        file_says = f"{self._shown} says image_tag {was}, as before"
        try:
            self._record_attempt(digest, FAILED)
            with tempfile.TemporaryDirectory(prefix="asset-manager-plan-") as folder:
                plan = Path(folder) / "services"
                if self._plan(plan):
                    print("==> terraform apply: services", flush=True)
                    self.services.apply_plan(plan)
            self._require(self.serving.digest)
        except Interrupted:
            return Interrupted(
                f"{why}\n{self.tag} failed, and the way back to {was} was interrupted. {file_says}: "
                "`asset-manager deploy` goes on from there."
            )
        except Exception as another:
            return kind(
                f"{why}\n{self.tag} failed, and so did the way back to {was}: {another}\n{file_says}: mend that, and "
                "`asset-manager deploy` goes on from there."
            )
        self._record_what_serves(was, BACK)
        return kind(f"{why}\n{self.tag} was undone: {was} ({short(self.serving.digest)}) serves, and {file_says}.")

    def _record_what_serves(self, tag: str, outcome: Outcome) -> None:
        now = releases.what_serves(self.settings)
        if now:
            releases.add(self.settings, now, tag, outcome)

    def _record_attempt(self, digest: str, outcome: Outcome) -> None:
        """As far as it can be; what is left to do is more urgent."""
        try:
            made = releases.what_was_applied(self.settings, self.services, self.serving, digest)
            releases.add(self.settings, made, self.tag, outcome)
        except Exception as error:
            print(f"    not recorded: {error}", flush=True)
