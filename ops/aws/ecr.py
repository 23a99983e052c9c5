"""The ECR repository of one environment: the image that a tag names, and the password for a push."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from ops.aws.clients import Clients
from ops.console.errors import ImageMissingError

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

MOST_TAGS = 10


@dataclass(frozen=True, kw_only=True)
class Registry:
    """The repository on the AWS that this shell names."""

    region: str
    repository: str

    @cached_property
    def _ecr(self) -> ECRClient:
        return Clients.of_shell(self.region).ecr

    @cached_property
    def uri(self) -> str:
        """The repository's part of an image's name."""
        return self._ecr.describe_repositories(repositoryNames=[self.repository])["repositories"][0]["repositoryUri"]

    def digest(self, tag: str) -> str | None:
        """The digest of the image that has the tag now, if there is one."""
        try:
            found = self._ecr.describe_images(repositoryName=self.repository, imageIds=[{"imageTag": tag}])
        except self._ecr.exceptions.ImageNotFoundException:
            return None
        except self._ecr.exceptions.RepositoryNotFoundException as error:
            raise ImageMissingError(
                f"{self.region} has no repository {self.repository}: asset-manager bootstrap prints the command that "
                "creates one."
            ) from error
        return found["imageDetails"][0]["imageDigest"]

    def require(self, tag: str) -> str:
        """The digest of the tag's image; raises with the existing tags if there is no such image."""
        found = self.digest(tag)
        if found is None:
            raise ImageMissingError(
                f"the repository {self.repository} has no image {tag}. It has {self._tags()}. A first one is built and "
                f"pushed by hand (docs/runbook.md, First deployment); beside one that serves, asset-manager release "
                f"{tag} does it, with image_tag as it was in the environment file. Nothing was changed."
            )
        return found

    def _tags(self) -> str:
        """The tags, the latest pushed first."""
        pages = self._ecr.get_paginator("describe_images").paginate(repositoryName=self.repository)
        images = sorted(
            (image for page in pages for image in page["imageDetails"]),
            key=lambda image: image["imagePushedAt"],
            reverse=True,
        )
        tags = [tag for image in images for tag in image.get("imageTags", [])]
        more = f" and {len(tags) - MOST_TAGS} older ones" if len(tags) > MOST_TAGS else ""
        return ", ".join(tags[:MOST_TAGS]) + more if tags else "none at all"

    def password(self) -> str:
        """For the user AWS, valid for twelve hours.

        https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_AuthorizationData.html
        """
        token = self._ecr.get_authorization_token()["authorizationData"][0]["authorizationToken"]
        return base64.b64decode(token).decode().partition(":")[2]
