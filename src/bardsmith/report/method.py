"""How the figures were made, and what they cannot say."""

from __future__ import annotations

from bardsmith.report.comparison import RESAMPLES
from bardsmith.report.inputs import Results


def how(results: Results) -> tuple[str, ...]:
    arena = results.study.get("arena", {})
    sampling = arena.get("sampling", {})
    samples = arena.get("samples", 1)
    drawn = "one answer" if samples == 1 else f"{samples} answers"
    settings = ", ".join(f"{key.replace('_', ' ')} {setting}" for key, setting in sampling.items())
    greedy = " One more answer was drawn greedily (the likeliest word each time)." if results.has_greedy else ""
    resamples = results.study.get("evaluation", {}).get("bootstrap", RESAMPLES)
    return (
        f"Every contestant answered the same {len(results.heldout)} held-out prompts, {drawn} each, with the same "
        f"sampling ({settings}).{greedy} {_separation(results)}",
        "Every run began at the untouched base model. Its checkpoint was chosen by the validation set, never by the "
        "held-out prompts.",
        "A deterministic judge scored every answer: fixed rules about lines, rhyme, repetition, ending, the words of "
        "the question and the fact asked for. The same text always has the same score.",
        f"Answers are averaged within a prompt first. Square brackets are 95 % intervals over prompts ({resamples:,} "
        "bootstrap resamples); differences are paired by prompt.",
        "The leading run is the one with the highest mean quality. It is compared with every other run in quality and "
        "verse; those intervals are widened (Bonferroni) so that they hold all together with 95 % confidence.",
    )


def _separation(results: Results) -> str:
    """Whether the split kept held-out items apart, looked up and not taken on trust."""
    learnt = {conversation.item for conversation in (*results.train, *results.validation)}
    leaked = sum(prompt.item in learnt for prompt in results.heldout)
    if not leaked:
        return "No item of these prompts is in the training or the validation set."
    return (
        f"Of these prompts {leaked} share an item with the training or the validation set: their answers may be learnt."
    )


def limits(results: Results) -> tuple[str, ...]:
    base = results.study.get("model", {}).get("base", "this base model")
    return (
        "The judge is a set of rules, not people: nobody has read these answers for their scores. Wit, beauty, and "
        "truth beyond the facts asked for are not measured; it counts craft, not art. Prose that was cut into lines "
        "at the right places can pass for free verse.",
        f"The figures hold for {base}, this corpus and these prompts. Small models write weak verse; a larger one may "
        "rank the runs differently.",
        "Every run was trained once, with one seed. A difference between two runs may be the seed's, not the method's.",
        "The leading run was picked by the same answers that it is described with, which flatters it a little.",
        f"'No difference can be shown' does not mean 'the same': with {len(results.heldout)} prompts a small "
        "difference stays unseen.",
    )
