"""The one settings object: `nightshift.toml`, overridden by `NIGHTSHIFT_*`, read once at the edge."""

from __future__ import annotations

import datetime as dt
import difflib
import os
import re
import tomllib
import zoneinfo
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError, TomlConfigSettingsSource

from pipeline.core.durations import parse_duration
from pipeline.core.errors import UsageError
from pipeline.core.night import Night
from pipeline.core.sizes import parse_size

PREFIX = "NIGHTSHIFT_"
CONFIG_VARIABLE = f"{PREFIX}CONFIG"
EXAMPLE_VARIABLE = "NIGHTSHIFT_SOURCE__TRANSACTIONS__TABLE=payments"
MISSPELT = 0.9  # likeness of two variables: ALERT_BUGDET and ALERT_BUDGET have 0.96, IMAGE and HOME, which are both right, 0.84
SMALLEST_MEMORY = 768 * 2**20  # imports take up to 380 MB, and a batch that is scored or a range of rows that is encoded 150 more
OUR_COLUMNS = {"transaction_id", "occurred_at", "recorded_at", "amount", "amount_cents"}  # beside the entities in the lake


def _known_zone(name: str) -> str:
    if name not in zoneinfo.available_timezones():
        near = difflib.get_close_matches(name, zoneinfo.available_timezones(), 1)
        raise ValueError(f"'{name}' is not a time zone" + (f", did you mean '{near[0]}'?" if near else ""))
    return name


def _plain_name(name: str) -> str:
    if re.fullmatch(r"[a-z][a-z0-9_]*", name) is None:
        raise ValueError(f"'{name}' is not a plain name: lower-case letters, digits and '_', a letter first")
    return name


def _day(night: object) -> dt.date:
    """A night as text, or as TOML's own date."""
    try:
        return Night.parse(str(night)).day
    except UsageError as error:
        raise ValueError(str(error)) from None


def _ten_years_at_most(span: dt.timedelta) -> dt.timedelta:
    """Of what is added to instants: a calendar has an end."""
    if span > dt.timedelta(days=3_653):
        raise ValueError(f"{span.days:,} days are more than ten years: write less")
    return span


Duration = Annotated[dt.timedelta, BeforeValidator(parse_duration)]
Patience = Annotated[Duration, AfterValidator(_ten_years_at_most)]
Size = Annotated[int, BeforeValidator(parse_size), Field(ge=SMALLEST_MEMORY)]
Zone = Annotated[str, AfterValidator(_known_zone)]
PlainName = Annotated[str, AfterValidator(_plain_name)]
Day = Annotated[dt.date, BeforeValidator(_day)]


class Part(BaseModel):
    """A table of the settings file: frozen, and a misspelt key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TransactionsSource(Part):
    """Where transactions are and what their columns are called (our name = their column).

    `personal` names their columns of which no value is told in a report, log line, error or view. One that is mapped as an entity is
    read all the same, and sealed in the lake, since features are computed over it; one that is not mapped is never read.
    """

    table: str = "transactions"
    transaction_id: str = "transaction_id"
    occurred_at: str = "occurred_at"
    recorded_at: str | None = None
    amount: str = "amount"
    entities: dict[PlainName, str] = Field(min_length=1)
    nullable_entities: tuple[str, ...] = ()
    personal: tuple[str, ...] = ()
    minor_units: int = Field(2, ge=0, le=6)
    negative_amounts: Literal["reject", "allow"] = "reject"

    @model_validator(mode="after")
    def _names_are_entities(self) -> TransactionsSource:
        unknown = sorted(set(self.nullable_entities) - set(self.entities))
        if unknown:
            raise ValueError(f"nullable_entities names {', '.join(unknown)}, but the entities are {', '.join(self.entities)}")
        taken = sorted(OUR_COLUMNS & set(self.entities))
        if taken:
            raise ValueError(f"an entity cannot be called {', '.join(taken)}: that is a column of our own, choose another name")
        return self

    @model_validator(mode="after")
    def _personal_is_not_shown(self) -> TransactionsSource:
        shown = sorted({self.transaction_id, self.occurred_at, self.amount, self.recorded_at or self.occurred_at} & set(self.personal))
        if shown:
            raise ValueError(f"personal names {', '.join(shown)}, which reports and views show as mapped: map a column that tells nothing")
        named = [name for name in self.entities if name in self.personal and name not in self.entities.values()]
        if named:
            raise ValueError(f"personal names your columns, but {', '.join(named)} is our name: write {self.entities[named[0]]}")
        return self


class LabelsSource(Part):
    """Where labels are and what their columns are called."""

    table: str = "labels"
    transaction_id: str = "transaction_id"
    is_fraud: str = "is_fraud"
    known_at: str = "known_at"


class Source(Part):
    """The source contract, mapped to a user's tables."""

    transactions: TransactionsSource
    labels: LabelsSource = LabelsSource()


