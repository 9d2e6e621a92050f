"""The five findings of the reference study, each held against the study at hand.

Supported or contradicted only by what a comparison shows, adjusted for how many there are, or by what the probes' own
intervals show; all else cannot be told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Any, Literal

from bardsmith.probing import Contrast
from bardsmith.report import knowledge, probes
from bardsmith.report.comparison import between, difference, leading_run, probability, sides
from bardsmith.report.inputs import BASE, Results
from bardsmith.report.measures import BY_NAME, bounds, change, is_shown, with_bounds
from bardsmith.results import Comparison

Standing = Literal["supported", "contradicted", "cannot tell"]
THEIR_LEAD = 0.18
"""By how much their best DoRA led their best LoRA, in levels of quality: 2.80 less 2.62."""
DATA = {"items", "samples", "epochs", "max_steps", "evaluate_every"}
"""Settings in which runs differ that differ in how much they read."""
REGULARISERS = {"dropout", "weight_decay", "learning_rate"}
NEEDLESS = 0.10
"""A system prompt that is shown to add no more verse than this is not necessary."""
FEWEST = 20
"""With fewer prompts nothing is called needless, however little it seems to add."""
UNKNOWN = "the settings of these runs are not known"


@dataclass(frozen=True)
class ReferenceFinding:
    claim: str
    standing: Standing
    evidence: str


def reference_findings(results: Results) -> tuple[ReferenceFinding, ...]:
    """In their order."""
    found = {
        "DoRA is better than LoRA": _dora_leads(results),
        "More data overfits: answers repeat without end although the validation loss falls": _more_data(results),
        "The system prompt is necessary": _system_prompt(results),
        "Facts are lost": _facts(results),
        "All regularisers together hurt DoRA": _regularisers(results),
    }
    return tuple(ReferenceFinding(claim, standing, f"{why}.") for claim, (standing, why) in found.items())


def _dora_leads(results: Results) -> tuple[Standing, str]:
    """By the methods over matched settings, else by the best of each."""
    announced = [one for one in results.comparisons if one.measure == "quality" and _is_of_methods(one, results)]
    if not announced:
        return "cannot tell", "no DoRA run was announced to be compared with a LoRA run"
    one = max(announced, key=lambda one: len(one.over))
    how = f" over {len(one.over)} pairs with matched settings" if one.over else f" (chosen {one.chosen})"
    standing = _standing(one)
    if one.verdict != "shown" and one.no_larger_than < THEIR_LEAD:
        standing = "contradicted"
    return standing, f"{_told(one)}{how if one.over or one.chosen else ''}"


def _is_of_methods(one: Comparison, results: Results) -> bool:
    if one.over:
        return (one.a, one.b) == ("dora", "lora")
    return "dora" in _method(one.a, results) and _method(one.b, results).endswith("lora")


def _method(name: str, results: Results) -> str:
    settings: Mapping[str, Any] = next((run.settings for run in results.runs if run.name == name), {})
    if settings or not results.is_imported:
        return str(settings.get("method", ""))
    return "dora" if "dora" in name.lower() else "lora" if "lora" in name.lower() else ""


def _more_data(results: Results) -> tuple[Standing, str]:
    """Quality of runs that differ only in how much they read; their loops are told beside it."""
    if results.is_imported:
        return "cannot tell", UNKNOWN
    pairs = list(_differing_in(results, DATA, lambda more, less: _amount(more) > _amount(less)))
    if not pairs:
        return "cannot tell", "no two runs differ only in how much they read"
    loops = BY_NAME["looping"]
    looping = []
    for one in pairs:
        shares = [results.measures(name, "sampled").get("looping") for name in (one.a, one.b)]
        looping += [
            f"{name} loops {with_bounds(loops, e)}" for name, e in zip((one.a, one.b), shares, strict=True) if e
        ]
    return _all_of(pairs, -1), "; ".join([*map(_told, pairs), *dict.fromkeys(looping)])


def _amount(settings: Mapping[str, Any]) -> tuple[float, ...]:
    return tuple(float(settings.get(key) or "inf") for key in ("items", "samples", "epochs", "max_steps"))


def _system_prompt(results: Results) -> tuple[Standing, str]:
    """By how often the leading run answers in verse with the study's prompt and without any; quality beside it."""
    leader = leading_run(results)
    verse = probes.contrasted(results, leader, "verse", "own less none") if leader else None
    if leader is None or verse is None:
        return "cannot tell", "no run was asked without the system prompt"
    shares = [probes.found(results, leader, "verse", variant) for variant in ("own", "none")]
    measure = BY_NAME["verse"]
    told = " and without it ".join(with_bounds(measure, share) for share in shares if share)
    words = f"{leader} answers in verse with it {told}, {change(measure, verse.mean)} {bounds(measure, verse)}"
    words += f", {verse.prompts} prompts"
    quality = probes.contrasted(results, leader, "quality", "own less none")
    if quality is not None:
        words += f"; quality {change(BY_NAME['quality'], quality.mean)} {bounds(BY_NAME['quality'], quality)}"
    if verse.prompts >= FEWEST and verse.high <= NEEDLESS:
        return "contradicted", words
    return ("supported" if is_shown(verse) and verse.mean > 0 else "cannot tell"), words


