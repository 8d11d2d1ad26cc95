"""The manifests as an operator applies them: rendered by kustomize, and true to the program they run."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from scholr.entrypoints import probe
from scholr.entrypoints.environment import Environment
from scholr.entrypoints.server import DRAIN_SECONDS, LINGER_SECONDS
from scholr.platform.http.health import health_routes
from scholr.platform.runtime import CLOSE_SECONDS
from scholr.platform.worker import WorkerSettings

ROOT = Path(__file__).resolve().parents[2]
OVERLAYS = ("small", "production")
Manifest = dict[str, Any]


def render(overlay: str) -> list[Manifest]:
    command = [sys.executable, "tools/aside.py", "kubectl", "kustomize", f"deploy/kubernetes/overlays/{overlay}"]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [found for found in yaml.safe_load_all(done.stdout) if isinstance(found, dict)]


@pytest.fixture(scope="module")
def rendered() -> dict[str, list[Manifest]]:
    return {overlay: render(overlay) for overlay in OVERLAYS}


@pytest.fixture(params=OVERLAYS)
def manifests(request: pytest.FixtureRequest, rendered: dict[str, list[Manifest]]) -> list[Manifest]:
    return rendered[request.param]


def of_kind(manifests: list[Manifest], kind: str) -> dict[str, Manifest]:
    return {each["metadata"]["name"]: each for each in manifests if each["kind"] == kind}


def pods(manifests: list[Manifest]) -> dict[str, Manifest]:
    """The pod's specification of everything that runs."""
    running = {**of_kind(manifests, "Deployment"), **of_kind(manifests, "Job")}
    return {name: each["spec"]["template"]["spec"] for name, each in running.items()}


def test_pods_are_what_the_restricted_standard_asks_for(manifests: list[Manifest]) -> None:
    labels = of_kind(manifests, "Namespace")["scholr"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    assert set(pods(manifests)) == {"web", "worker", "migrate"}
    for pod in pods(manifests).values():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False
            assert context["readOnlyRootFilesystem"] is True
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert set(container["resources"]["limits"]) == {"cpu", "memory"}


def test_no_service_of_the_cluster_can_set_a_variable_of_ours(manifests: list[Manifest]) -> None:
    """A Service named `scholr` would set SCHOLR_PORT to an address, and no process would start."""
    assert all(pod["enableServiceLinks"] is False for pod in pods(manifests).values())


def test_probes_ask_routes_that_exist_and_liveness_asks_no_dependency(manifests: list[Manifest]) -> None:
    routes = {path for handler in health_routes([]) for path in handler.paths}
    web = pods(manifests)["web"]["containers"][0]
    assert web["readinessProbe"]["httpGet"]["path"] in routes
    for kind in ("startupProbe", "livenessProbe"):
        assert web[kind]["httpGet"]["path"] == "/health/live"
    assert probe.PATHS == {"web": "/health/live", "ready": "/health/ready"}
    worker = pods(manifests)["worker"]["containers"][0]
    assert worker["livenessProbe"]["exec"]["command"] == ["python", "-m", "scholr.entrypoints.probe", "worker"]


def test_a_pod_has_longer_to_go_than_the_process_takes(manifests: list[Manifest]) -> None:
    web, worker = pods(manifests)["web"], pods(manifests)["worker"]
    notice = float(settings_of(manifests)["SCHOLR_DRAIN_NOTICE"])
    assert notice > 0
    assert web["terminationGracePeriodSeconds"] > notice + LINGER_SECONDS + DRAIN_SECONDS + CLOSE_SECONDS
    assert worker["terminationGracePeriodSeconds"] > WorkerSettings().grace + CLOSE_SECONDS


def test_settings_are_ones_that_the_program_reads_and_secrets_are_referred_to(manifests: list[Manifest]) -> None:
    known = {f"SCHOLR_{name.upper()}" for name in Environment.model_fields}
    assert set(settings_of(manifests)) <= known
    assert of_kind(manifests, "Secret") == {}
    for pod in pods(manifests).values():
        keys = [item["key"] for source in secret_sources(pod) for item in source["items"]]
        assert {key.upper() for key in keys} <= known
        assert len(keys) == len(set(keys))


def settings_of(manifests: list[Manifest]) -> dict[str, str]:
    (found,) = [each for name, each in of_kind(manifests, "ConfigMap").items() if name.startswith("settings-")]
    data: dict[str, str] = found["data"]
    return data


def secret_sources(pod: Manifest) -> list[Manifest]:
    volume = next(each for each in pod["volumes"] if each["name"] == "secrets")
    return [source["secret"] for source in volume["projected"]["sources"]]


def test_only_the_migration_is_given_the_administrators_address(manifests: list[Manifest]) -> None:
    holders = [
        name
        for name, pod in pods(manifests).items()
        for source in secret_sources(pod)
        for item in source["items"]
        if item["key"] == "scholr_database_url"
    ]
    assert holders == ["migrate"]


def test_nothing_goes_in_or_out_that_is_not_named(manifests: list[Manifest]) -> None:
    policies = of_kind(manifests, "NetworkPolicy")
    default = policies["nothing-by-default"]["spec"]
    assert default == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    allowed_in = [name for name, each in policies.items() if each["spec"].get("ingress")]
    assert allowed_in == ["to-web"]
    outside = policies["to-the-internet"]["spec"]["egress"][0]["to"][0]["ipBlock"]["except"]
    assert {"10.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"} <= set(outside)


def test_web_processes_follow_saturation_and_nodes_are_emptied_one_by_one(rendered: dict[str, list[Manifest]]) -> None:
    scaler = of_kind(rendered["production"], "HorizontalPodAutoscaler")["web"]["spec"]
    assert [metric["type"] for metric in scaler["metrics"]] == ["Pods", "Resource"]
    assert scaler["minReplicas"] >= 2
    budgets = of_kind(rendered["production"], "PodDisruptionBudget")
    assert {name: each["spec"]["maxUnavailable"] for name, each in budgets.items()} == {"web": 1, "worker": 1}
    assert all("replicas" not in each["spec"] for each in of_kind(rendered["production"], "Deployment").values())


def test_the_small_one_is_one_of_each_and_can_be_moved(rendered: dict[str, list[Manifest]]) -> None:
    small = rendered["small"]
    assert {name: each["spec"]["replicas"] for name, each in of_kind(small, "Deployment").items()} == {
        "web": 1,
        "worker": 1,
    }
    assert of_kind(small, "HorizontalPodAutoscaler") == of_kind(small, "PodDisruptionBudget") == {}


def test_selectors_find_what_they_are_for(manifests: list[Manifest]) -> None:
    """A label that kustomize did not carry along would leave a service without processes, silently."""
    for name, service in of_kind(manifests, "Service").items():
        labels = of_kind(manifests, "Deployment")[name]["spec"]["template"]["metadata"]["labels"]
        assert service["spec"]["selector"].items() <= labels.items()
    ports = {port["name"] for port in pods(manifests)["web"]["containers"][0]["ports"]}
    assert {each["targetPort"] for each in of_kind(manifests, "Service")["web"]["spec"]["ports"]} <= ports
