"""The frozen base of everything that is written to disk or hashed."""

from pydantic import BaseModel, ConfigDict


class Value(BaseModel):
    """An immutable value object: compared by content, changed only by making another one."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")
