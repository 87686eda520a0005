"""What the values of a params file may be, and the model that each of its blocks is made from."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Siren = Annotated[str, StringConstraints(pattern=r"^\d{9}$")]
Siret = Annotated[str, StringConstraints(pattern=r"^\d{14}$")]
Commune = Annotated[str, StringConstraints(pattern=r"^\d[\dAB]\d{3}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]+$")]
Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
Cpv = Annotated[str, StringConstraints(pattern=r"^\d{2,8}$")]
Proportion = Annotated[Decimal, Field(ge=0, le=1)]


class Model(BaseModel):
    """A block of keys: not changed once read, and a key that it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