class Email(Part):
    """The mail server that carries messages, and between whom; a password goes over an encrypted line only."""

    host: str
    port: int = Field(587, ge=1, le=65535)
    encryption: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: SecretStr | None = None
    sender: str
    recipients: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _addresses_are_one_line(self) -> Email:
        for address in (self.sender, *self.recipients):
            if re.fullmatch(r"[^@\s]+@[^@\s]+", address) is None:
                raise ValueError(f"'{address}' is not a mail address: name@host")
        return self

    @model_validator(mode="after")
    def _password_is_encrypted(self) -> Email:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password belong together: set both, or neither")
        if self.password is not None and self.encryption == "none":
            raise ValueError("a password would go in the clear: set encryption to starttls or tls")
        return self


class Webhook(Part):
    """Where messages are posted as JSON; `secret` is the value of `header`. Addresses of chat services are secrets themselves."""

    url: SecretStr
    header: str = Field("Authorization", pattern=r"^[A-Za-z0-9-]+$")
    secret: SecretStr | None = None

    @model_validator(mode="after")
    def _is_an_address(self) -> Webhook:
        if re.match(r"https?://[^/\s]", self.url.get_secret_value()) is None:
            raise ValueError("url is not an address: it begins with https:// (or http:// inside your own network)")
        if self.secret is not None and not self.secret.get_secret_value().isprintable():
            raise ValueError("secret must be one line of printable characters")
        return self


class Notify(Part):
    """Who is told of a red or late night, besides the log."""

    email: Email | None = None
    webhook: Webhook | None = None


class Margins(Part):
    """How much a challenger may lose in other measures than average precision, and how much better it may be in that and still be equal."""

    equivalence: float = Field(default=0.02, gt=0, lt=1)  # as wide as promotion_margin, on the other side
    roc_auc: float = Field(
        default=0.03, gt=0, lt=1
    )  # rows nobody looks at move it: young chains lost .02 of it while average precision rose
    alert_precision: float = Field(default=0.05, gt=0, lt=1)  # five frauds of a hundred alerts
    brier_skill: float = Field(default=0.05, gt=0, lt=1)  # a twentieth of what a perfect forecast has beyond the bare fraud rate
    slices: float = Field(default=0.05, gt=0, lt=1)  # of average precision within a slice, which holds a third of the rows or fewer


