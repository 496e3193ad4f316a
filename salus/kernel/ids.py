"""Keys: UUID version 7 (RFC 9562), which sort by the moment they were made."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    return UUID(bytes=uuid_utils.uuid7().bytes)
