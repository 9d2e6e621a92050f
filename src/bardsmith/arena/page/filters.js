// What the list of prompts is narrowed by: words, kind, fault, how the answers were drawn, contestants.

import { el } from "./dom.js";

/** Is the prompt one of those that are looked for? */
export function fits(prompt, chosen, contestants) {
  const faults = contestants.filter((name) => !chosen.hidden.has(name)).flatMap((name) => prompt.faults[name] ?? []);
  return (
    (!chosen.kind || prompt.kind === chosen.kind) &&
    (!chosen.fault || faults.includes(chosen.fault)) &&
    prompt.question.toLowerCase().includes(chosen.search.toLowerCase())
  );
}

/** The form that narrows the list; it writes into `chosen` and says when something has `changed`. */
export function filters(study, chosen, changed) {
  const every = (values) => [...new Set(values)].sort();
  const kinds = every(study.prompts.map((prompt) => prompt.kind));
  const faults = every(study.prompts.flatMap((prompt) => Object.values(prompt.faults).flat()));
  const choice = (label, name, values, any) =>
    values.length > 1 || any
      ? el(
          "label",
          {},
          label,
          el(
            "select",
            {
              onchange: (event) => {
                chosen[name] = event.target.value;
                changed();
              },
            },
            any && el("option", { value: "" }, any),
            values.map((value) => el("option", { value, selected: chosen[name] === value }, value)),
          ),
        )
      : null;
  const search = el("input", {
    type: "search",
    value: chosen.search,
    placeholder: "Search the prompts",
    "aria-label": "Search the prompts",
    oninput: (event) => {
      chosen.search = event.target.value;
      changed();
    },
  });
  const contestant = (name) => {
    const box = el("input", { type: "checkbox", checked: !chosen.hidden.has(name) });
    box.addEventListener("change", () => {
      chosen.hidden[box.checked ? "delete" : "add"](name);
      changed();
    });
    return el("label.check", {}, box, name);
  };
  return el(
    "form.filters",
    { onsubmit: (event) => event.preventDefault() },
    search,
    el(
      "div.choices",
      {},
      choice("Kind", "kind", kinds, "every kind"),
      choice("Fault", "fault", faults, "any or none"),
      choice("Drawn", "decoding", study.decodings),
    ),
    el("fieldset", {}, el("legend", {}, "Contestants"), study.contestants.map(contestant)),
  );
}
