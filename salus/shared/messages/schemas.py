"""Shapes of messages at the border."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class NoticeRead(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    created_at: datetime
    title: str
    link: str
    read_at: datetime | None
