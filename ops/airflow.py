"""An Airflow of our own under a home folder: its secrets, its settings, its commands. Nothing here starts or stops a process."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import secrets
import socket
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

from sqlalchemy import make_url

from pipeline.core.settings import CONFIG_VARIABLE

CHECKOUT = Path(__file__).resolve().parent.parent
ADDRESS = "127.0.0.1"  # this machine alone
USUAL_PORT = 8080
USER = "admin"


@dataclass(frozen=True)
class Place:
    """Where an Airflow keeps everything: `home` is its AIRFLOW_HOME, `settings_file` the nightshift.toml that its processes read.

    `dags` are its DAGs, `plugins` the pages of ours inside its user interface.
    """

    home: Path
    settings_file: Path
    dags: Path = CHECKOUT / "dags"
    plugins: Path = CHECKOUT / "plugins"

    @property
    def logs(self) -> Path:
        return self.home / "logs"

    @property
    def passwords_file(self) -> Path:
        return self.home / "passwords.json"

    @property
    def secrets_file(self) -> Path:
        return self.home / "secrets.json"

    @property
    def lock_file(self) -> Path:
        return self.home / "keeper.lock"

    @property
    def port_file(self) -> Path:
        return self.home / "port"

    @property
    def keeper_log(self) -> Path:
        return self.logs / "keeper.log"

    @property
    def migrated_file(self) -> Path:
        return self.home / "migrated"

    @property
    def url(self) -> str:
        """Address of the user interface and the API; valid once a keeper has chosen the port."""
        return f"http://{ADDRESS}:{self.port_file.read_text().strip()}"

    @property
    def password(self) -> str:
        """The generated password of the user `admin`."""
        return str(json.loads(self.passwords_file.read_text())[USER])


@dataclass(frozen=True)
class Secrets:
    """What Airflow's processes share and nobody else knows."""

    fernet_key: str
    jwt_secret: str
    api_secret_key: str

    @classmethod
    def generate(cls) -> Secrets:
        return cls(
            fernet_key=base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
            jwt_secret=secrets.token_urlsafe(64),
            api_secret_key=secrets.token_urlsafe(32),
        )


def prepare(place: Place) -> Secrets:
    """Make the folder, the secrets and the password where they are absent; nobody but their owner may read them."""
    place.logs.mkdir(parents=True, exist_ok=True)
    place.home.chmod(0o700)
    if not place.passwords_file.exists():
        write_secret(place.passwords_file, json.dumps({USER: secrets.token_urlsafe(12)}))
    if not place.secrets_file.exists():
        write_secret(place.secrets_file, json.dumps(asdict(Secrets.generate())))
    return Secrets(**json.loads(place.secrets_file.read_text()))


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read, complete or not at all."""
    beside = path.with_name(f".{path.name}.part")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    beside.replace(path)


def choose_port(place: Place) -> int:
    """The port of last time, else 8080, else any that is free; kept for the next time."""
    kept = int(place.port_file.read_text()) if place.port_file.exists() else USUAL_PORT
    port = next(port for port in (kept, USUAL_PORT, 0) if port == 0 or _is_free(port)) or _free_port()
    place.port_file.write_text(f"{port}\n")
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe, contextlib.suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        probe.bind((ADDRESS, port))
        return True
    return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


def environment(place: Place, keys: Secrets, port: int, metadata_url: str) -> dict[str, str]:
    """The environment of every Airflow process: what a person exported, with our settings over it."""
    url = f"http://{ADDRESS}:{port}"
    ours = {
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__DAGS_FOLDER": str(place.dags),
        "CORE__PLUGINS_FOLDER": str(place.plugins),
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": "4",  # the default forks 32 workers
        "CORE__FERNET_KEY": keys.fernet_key,
        "CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        "CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
        "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(place.passwords_file),
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "False",
        "CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "DATABASE__SQL_ALCHEMY_CONN": make_url(metadata_url).set(drivername="postgresql+psycopg2").render_as_string(hide_password=False),
        "DATABASE__LOAD_DEFAULT_CONNECTIONS": "False",
        "API__HOST": ADDRESS,
        "API__PORT": str(port),
        "API__BASE_URL": url,
        "API__WORKERS": "1",
        "API__SECRET_KEY": keys.api_secret_key,
        "API_AUTH__JWT_SECRET": keys.jwt_secret,
        "LOGGING__BASE_LOG_FOLDER": str(place.logs / "tasks"),
        "DAG_PROCESSOR__REFRESH_INTERVAL": "15",  # seconds until a changed DAG file is seen; the default is 300
        "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "60",  # seconds until the tasks of a scheduler that died run again; the default is 300
        "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "120",
    }
    return {
        **os.environ,
        "AIRFLOW_HOME": str(place.home),
        CONFIG_VARIABLE: str(place.settings_file),
        **{f"AIRFLOW__{name}": value for name, value in ours.items()},
    }


def command(*words: str) -> list[str]:
    """An Airflow command of this very environment, wherever PATH points."""
    return [sys.executable, "-m", "airflow", *words]


COMPONENTS = {
    "api-server": command("api-server"),
    "scheduler": command("scheduler", "--skip-serve-logs"),  # the api-server reads the same log files
    "dag-processor": command("dag-processor"),
}
"""The processes that must be up. There is no triggerer: no task defers."""


def migration_stamp(metadata_url: str) -> str:
    """What `migrated_file` holds when this version of Airflow has migrated this very database."""
    url = make_url(metadata_url)
    return f"apache-airflow {version('apache-airflow-core')} in database {url.database} as {url.username}"
