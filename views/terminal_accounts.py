"""``./wangge user ...``: accounts from the command line of the server."""

from __future__ import annotations

from typing import Annotated

import typer

from services.access import SYSTEM
from views.terminal import Db, Json, errors_spoken, now, print_json, speak, units

user = typer.Typer(no_args_is_help=True, help="Accounts and what they may do.")


@user.command("add")
def user_add(
    login: str,
    role: Annotated[str, typer.Option(help="planner, coordinator, worker, leader, auditor, admin ...")],
    area: Annotated[str, typer.Option(help="Code of the area; without it, everywhere.")] = "",
    name: str = "",
    db: Db = "",
    json: Json = False,
) -> None:
    """Make an account with a generated password, printed once."""
    from services.accounts import add_account

    with errors_spoken(json):
        made = add_account(units(db)(), SYSTEM, login, display_name=name or login, role=role, area_code=area, at=now())
        speak("Account {login} made, password {password}. It is shown only now.", login=made.login, password=made.password)
        if json:
            print_json({"login": made.login, "password": made.password})


@user.command("password")
def user_password(login: str, db: Db = "", json: Json = False) -> None:
    """Give an account a new generated password, printed once."""
    from services.accounts import new_password

    with errors_spoken(json):
        made = new_password(units(db)(), SYSTEM, login, at=now())
        speak("Account {login} has the new password {password}. It is shown only now.", login=made.login, password=made.password)
        if json:
            print_json({"login": made.login, "password": made.password})
