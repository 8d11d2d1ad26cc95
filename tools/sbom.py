"""The bill of materials of what is shipped, as CycloneDX: `python tools/sbom.py [--output FILE]`.

From the lock, so that it names exactly what the image installs, each with the hashes that installing checks; licences
come from what the packages say of themselves in this environment. Packages that this machine does not install (another
system's) are named without a licence.
"""

from __future__ import annotations

import argparse
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.contact import OrganizationalEntity
from cyclonedx.model.license import LicenseAcknowledgement
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
from packaging.requirements import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cyclonedx.model.license import License

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "runtime.lock"
SCHEMA = SchemaVersion.V1_6
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
# The old way to say a licence; what stands after the last `::` is only a name.
_CLASSIFIER = "License :: OSI Approved :: "


def locked(lock: Path) -> Iterator[tuple[Requirement, list[str]]]:
    """Each requirement of a lock with its SHA-256 hashes (of every file that the index has for that version)."""
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in filter(None, map(str.strip, text.splitlines())):
        if not line.startswith("#"):
            yield Requirement(line.split("--hash", 1)[0].strip()), _HASH.findall(line)


def make_bom(lock: Path) -> Bom:
    bom = Bom()
    bom.metadata.component = program = Component(
        name="scholr",
        version=metadata.version("scholr"),
        type=ComponentType.APPLICATION,
        bom_ref="scholr",
        licenses=licences_of("scholr"),
        supplier=OrganizationalEntity(name="Scholr"),
    )
    parts = [component(requirement, hashes) for requirement, hashes in locked(lock)]
    for part in parts:
        bom.components.add(part)
    bom.register_dependency(program, parts)
    return bom


def component(requirement: Requirement, hashes: list[str]) -> Component:
    version = next(iter(requirement.specifier)).version
    purl = PackageURL("pypi", name=requirement.name.lower(), version=version)
    files = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(f"https://pypi.org/project/{requirement.name}/{version}/#files"),
        comment="any one of these files",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in hashes],
    )
    marker = [Property(name="scholr:only-where", value=str(requirement.marker))] if requirement.marker else []
    return Component(
        name=requirement.name,
        version=version,
        type=ComponentType.LIBRARY,
        bom_ref=purl.to_string(),
        purl=purl,
        licenses=licences_of(requirement.name),
        external_references=[files],
        properties=marker,
    )


def licences_of(name: str) -> list[License]:
    """An SPDX expression where the package gives one, else the names that it gives; none where it is not installed."""
    try:
        said = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return []
    factory = LicenseFactory()
    declared = LicenseAcknowledgement.DECLARED
    if "License-Expression" in said:
        return [factory.make_from_string(said["License-Expression"], license_acknowledgement=declared)]
    classifiers = [each.removeprefix(_CLASSIFIER) for each in said.get_all("Classifier", []) if _CLASSIFIER in each]
    if classifiers:
        return [factory.make_with_name(each, acknowledgement=declared) for each in sorted(set(classifiers))]
    line = said["License"].strip().splitlines() if "License" in said else []
    return [factory.make_from_string(line[0], license_acknowledgement=declared)] if line else []


def render(lock: Path = LOCK) -> str:
    return make_outputter(make_bom(lock), OutputFormat.JSON, SCHEMA).output_as_string(indent=2) + "\n"


def problem(text: str) -> str | None:
    """What the schema of CycloneDX has against it."""
    found = JsonStrictValidator(SCHEMA).validate_str(text)
    return None if found is None else str(found)


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the bill of materials of what is shipped.")
    parser.add_argument("--output", type=Path, help="a file instead of standard output")
    output: Path | None = parser.parse_args().output
    text = render()
    if wrong := problem(text):
        print(f"the bill of materials is no valid CycloneDX: {wrong}", file=sys.stderr)
        return 1
    if output is None:
        sys.stdout.write(text)
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
