"""Shapes of codes at the border."""

from pydantic import BaseModel, ConfigDict, Field

from salus.shared.codes.rules import Condition, Force, Kind, Parameter, Purpose


class TermRead(BaseModel):
    """One term of use. `{value}` in a sentence stands for what `parameter` names."""

    id: str
    shorthand: str
    kind: Kind
    force: Force
    title: str
    for_buyer: str
    for_seller: str
    parameter: Parameter | None


class PurposeRead(BaseModel):
    """One purpose; `rule` is where in Regulation (EU) 2025/327 it stands."""

    purpose: Purpose
    title: str
    explanation: str
    rule: str
    is_permitted: bool


class ConditionWrite(BaseModel):
    """A term chosen for an offer, with the value it needs."""

    model_config = ConfigDict(extra="forbid")

    shorthand: str = Field(max_length=10)
    value: str = Field(default="", max_length=200)

    def condition(self) -> Condition:
        return Condition(self.shorthand, self.value.strip())
