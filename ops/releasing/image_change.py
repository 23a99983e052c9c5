"""From the image that serves to another: the environment file, the services, and the way back where it fails."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ops.aws import in_progress, steady
from ops.console.errors import Interrupted, LockHeldError, NotSteadyError, NotValidError, OperatorError, RefusedError
from ops.deploying import release_record, releases
from ops.deploying.deploy import ask_operator, failed_already, failed_checks, planned, take_as_said
from ops.deploying.release_record import BACK, FAILED, FOUND, INTERRUPTED, Outcome, short
from ops.deploying.releases import Serving
from ops.environments.edits import write
from ops.terraform import workspace
from ops.terraform.project import synthesize
from ops.terraform.run import StalePlanError, StateNotSavedError, Terraform
from settings.load import Settings


class OvertakenError(NotSteadyError):
    """Somebody else deployed after this release did, and theirs is not undone."""

    name = "overtaken"


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
        self._require_as_it_was()
        if digest == self.serving.digest and self.before == self.after:
            print(f"{self.tag} ({short(digest)}) serves already.")
            return
        print(f"==> {was} ({short(self.serving.digest)}) to {self.tag} ({short(digest)})", flush=True)
        with tempfile.TemporaryDirectory(prefix="asset-manager-plan-") as folder:
            file, as_it_was = Path(folder) / "services", f"Nothing was deployed; {self._shown} is as it was."
            try:
                write(self.file, self.after)
                changes = self._plan(file)
                already = failed_already(settings) if validate else []
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
            applied = None
            try:
                if changes:
                    print("==> terraform apply: services", flush=True)
                    self.services.apply_plan(file)
                applied = steady.applied(self.services.state())
                self._require(digest)
                if validate:
                    self._require_valid(already)
            except Interrupted:
                raise self._interrupted(digest) from None
            except (LockHeldError, StalePlanError) as error:  # Terraform refused the plan, and began nothing
                write(self.file, self.before)
                raise type(error)(f"{error} {as_it_was}") from error
            except StateNotSavedError as error:  # on top of a state that is not saved, even the way back would fork it
                raise type(error)(f"{error} {self._shown} says image_tag {self.tag}, which AWS has.") from error
            except OvertakenError:
                write(self.file, self.before)
                raise
            except Exception as error:
                raise self._undone(digest, error, applied) from error
        self._record_what_serves(self.tag, self.outcome)
        print(f"{self.tag} serves. Commit {self._shown}: it says image_tag {self.tag} now.")

    @property
    def _shown(self) -> str:
        return f"environments/{self.file.name}"

    def _require_as_it_was(self) -> None:
        """As at the beginning, which a build may have put many minutes ago."""
        in_progress.refuse(self.settings)
        now = releases.what_serves(self.settings)
        if now != self.serving:
            what = f"{now.web} ({short(now.digest)})" if now else "nothing"
            raise RefusedError(
                f"{what} serves, and {self.serving.web} ({short(self.serving.digest)}) did when this began: somebody "
                "else deployed meanwhile. Nothing was deployed or written: look at what they did (asset-manager "
                "releases), and begin again; an image that was built is released with --no-build."
            )
        if self.file.read_text() != self.before:
            raise RefusedError(
                f"{self._shown} was changed after this began. Nothing was deployed or written: begin again; an image "
                "that was built is released with --no-build."
            )

    def _plan(self, file: Path) -> bool:
        """What the environment file as it is now would do to `services`; `base` knows of no image."""
        synthesize(self.settings.environment, self.services.folder.parents[1], self.services.environ)
        return bool(planned(self.services, file))

    def _require(self, digest: str) -> None:
        """Until it serves."""
        workspace.wait_until_steady(self.settings, self.services)
        now = releases.what_serves(self.settings)
        if now is None or now.digest != digest:
            what = short(now.digest) if now else "nothing"
            raise self._overtaken(f"{what} serves, and not {short(digest)}")

    def _require_ours(self, applied: Mapping[str, str] | None) -> None:
        """What Terraform's state has is what this process put there; None where its apply did not come to its end."""
        if applied is not None and steady.applied(self.services.state()) != applied:
            raise self._overtaken("what Terraform's state has is of no apply of this release")

    def _overtaken(self, what: str) -> OvertakenError:
        return OvertakenError(
            f"{what}: somebody else deployed meanwhile, and that is not undone. {self._shown} says image_tag "
            f"{self.settings.image_tag}, as before: look at what they did (asset-manager releases), take over their "
            "commit, and begin again."
        )

    def _require_valid(self, already: Sequence[str]) -> None:
        """A check that was failed before says nothing of this image."""
        found = failed_checks(self.settings)
        failed = [name for name in found if name not in already]
        still = [name for name in found if name in already]
        if still:
            print(f"failed before {self.tag} already, so not counted: {', '.join(still)}", flush=True)
        if failed:
            raise NotValidError(f"{self.tag} runs, and not all of it works: {', '.join(failed)} (see the table above).")

    def _interrupted(self, digest: str) -> Interrupted:
        """The file stays, since AWS has it, in part or whole; and Ctrl-C is no order to deploy something else."""
        with suppress(Interrupted):  # pressed once more: what to do now is worth more than the record
            self._record_attempt(digest, INTERRUPTED)
        return Interrupted(
            f"interrupted while {self.tag} was being deployed. What was begun is in Terraform's state, and "
            f"{self._shown} says image_tag {self.tag}: `asset-manager deploy` goes on with it. To go back instead, "
            f"write {self.settings.image_tag} there, and deploy that."
        )

    def _undone(self, digest: str, error: Exception, applied: Mapping[str, str] | None) -> BaseException:
        """What served before serves again; returned is the failure, with what became of it."""
        was = self.settings.image_tag
        kind = type(error) if isinstance(error, OperatorError) else OperatorError
        why = str(error) if isinstance(error, OperatorError) else f"{type(error).__name__}: {error}"
        write(self.file, self.before)
        file_says = f"{self._shown} says image_tag {was}, as before"
        try:
            self._require_ours(applied)
            print(f"==> {self.tag} failed: back to {was} ({short(self.serving.digest)})", flush=True)
            self._record_attempt(digest, FAILED)
            with tempfile.TemporaryDirectory(prefix="asset-manager-plan-") as folder:
                plan = Path(folder) / "services"
                if self._plan(plan):
                    self._require_ours(applied)  # and if the state moves on from here, Terraform refuses the plan
                    print("==> terraform apply: services", flush=True)
                    self.services.apply_plan(plan)
            self._require(self.serving.digest)
        except Interrupted:
            return Interrupted(
                f"{why}\n{self.tag} failed, and the way back to {was} was interrupted. {file_says}: "
                "`asset-manager deploy` goes on from there."
            )
        except OvertakenError as overtaken:
            return kind(f"{why}\n{overtaken}")
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
