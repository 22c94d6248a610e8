"""Where the service of the tests is, and what its models say.

``THREADKEEP_URL`` and ``THREADKEEP_API_KEY`` are read by the client itself,
``THREADKEEP_TRANSPORT`` here. The provider ``openai`` answers with ``THREADKEEP_REPLY``;
``endless`` says a word and then nothing until it is cancelled, ``refusing`` answers 400.
"""

import os
import uuid

URL = os.environ["THREADKEEP_URL"]
TRANSPORT = os.environ["THREADKEEP_TRANSPORT"]
REPLY = os.environ["THREADKEEP_REPLY"]
MODEL = "openai/a-model"
ENDLESS_MODEL = "endless/a-model"
REFUSING_MODEL = "refusing/a-model"


def new_name() -> str:
    """A user or key that no other test has."""
    return f"name-{uuid.uuid4()}"
