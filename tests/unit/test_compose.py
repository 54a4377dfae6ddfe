"""The deployment by containers, as far as it can be proven without an engine."""

from __future__ import annotations

import fnmatch
import http.server
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml  # type: ignore[import-untyped]  # ships no types
from cryptography.fernet import Fernet

from ops.health import COMPONENTS, main, status_of
from pipeline.data.embedded_place import INSTALL

CHECKOUT = Path(__file__).resolve().parent.parent.parent
COMPOSE = CHECKOUT / "docker-compose.yml"
TEXT = COMPOSE.read_text()
SERVICES = yaml.safe_load(TEXT)["services"]
DOCKERFILE = (CHECKOUT / "Dockerfile").read_text()
WRITTEN_BY_THE_PERSON = {"nightshift.toml"}
LINT = "{extends: default, rules: {line-length: {max: 150}}}"


def copied_paths() -> list[str]:
    """What the Dockerfile copies out of the checkout."""
    return [source for line in re.findall(r"^COPY (.*)$", DOCKERFILE, re.MULTILINE) for source in line.split()[:-1]]


def needed_secrets() -> set[str]:
    return set(re.findall(r"\$\{(\w+):\?", TEXT))


def test_the_compose_file_obeys_the_specification_and_the_linter() -> None:
    tools = Path(sys.executable).parent
    for command in (["check-jsonschema", "--builtin-schema", "vendor.compose-spec"], ["yamllint", "--strict", "-d", LINT]):
        done = subprocess.run([tools / command[0], *command[1:], COMPOSE], check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_every_path_that_the_image_copies_exists_and_is_not_ignored() -> None:
    kept = [line[1:] for line in (CHECKOUT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    for path in copied_paths():
        assert (CHECKOUT / path).exists(), path
        assert any(path == pattern or path.startswith(f"{pattern}/") for pattern in kept), path
    for pattern in kept:
        assert any(path == pattern or path.startswith(f"{pattern}/") for path in copied_paths()), f"{pattern} is let in and never copied"


def test_every_file_of_the_checkout_that_a_service_mounts_or_runs_exists() -> None:
    mounted = [volume["source"] if isinstance(volume, dict) else volume.split(":")[0] for s in SERVICES.values() for volume in s["volumes"]]
    local = {path.removeprefix("./") for path in mounted if path.startswith("./")} - WRITTEN_BY_THE_PERSON
    run = {word.removeprefix("/opt/nightshift/") for s in SERVICES.values() for word in s["command"] if word.startswith("/opt/nightshift/")}
    for path in local | run:
        assert (CHECKOUT / path).is_file(), path
        assert os.access(CHECKOUT / path, os.X_OK), path
        assert subprocess.run(["bash", "-n", CHECKOUT / path], check=False).returncode == 0


def test_the_services_are_those_of_airflow_and_a_database_and_each_is_watched() -> None:
    lasting = {"postgres", "airflow-apiserver", "airflow-scheduler", "airflow-dag-processor"}
    assert set(SERVICES) == lasting | {"airflow-init"}
    for name in lasting:
        assert SERVICES[name]["restart"] == "unless-stopped"
        test = SERVICES[name]["healthcheck"]["test"]
        assert name == "postgres" or test[:4] == ["CMD", "python", "-m", "ops.health"]
        assert name == "postgres" or test[4] in COMPONENTS
    watched = {service["healthcheck"]["test"][4] for name, service in SERVICES.items() if name in lasting - {"postgres"}}
    assert watched == set(COMPONENTS)


def test_no_service_of_airflow_runs_as_root_and_only_this_machine_reaches_the_ui() -> None:
    assert "USER 50000:0" in DOCKERFILE
    for name, service in SERVICES.items():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
        assert name == "postgres" or service["user"] == "${AIRFLOW_UID:-50000}:0"


def test_no_secret_stands_in_the_file_and_the_recipe_of_its_head_makes_them_all(tmp_path: Path) -> None:
    for name, value in re.findall(r"^ +(\w*(?:PASSWORD|SECRET|KEY)\w*): (.*)$", TEXT, re.MULTILINE):
        assert value.startswith("${"), name
    recipe = [line.removeprefix("#          ") for line in TEXT.splitlines() if line.startswith("#          ")]
    subprocess.run(["bash", "-eu", "-c", "\n".join(recipe)], cwd=tmp_path, check=True)
    made = dict(line.split("=", 1) for line in (tmp_path / ".env").read_text().splitlines())
    assert set(made) == needed_secrets()
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert all(re.fullmatch(r"[0-9a-f]{64}", value) for name, value in made.items() if name != "AIRFLOW_FERNET_KEY")
    assert Fernet(made["AIRFLOW_FERNET_KEY"])


def test_airflow_knows_every_setting_that_is_given_to_it() -> None:
    airflow = importlib.util.find_spec("airflow")  # found without importing it, which takes seconds
    assert airflow is not None
    assert airflow.submodule_search_locations is not None
    known = yaml.safe_load((Path(airflow.submodule_search_locations[0]) / "config_templates" / "config.yml").read_text())
    given = re.findall(r"^ +AIRFLOW__(\w+?)__(\w+):", TEXT, re.MULTILINE)
    assert len(given) > 10
    for section, option in given:
        assert option.lower() in known[section.lower()]["options"], f"{section}.{option}"


def test_the_container_and_the_embedded_server_are_the_same_major_version_of_postgresql() -> None:
    assert SERVICES["postgres"]["image"].split(":")[1].split("-")[0] == INSTALL.removeprefix("pginstall")


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("docker-compose") is None, reason="no docker-compose on this machine")
def test_compose_resolves_the_file_and_refuses_it_without_its_secrets(tmp_path: Path) -> None:
    for path in ("nightshift.toml", "Dockerfile"):
        (tmp_path / path).touch()
    # the old client of Debian does not know this option of the specification
    (tmp_path / "docker-compose.yml").write_text(TEXT.replace("      bind:\n        create_host_path: false\n", ""))
    command = ["docker-compose", "config"]
    secrets = dict.fromkeys(needed_secrets(), "x" * 64)
    base = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    resolved = subprocess.run(command, cwd=tmp_path, env=base | secrets, capture_output=True, text=True, check=False)
    assert resolved.returncode == 0, resolved.stderr
    assert "${" not in resolved.stdout
    for name in secrets:
        incomplete = base | {key: value for key, value in secrets.items() if key != name}
        assert subprocess.run(command, cwd=tmp_path, env=incomplete, capture_output=True, check=False).returncode != 0, name


@contextmanager
def health_page(answer: dict[str, object]) -> Iterator[str]:
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_part_is_healthy_only_where_the_page_says_so_in_words() -> None:
    page = {
        "metadatabase": {"status": "healthy"},
        "scheduler": {"status": "unhealthy"},
        "dag_processor": {"status": None},
    }
    with health_page(page) as url:
        assert main(["metadatabase", url]) == 0
        for part in ("scheduler", "dag_processor"):
            assert main([part, url]) == 1
    with health_page({"scheduler": None}) as url:
        assert main(["scheduler", url]) == main(["metadatabase", url]) == 1
    assert status_of("scheduler", url).startswith("no answer")
    assert main(["worker", url]) == 2
    assert main([]) == 2


def test_nothing_local_gets_into_the_image() -> None:
    patterns = (CHECKOUT / ".dockerignore").read_text().splitlines()
    assert "*" in patterns
    for secret in (".env", "nightshift.toml", ".nightshift", ".git", ".venv"):
        assert not any(fnmatch.fnmatch(secret, pattern[1:]) for pattern in patterns if pattern.startswith("!"))
