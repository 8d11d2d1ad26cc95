"""The checks of what is delivered and how: image, compose, Kubernetes, workflows, secrets."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import aside
from bootstrap import SetupError
from check import ROOT, Outcome, run
from secrets_scan import unknown_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BIN = Path(sys.executable).parent
CONTAINERFILE = ROOT / "deploy" / "image" / "Containerfile"
COMPOSE = ROOT / "compose.yaml"
WORKFLOWS = ROOT / ".github" / "workflows"
KUBERNETES = ROOT / "deploy" / "kubernetes"
OVERLAYS = sorted(path.parent for path in KUBERNETES.glob("overlays/*/kustomization.yaml"))


def lint_image() -> Outcome:
    return run(BIN / "hadolint", CONTAINERFILE)


def lint_compose() -> Outcome:
    """Against the schema of the Compose specification, which the tool brings."""
    return run(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)


def lint_kubernetes() -> Outcome:
    """What an operator would apply, rendered by kustomize itself, against the API's own schemas."""
    with tempfile.TemporaryDirectory() as folder:
        return _first_failure(_validated(Path(folder)))


def _validated(folder: Path) -> Iterator[Outcome]:
    for rendered in render(folder):
        yield rendered if isinstance(rendered, Outcome) else run(BIN / "kubernetes-validate", "--strict", rendered)


def render(folder: Path) -> Iterator[Path | Outcome]:
    """A file for each overlay, or what kustomize said against it."""
    kubectl = aside.program("kubectl")
    for overlay in OVERLAYS:
        done = run(kubectl, "kustomize", overlay)
        if not done.passed:
            yield done
            continue
        path = folder / f"{overlay.name}.yaml"
        path.write_text(done.output, encoding="utf-8")
        yield path


def lint_workflows() -> Outcome:
    """zizmor asks no network; the schemas are those that the other tool brings."""
    schema = (BIN / "check-jsonschema", "--builtin-schema")
    commands: list[tuple[str | Path, ...]] = [
        (BIN / "zizmor", "--offline", "--no-progress", "--persona=pedantic", ROOT / ".github"),
        (*schema, "vendor.github-workflows", *sorted(WORKFLOWS.glob("*.yml"))),
        (*schema, "vendor.dependabot", ROOT / ".github" / "dependabot.yml"),
    ]
    return _first_failure(run(*command) for command in commands)


def lint_policies() -> Outcome:
    """checkov over image, rendered manifests and workflows; what is let pass says why beside it."""
    with tempfile.TemporaryDirectory() as folder:
        shown = Path(folder)
        shutil.copy(CONTAINERFILE, shown / "Dockerfile")  # the name that it knows such files by
        shutil.copytree(WORKFLOWS, shown / ".github" / "workflows")
        for rendered in render(shown):
            if isinstance(rendered, Outcome):
                return rendered
        # One run for all, since most of its time is for starting. It asks its maker's service unless told not to.
        options = ("--compact", "--quiet", "--skip-download", "--directory", shown, "--framework")
        return run(aside.program("checkov"), *options, "dockerfile", "github_actions", "kubernetes")


def lint_secrets() -> Outcome:
    found = unknown_secrets(ROOT)
    return Outcome(not found, "\n".join(found))


def _first_failure(outcomes: Iterator[Outcome]) -> Outcome:
    """All of them, when all are well."""
    said = []
    for outcome in outcomes:
        if not outcome.passed:
            return outcome
        said.append(outcome.output)
    return Outcome(True, "".join(said))


def _needing_tools(check: Callable[[], Outcome]) -> Callable[[], Outcome]:
    """A tool that cannot be installed fails by a sentence, like every other check, and the rest goes on."""

    def checked() -> Outcome:
        try:
            return check()
        except SetupError as error:
            return Outcome(False, str(error))

    return checked


DELIVERY_CHECKS: dict[str, Callable[[], Outcome]] = {
    "image": lint_image,
    "compose": lint_compose,
    "kubernetes": _needing_tools(lint_kubernetes),
    "workflows": lint_workflows,
    "policies": _needing_tools(lint_policies),
    "secrets": lint_secrets,
}
