"""Settings of an installation, the only reader of the environment (``WANGGE_*``). Rules of a city live in the store."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """What the machine decides: where data lies, which store, which language comes first."""

    model_config = SettingsConfigDict(env_prefix="WANGGE_", frozen=True)

    home: Path = Field(default=ROOT / "var", description="folder of the embedded database, tiles and rejected rows")
    database_url: str = Field(default="", description="SQLAlchemy URL; empty = SQLite file in home")
    language: str = Field(default="zh_CN", description="language where the user has not chosen one: zh_CN or en")
    open_demo: bool = Field(default=False, description="let anyone on this machine look at the demo city without signing in")
    map_approval_no: str = Field(default="", description="map approval number printed on every exported map")
    max_upload_mb: int = Field(default=512, description="largest file an import accepts")

    @property
    def store_url(self) -> str:
        """URL of the store, the SQLite file of ``home`` unless another was given."""
        return self.database_url or f"sqlite:///{self.home / 'wangge.sqlite'}"

    @property
    def tiles(self) -> Path:
        """Folder of published vector tiles."""
        return self.home / "tiles"

    @property
    def rejected(self) -> Path:
        """Folder of rejected rows, one file per import."""
        return self.home / "rejected"


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
