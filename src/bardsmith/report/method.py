"""How the figures were made, and what they cannot say."""

from __future__ import annotations

from collections.abc import Iterator

from bardsmith.records import CEILING, HUMAN
from bardsmith.report.inputs import Results

RESAMPLES = 10_000
"""Where the study does not say."""


def how(results: Results) -> tuple[str, ...]:
    resamples = results.study.get("evaluation", {}).get("bootstrap", RESAMPLES)
    return (
        *(_brought(results) if results.is_imported else _answered(results)),
        "Answers are averaged within a prompt first (variants of one prompt count as one). Square brackets are 95 % "
        f"intervals over prompts (BCa bootstrap, {resamples:,} resamples); differences are paired by prompt. p values "
        "are of sign-flip permutations, of McNemar's exact test for yes and no with one answer a prompt.",
        "Announced comparisons (the study's own, or those made of every study) are one family: their p values are "
        "adjusted by Holm's method, so that at most once in "
        "20 studies any of them is called shown by chance. All other pairs are explored, and adjusted by Benjamini and "
        "Hochberg's: of those called shown one in 20 is expected to be chance.",
        "'Shown to be within' is the result of two one-sided tests at 5 %: the two differ by no more than that. 'Found "
        "reliably from' is the smallest true difference that these prompts find with 80 % power.",
        *_spread(results),
    )


def _answered(results: Results) -> tuple[str, ...]:
    arena = results.study.get("arena", {})
    sampling = arena.get("sampling", {})
    samples = arena.get("samples", 1)
    drawn = "one answer" if samples == 1 else f"{samples} answers"
    settings = ", ".join(f"{key.replace('_', ' ')} {setting}" for key, setting in sampling.items())
    greedy = " One more answer was drawn greedily (the likeliest word each time)." if results.has_greedy else ""
    return (
        f"The base, however asked, and every run answered the same {len(results.heldout)} held-out prompts, {drawn} "
        f"each, with the same sampling ({settings}).{greedy} {_separation(results)}",
        *_outsiders(results),
        "Every run began at the untouched base model. Its checkpoint was chosen by the validation set, and the best "
        f"LoRA and the best DoRA run {_selection(results)}; never by the held-out prompts.",
        "Code looks at an answer first (empty, degenerate, looping, not verse, cut off, memorised) and overrules the "
        "judge; what it changed is in the judge card.",
    )


def _selection(results: Results) -> str:
    if not results.summary.dev_quality:
        return "by its scores"
    levels = ", ".join(f"{name} {level:.2f}" for name, level in results.summary.dev_quality.items())
    return f"by dev prompts that nothing else is reported of (mean quality: {levels})"


def _outsiders(results: Results) -> Iterator[str]:
    """Who answered or stands beside, and is neither the base nor a run."""
    arena = results.study.get("arena", {})
    if CEILING in results.contestants and arena.get("ceiling"):
        asked = arena["ceiling"]
        yield (
            f"`{CEILING}` is {asked['model']} of {asked['provider']}, asked for verse in the words of base+verse, with "
            "its own sampling and never greedily: what can be had for the asking, at its cost."
        )
    if HUMAN in results.contestants:
        poems = len(results.scores_of(HUMAN, "sampled"))
        yield (
            f"`{HUMAN}` are {poems} poems by people, {len(results.anchors)} of which answer none of these prompts: an "
            "anchor for the scale. Of those relevance is not judged, and no paired comparison holds them."
        )


def _brought(results: Results) -> tuple[str, ...]:
    return (
        f"{len(results.contestants)} configurations' answers to {len(results.heldout)} prompts were brought as files. "
        "How they were made, and whether their prompts were trained on, is not known here.",
    )


def _spread(results: Results) -> tuple[str, ...]:
    """Where the spread of the quality comes from."""
    found = results.summary.components
    total = (found.prompt + found.interaction + (found.sample or 0)) if found else 0
    if found is None or not total:
        return ()
    parts = [f"{found.prompt / total:.0%} to the prompts"]
    if found.sample is None:
        parts.append(f"{found.interaction / total:.0%} to who answers which prompt and to the luck of the one sample")
    else:
        parts += [
            f"{found.interaction / total:.0%} to who answers which prompt",
            f"{found.sample / total:.0%} to the luck of the sample",
        ]
    return (f"Of the spread of quality about the contestants' means {', '.join(parts)} is due.",)


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
    base = results.study.get("model", {}).get("base")
    whose = (
        f"The figures hold for {base}, this corpus and these prompts."
        if base
        else "The figures hold for these prompts."
    )
    return (
        "No people have read these answers for their scores. Wit, beauty, and truth beyond the facts asked for are not "
        "measured; a judge of this kind counts craft, not art.",
        f"{whose} Small models write weak verse; a larger one may rank the runs differently.",
        "Every run was trained once, with one seed. A difference between two runs may be the seed's, not the method's.",
        "The leading run was picked by the same answers that it is described with, which flatters it a little; the "
        "announced comparison of the best two is chosen by validation where there is one.",
        f"'Cannot tell' does not mean 'the same': with {len(results.heldout)} prompts a small difference stays unseen.",
    )
