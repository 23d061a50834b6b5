"""Settings of an installation, the only reader of the environment (``WANGGE_*``). Rules of a city live in the store."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from contracts.errors import SettingError

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """What the machine decides: where data lies, which store, which language comes first."""

    model_config = SettingsConfigDict(env_prefix="WANGGE_", frozen=True)

    home: Path = Field(default=ROOT / "var", description="folder of the embedded database, tiles and rejected rows")
    database_url: str = Field(default="", description="SQLAlchemy URL; empty = SQLite file in home")
    language: Literal["zh_CN", "en"] = Field(default="zh_CN", description="language of pages where the user has not chosen one")
    lang: str = Field(default="", validation_alias="LANG", description="the terminal's own locale")
    open_demo: bool = Field(default=False, description="let anyone on this machine look at the demo city without signing in")
    map_approval_no: str = Field(default="", description="map approval number printed on every exported map")
    max_upload_mb: int = Field(default=512, description="largest file an import accepts")

    @property
    def store_url(self) -> str:
        """URL of the store, the SQLite file of ``home`` unless another was given."""
        return self.database_url or f"sqlite:///{self.home / 'wangge.sqlite'}"

    @property
    def terminal_language(self) -> str:
        """Chinese on a Chinese terminal or where asked for, English elsewhere: not every terminal shows Chinese."""
        if "language" in self.model_fields_set:
            return self.language
        return "zh_CN" if self.lang.startswith("zh") else "en"

    @property
    def tiles(self) -> Path:
        """Folder of published vector tiles."""
        return self.home / "tiles"

    @property
    def networks(self) -> Path:
        """Folder of walking networks that were made before."""
        return self.home / "networks"

    @property
    def rejected(self) -> Path:
        """Folder of rejected rows, one file per import."""
        return self.home / "rejected"


@cache
def settings() -> Settings:
    """The settings of this process, read once.

    Raises
    ------
    SettingError
        Names the variable and what it may be.
    """
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        raise SettingError(
            "The setting {name} cannot be used: {why}.", name="_".join(["WANGGE", *(str(part).upper() for part in first["loc"])]), why=first["msg"]
        ) from error


def environment_with(**values: str) -> dict[str, str]:
    """The environment for a child process, with these settings (``database_url="..."``) set in it."""
    return {**os.environ, **{f"WANGGE_{name.upper()}": value for name, value in values.items()}}
