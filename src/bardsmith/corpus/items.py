"""What is found out about a source poem: what it means, and who may have asked for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import Field, ValidationError

from bardsmith.errors import InputError
from bardsmith.outputs import faults_of_line, faulty_file
from bardsmith.records import Closed, Made, Text


class PersonaQuery(Closed):
    who: Text
    """Such as `a night nurse`."""
    query: Text


class Item(Closed):
    """A source poem with queries that it answers; all that is made from it shares the id."""

    id: Text
    poem: Text
    """The source poem's id."""
    meaning: Text
    queries: tuple[Text, ...] = Field(min_length=1)
    """Neutral: anybody could ask so."""
    personas: tuple[PersonaQuery, ...] = ()
    text: Text
    """The source poem."""
    source: Text
    licence: Text | None = None
    made: Made

    @property
    def asked(self) -> tuple[tuple[str | None, str], ...]:
        """Who asks (None: anybody) and what, of every query."""
        return (*((None, query) for query in self.queries), *((each.who, each.query) for each in self.personas))


def read_items(path: Path) -> Iterator[Item]:
    """Reads a file of items line by line. Raises InputError if there is none, or for the first line at fault."""
    if not path.exists():
        raise InputError(f"{path} is missing", "Make it with: bardsmith corpus generate.")
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            try:
                yield Item.model_validate_json(line)
            except ValidationError as error:
                raise faulty_file(path, list(faults_of_line(error, f"{path}:{number}"))) from None
