"""What all shapes of appointments are made of."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=120, pattern=r"^[^\r\n\x00]*$")]
Paragraph = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000, pattern=r"^[^\x00]*$")]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000, pattern=r"^[^\x00]*$")]
Because = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]


def _blank_is_none(given: Any) -> Any:
    return given or None


Blank = BeforeValidator(_blank_is_none)
"""A choice of a form that is nothing."""


class Write(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class MoneyRead(Read):
    amount: int
    currency: str
