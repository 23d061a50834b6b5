"""How seconds are kept and compared."""

from __future__ import annotations

from typing import TypeVar

import pandas as pd

_DIGITS = 6

Times = TypeVar("Times", pd.Series, pd.DataFrame)


def kept_seconds(seconds: Times) -> Times:
    """Seconds to a millionth, ``inf`` as it is.

    Places kept in degrees come back some nanometres off: a door on the limit would be in or out by chance.
    """
    return seconds.round(_DIGITS)