def _facts(results: Results) -> tuple[Standing, str]:
    leader = leading_run(results)
    if leader is not None and knowledge.asks_facts(results):
        return _probed_facts(results, leader)
    found = results.differences_to_base(leader).get("fact_kept") if leader else None
    if leader is None or found is None:
        return "cannot tell", "no prompt asks for a fact"
    measure = BY_NAME["fact_kept"]
    words = f"facts kept by {leader} less {BASE}: {change(measure, found.mean)} {bounds(measure, found)}, "
    words += f"{found.prompts} prompts that ask for one"
    if not is_shown(found):
        return "cannot tell", words
    return ("supported" if found.mean < 0 else "contradicted"), words


def _probed_facts(results: Results, leader: str) -> tuple[Standing, str]:
    """By the probes: the base asked the bare question less the run, and which part of that verse costs in itself."""
    measure = BY_NAME["fact_kept"]
    costs: tuple[tuple[str, Contrast], ...] = (
        (leader, "whole cost"), (knowledge.PROMPTED, "form cost"), (leader, "tuning cost"),
    )  # fmt: skip
    found = {contrast: probes.contrasted(results, name, "fact_kept", contrast) for name, contrast in costs}
    whole = found["whole cost"]
    if whole is None:
        return "cannot tell", f"facts were asked of {leader} but not of {BASE}"
    words = [f"facts kept by {BASE} less {leader}: {change(measure, whole.mean)} {bounds(measure, whole)}"]
    words += [f"{name} {change(measure, cost.mean)}" for name, cost in found.items() if cost and cost is not whole]
    told = f"{', '.join(words)}, {whole.prompts} facts asked"
    if not is_shown(whole):
        return "cannot tell", told
    return ("supported" if whole.mean > 0 else "contradicted"), told


def _regularisers(results: Results) -> tuple[Standing, str]:
    if results.is_imported:
        return "cannot tell", UNKNOWN

    def is_more(more: Mapping[str, Any], less: Mapping[str, Any]) -> bool:
        both = all(more.get(key) for key in ("dropout", "weight_decay"))
        return both and not all(less.get(key) for key in ("dropout", "weight_decay"))

    pairs = [one for one in _differing_in(results, REGULARISERS, is_more) if "dora" in _method(one.a, results)]
    if not pairs:
        return "cannot tell", "no two DoRA runs differ only in having all regularisers or not"
    return _all_of(pairs, -1), "; ".join(map(_told, pairs))


def _differing_in(
    results: Results, keys: set[str], is_more: Callable[[Mapping[str, Any], Mapping[str, Any]], bool]
) -> Iterator[Comparison]:
    """Comparisons in quality of runs whose settings are the same but for some of `keys`, the one with more first."""
    runs = [run for run in results.runs if run.name in results.contestants]
    for more, less in permutations(runs, 2):
        apart = {key for key in more.settings if key != "name" and more.settings[key] != less.settings.get(key)}
        one = between(results, more.name, less.name) if apart and apart <= keys else None
        if one is not None and is_more(more.settings, less.settings):
            yield one


def _all_of(pairs: list[Comparison], sign: int) -> Standing:
    """Supported if all that is shown goes one way, contradicted if it goes the other; else it cannot be told."""
    shown = {_standing(one, sign) for one in pairs} - {"cannot tell"}
    return shown.pop() if len(shown) == 1 else "cannot tell"


def _standing(one: Comparison, sign: int = 1) -> Standing:
    if one.verdict != "shown":
        return "cannot tell"
    return "supported" if one.mean * sign > 0 else "contradicted"


def _told(one: Comparison) -> str:
    return f"{sides(one)} in quality {difference(one)}, p {probability(one.p_adjusted)}, {one.prompts} prompts"
