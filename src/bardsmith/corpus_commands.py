"""`bardsmith corpus ...` and `bardsmith replies ...`: one subcommand an act, no logic."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from bardsmith.corpus.reading import Act

corpus = typer.Typer(help="Make, read and give away what a model learns from.", no_args_is_help=True)
replies = typer.Typer(help="Look into the replies that were paid for.", no_args_is_help=True)

StudyArgument = Annotated[str, typer.Argument(metavar="STUDY", help="A shipped study, a folder or a study.yaml.")]
OutputsOption = Annotated[Path, typer.Option("--outputs", help="Where study folders are.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what it would ask and cost; send nothing.")]
OfflineOption = Annotated[bool, typer.Option("--offline", help="Take replies from the store only; send nothing.")]


@corpus.command()
def generate(
    study: StudyArgument, outputs: OutputsOption = Path("outputs"), dry_run: DryRunOption = False,
    offline: OfflineOption = False,
) -> None:  # fmt: skip
    """Ask what source poems mean and who may have asked for them: items.jsonl, poem_finetune_<n>.jsonl."""
    _make("generate", study, outputs, dry_run, offline)


@corpus.command()
def refine(
    study: StudyArgument, outputs: OutputsOption = Path("outputs"), dry_run: DryRunOption = False,
    offline: OfflineOption = False,
) -> None:  # fmt: skip
    """Have new poems written for the items, in forms by quota: poem_refined_<n>x<k>.jsonl."""
    _make("refine", study, outputs, dry_run, offline)


@corpus.command()
def conversations(
    study: StudyArgument, outputs: OutputsOption = Path("outputs"), dry_run: DryRunOption = False,
    offline: OfflineOption = False,
) -> None:  # fmt: skip
    """Have real conversations answered in verse: poem_real_conversations_<n>.jsonl."""
    _make("conversations", study, outputs, dry_run, offline)


@corpus.command()
def replay(
    study: StudyArgument, outputs: OutputsOption = Path("outputs"), dry_run: DryRunOption = False,
    offline: OfflineOption = False,
) -> None:  # fmt: skip
    """Have the base model's own answers put into verse: poem_replay_<n>.jsonl."""
    _make("replay", study, outputs, dry_run, offline)


def _make(act: Act, study: str, outputs: Path, dry_run: bool, offline: bool) -> None:
    from bardsmith import terminal
    from bardsmith.corpus import making
    from bardsmith.outputs import StudyFolder
    from bardsmith.pipeline import at_work
    from bardsmith.study.load import find_study, load_study
    from bardsmith.workshop import workshop

    spec = load_study(find_study(study))
    folder = StudyFolder((outputs / spec.name).absolute())
    with terminal.Bars() as bars:
        shop = workshop(spec, folder, bars, offline)
        if dry_run:
            told = str(making.dry_run(act, shop))
        else:
            with at_work(spec, folder):
                told = str(making.make(act, shop).rows)
    print(told)  # noqa: T201


@corpus.command()
def take(
    reader: Annotated[Literal["pcd", "lima"], typer.Argument(help="pcd: lines of verse; lima: its how-to part.")],
    file: Annotated[Path, typer.Argument(help="As its authors publish it.")],
    out: Annotated[Path, typer.Option("--out", help="The folder to write to.")] = Path(),
) -> None:
    """Write what a reader takes of a source: poem_condense.csv, or lima_train.jsonl."""
    from bardsmith.corpus.take import take as taken

    print(taken(reader, file, out))  # noqa: T201


@corpus.command()
def show(
    file: Annotated[Path, typer.Argument(help="A JSONL file of conversations.")],
    name: Annotated[str | None, typer.Option("--id", help="Only this conversation.")] = None,
    first: Annotated[int, typer.Option("--first", help="So many, where nobody turns the pages.", min=1)] = 1,
    study: Annotated[
        str | None, typer.Option("--tokens", metavar="STUDY", help="Show the tokens, as this study's model has them.")
    ] = None,
) -> None:
    """Browse conversations, with their beats, rhymes and, when asked, the tokens that are learned."""
    from bardsmith.corpus import show as pages
    from bardsmith.study.load import find_study, load_study
    from bardsmith.workshop import tokens_as_trained

    tokens = tokens_as_trained(load_study(find_study(study))) if study else None
    if name is None and sys.stdin.isatty() and sys.stdout.isatty():
        pages.browse(file, tokens)
    else:
        pages.show(file, name, first, tokens)


@corpus.command()
def export(
    study: StudyArgument,
    out: Annotated[Path, typer.Argument(help="A folder that is not there yet.")],
    outputs: OutputsOption = Path("outputs"),
    push: Annotated[str | None, typer.Option("--push", metavar="OWNER/NAME", help="Put it on the hub, too.")] = None,
    public: Annotated[bool, typer.Option("--public", help="For everybody to see; else it is private.")] = False,
) -> None:
    """Write a finished corpus as a Hugging Face `datasets` folder."""
    from bardsmith.corpus import export as shelves
    from bardsmith.outputs import StudyFolder
    from bardsmith.study.load import find_study, load_study

    folder = StudyFolder((outputs / load_study(find_study(study)).name).absolute())
    print(shelves.export(folder.train, folder.validation, out))  # noqa: T201
    if push:
        print(shelves.push(out, push, private=not public))  # noqa: T201


@replies.command()
def why(
    a: Annotated[str, typer.Argument(help="The key of a request, or its beginning.")],
    b: Annotated[str, typer.Argument(help="Another.")],
    outputs: OutputsOption = Path("outputs"),
) -> None:
    """Name the first field in which two requests differ: why the second was not answered from the store."""
    from bardsmith.llm.why import why as differ

    print(differ(outputs / "replies.sqlite", a, b))  # noqa: T201
