"""The change from the image that serves to another: the environment file, the services, and the undo if it fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ops.aws import in_progress, steady
from ops.aws.account import Account
from ops.console.errors import Interrupted, LockHeldError, NotSteadyError, NotValidError, OperatorError, RefusedError
from ops.deploying import release_record, releases
from ops.deploying.deploy import failed_already, failed_checks
from ops.deploying.release_record import BACK, FAILED, FOUND, INTERRUPTED, Outcome, short
from ops.deploying.releases import Serving
from ops.environments.edits import with_image_tag, write
from ops.terraform import plan as planning
from ops.terraform import workspace
from ops.terraform.plan_and_apply import SavedPlan, confirm, plan_folder, planned
from ops.terraform.project import ROOT
from ops.terraform.run import StalePlanError, StateNotSavedError
from ops.terraform.workspace import Workspace
from settings.load import Settings


class OvertakenError(NotSteadyError):
    """Somebody else deployed after this release did, and theirs is not undone."""

    name = "overtaken"


@dataclass(frozen=True, kw_only=True)
class ImageChange:
    """The workspace's settings name the image that serves; `before` and `after` are the environment file's text."""

    workspace: Workspace
    serving: Serving
    tag: str
    outcome: Outcome
    file: Path
    before: str
    after: str

    def deploy(self, digest: str, *, yes: bool, validate: bool) -> None:
        """Ask, deploy the image with this digest, wait, validate, record."""
        settings, was = self.settings, self.settings.image_tag
        self._require_as_it_was()
        if digest == self.serving.digest and self.before == self.after:
            print(f"{self.tag} ({short(digest)}) serves already.")
            return
        print(f"==> {was} ({short(self.serving.digest)}) to {self.tag} ({short(digest)})", flush=True)
        with plan_folder() as folder:
            as_it_was = f"Nothing was deployed; {self._shown} is as it was."
            try:
                write(self.file, self.after)
                plan = self._plan(folder)
                already = failed_already(settings) if validate else []
                what = f"deploy this to {settings.environment}, account {settings.account_id}"
                confirm(yes=yes)(what, as_it_was)
                if not release_record.is_recorded(releases.history(self.workspace.account), self.serving.digest):
                    releases.add(self.workspace.account, self.serving, was, FOUND)
            except Interrupted:
                write(self.file, self.before)
                raise Interrupted(f"interrupted. {as_it_was}") from None
            except Exception:
                write(self.file, self.before)
                raise
            applied = None
            try:
                if plan.changes:
                    plan.apply(as_it_was)
                applied = self._applied()
                self._require(digest)
                if validate:
                    self._require_valid(already)
            except Interrupted:
                raise self._interrupted(digest) from None
            except (
                LockHeldError,
                StalePlanError,
                OvertakenError,
            ):  # nothing started, or nothing to undo
                write(self.file, self.before)
                raise
            except StateNotSavedError as error:  # as long as the state is not saved, even the undo would fork it
                raise type(error)(f"{error} {self._shown} says image_tag {self.tag}, which AWS has.") from error
            except Exception as error:
                raise self._undone(digest, error, applied) from error
        self._record_what_serves(self.tag, self.outcome)
        print(f"{self.tag} serves. Commit {self._shown}: it says image_tag {self.tag} now.")

    @property
    def settings(self) -> Settings:
        return self.workspace.settings

    @property
    def _shown(self) -> str:
        return f"environments/{self.file.name}"

    def _require_as_it_was(self) -> None:
        """Raise unless AWS and the file are as at the start of the command: a build may have taken many minutes."""
        in_progress.refuse(self.settings)
        now = releases.what_serves(self.workspace.account)
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

    def _plan(self, folder: Path) -> SavedPlan:
        """Plan `services` with the environment file as it is now; `base` holds no image."""
        self.workspace.synthesize()
        return planned(self.workspace.services, folder)

    def _applied(self) -> dict[str, str]:
        return steady.applied(self.workspace.services.state())

    def _require(self, digest: str) -> None:
        """Wait until the image with this digest serves; raises if another one does."""
        workspace.wait_until_steady(self.workspace)
        now = releases.what_serves(self.workspace.account)
        if now is None or now.digest != digest:
            what = short(now.digest) if now else "nothing"
            raise self._overtaken(f"{what} serves, and not {short(digest)}")

    def _require_ours(self, applied: Mapping[str, str] | None) -> None:
        """Raise unless Terraform's state is what this process applied; None if its apply did not finish."""
        if applied is not None and self._applied() != applied:
            raise self._overtaken("what Terraform's state has is of no apply of this release")

    def _overtaken(self, what: str) -> OvertakenError:
        return OvertakenError(
            f"{what}: somebody else deployed meanwhile, and that is not undone. {self._shown} says image_tag "
            f"{self.settings.image_tag}, as before: look at what they did (asset-manager releases), take over their "
            "commit, and begin again."
        )

    def _require_valid(self, already: Sequence[str]) -> None:
        """Raise if a check fails that did not fail before the change."""
        found = failed_checks(self.settings)
        failed = [name for name in found if name not in already]
        still = [name for name in found if name in already]
        if still:
            print(f"failed before {self.tag} already, so not counted: {', '.join(still)}", flush=True)
        if failed:
            raise NotValidError(f"{self.tag} runs, and not all of it works: {', '.join(failed)} (see the table above).")

    def _interrupted(self, digest: str) -> Interrupted:
        """The file stays, because AWS has it in part or whole, and Ctrl-C does not ask for another deployment."""
        with suppress(Interrupted):  # Ctrl-C again: the message is worth more than the record
            self._record_attempt(digest, INTERRUPTED)
        return Interrupted(
            f"interrupted while {self.tag} was being deployed. What was begun is in Terraform's state, and "
            f"{self._shown} says image_tag {self.tag}: `asset-manager deploy` goes on with it. To go back instead, "
            f"write {self.settings.image_tag} there, and deploy that."
        )

    def _undone(self, digest: str, error: Exception, applied: Mapping[str, str] | None) -> BaseException:
        """Deploy what served before; return the error to raise: the failure, and the result of the undo."""
        was = self.settings.image_tag
        kind = type(error) if isinstance(error, OperatorError) else OperatorError
        why = str(error) if isinstance(error, OperatorError) else f"{type(error).__name__}: {error}"
        write(self.file, self.before)
        file_says = f"{self._shown} says image_tag {was}, as before"
        try:
            self._require_ours(applied)
            print(f"==> {self.tag} failed: back to {was} ({short(self.serving.digest)})", flush=True)
            self._record_attempt(digest, FAILED)
            with plan_folder() as folder:
                plan = self._plan(folder)
                if plan.changes:
                    self._require_ours(applied)  # if the state moves on after this, Terraform refuses the plan
                    plan.apply("Nothing of the way back was deployed.")
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
                f"{why}\n{self.tag} failed, and so did the way back to {was}: {another}\n{file_says}: fix that, and "
                "`asset-manager deploy` goes on from there."
            )
        self._record_what_serves(was, BACK)
        return kind(f"{why}\n{self.tag} was undone: {was} ({short(self.serving.digest)}) serves, and {file_says}.")

    def _record_what_serves(self, tag: str, outcome: Outcome) -> None:
        now = releases.what_serves(self.workspace.account)
        if now:
            releases.add(self.workspace.account, now, tag, outcome)

    def _record_attempt(self, digest: str, outcome: Outcome) -> None:
        """Record the attempt if possible; the rest of the undo is more urgent."""
        try:
            made = releases.what_was_applied(self.workspace, self.serving, digest)
            releases.add(self.workspace.account, made, self.tag, outcome)
        except Exception as error:
            print(f"    not recorded: {error}", flush=True)


def begin(account: Account, tag: str, outcome: Outcome) -> ImageChange:
    """Prepare the change; refuses if a deployment is under way, or if there is another change to deploy."""
    settings = account.settings
    file = ROOT / "environments" / f"{settings.environment}.yaml"
    before = file.read_text()
    after = with_image_tag(before, tag)
    in_progress.refuse(settings)
    prepared = workspace.prepare(account)
    if planning.is_anything_to_change(prepared):
        raise RefusedError(
            f"there is something to deploy besides {tag} (the plan stands above), and it would be deployed unasked. "
            "Deploy it first (asset-manager deploy), or take it back. Nothing was changed."
        )
    serving = releases.what_serves(account)
    if serving is None:
        raise RefusedError(f"the services of {settings.environment} are not there. First: asset-manager deploy")
    return ImageChange(
        workspace=prepared,
        serving=serving,
        tag=tag,
        outcome=outcome,
        file=file,
        before=before,
        after=after,
    )