class Settings(BaseSettings):
    """Environment, never meaning: windows, metrics and checks are code."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", env_ignore_empty=True, frozen=True, extra="forbid")

    home: Path = Path(".nightshift")
    warehouse_url: SecretStr | None = None
    source_url: SecretStr | None = None
    lake_uri: SecretStr | None = None  # may hold the keys of an S3 account
    timezone: Zone = "UTC"
    view: str = "pipeline.features.handbook:VIEW"
    learner: Literal["boosted_trees", "linear_sgd"] = "boosted_trees"
    alert_budget: int = Field(100, ge=1)
    label_maturity: Patience = dt.timedelta(days=7)
    subsample: float = Field(0.10, gt=0, le=1)
    reservoir_nights: int = Field(90, ge=1)
    reservoir_rows: int = Field(1_000_000, ge=1_000)
    retraining: Literal["nightly", "off"] = "nightly"
    promotion_margin: float = Field(0.02, gt=0, lt=1)
    margins: Margins = Margins()
    straggler_nights: int = Field(3, ge=0)
    memory_limit: Size = 2 * 2**30
    accept_nights: frozenset[Day] = frozenset()  # nights for whose few rows a person vouches
    keep_superseded: Duration = dt.timedelta(days=90)
    settle: Patience = dt.timedelta(minutes=30)
    train_patience: Patience = dt.timedelta(minutes=30)
    deadline: Patience = dt.timedelta(hours=3)
    signing_key_file: Path | None = None
    notify: Notify = Notify()
    source: Source

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file; nothing else is read."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=config_path())

    @property
    def signing_key_path(self) -> Path:
        return self.signing_key_file or self.home / "signing.key"

    @property
    def lake(self) -> str:
        """URI of the lake; under `home` where none is set."""
        return self.lake_uri.get_secret_value() if self.lake_uri else (self.home / "lake").absolute().as_uri()


def config_path() -> Path:
    """The settings file in effect: `$NIGHTSHIFT_CONFIG`, or `nightshift.toml` in the working folder."""
    return Path(os.environ.get(CONFIG_VARIABLE, "nightshift.toml")).absolute()


def load_settings() -> Settings:
    """Read and check the settings; every mistake becomes one line that names what would be right (`UsageError`)."""
    path = config_path()
    if not path.is_file():
        raise UsageError(f"no settings at {path}: run 'nightshift init --embedded' to begin with an example, or set {CONFIG_VARIABLE}")
    _refuse_misspelt(os.environ)
    try:
        settings = Settings()  # type: ignore[call-arg]  # the fields come from the file
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from None
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8 text (byte {error.start}): save it as UTF-8") from None
    except OSError as error:
        raise UsageError(f"the settings {path} cannot be read: {error.strerror}") from None
    except SettingsError as error:
        raise UsageError(f"environment: {error}: a table is written as JSON, or setting by setting: {EXAMPLE_VARIABLE}") from None
    except ValidationError as error:
        raise UsageError(f"{path}: {'; '.join(_in_words(problem) for problem in error.errors())}") from None
    places = {"home": settings.home, "signing_key_file": settings.signing_key_file}
    return settings.model_copy(update={name: place and _beside(path, name, place) for name, place in places.items()})


def _beside(config: Path, setting: str, place: Path) -> Path:
    """A path as it is meant in the settings file `config`."""
    if "\0" in str(place):
        raise UsageError(f"{config}: setting '{setting}': a path holds no NUL")
    try:
        return config.parent / place.expanduser()
    except RuntimeError:
        raise UsageError(f"{config}: setting '{setting}': there is no home of the user in {place}") from None


def _refuse_misspelt(environment: Iterable[str]) -> None:
    """A variable that is almost a setting's would be passed over in silence; others of our prefix may belong to whoever starts us."""
    settings = [f"{PREFIX}{name}".upper() for name in Settings.model_fields]
    for variable in environment:
        top = variable.upper().partition("__")[0]
        if not top.startswith(PREFIX) or top in {*settings, CONFIG_VARIABLE}:
            continue
        near = difflib.get_close_matches(top, settings, 1, MISSPELT)
        if near:
            raise UsageError(f"unknown variable {variable}, did you mean {near[0]}{variable[len(top) :]}?")


def _in_words(problem: Any) -> str:
    where = ".".join(str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        near = difflib.get_close_matches(str(problem["loc"][-1]), _siblings(problem["loc"]), 1)
        return f"unknown setting '{where}'" + (
            f", did you mean '{near[0]}'?" if near else f"; known here: {', '.join(_siblings(problem['loc']))}"
        )
    if problem["type"] == "missing":
        return f"setting '{where}' is missing"
    return f"setting '{where}': {problem['msg'].removeprefix('Value error, ')}"


def _siblings(location: tuple[int | str, ...]) -> list[str]:
    """Names of the settings that stand where `location` stands."""
    model: Any = Settings
    for part in location[:-1]:
        annotation = model.model_fields[part].annotation
        model = next((option for option in (annotation, *get_args(annotation)) if hasattr(option, "model_fields")), Settings)
    return list(model.model_fields)
