// Reading: one prompt, every contestant's answer in a column of its own, and filters to find a prompt by.

import { announce, asked, button, callJson, el, poem } from "./dom.js";
import { scanned } from "./scansion.js";

/** What stays as it is when another prompt is turned to. */
const chosen = { search: "", kind: "", fault: "", decoding: "", hidden: new Set(), beats: false };

export async function read(view, parameters) {
  const study = await callJson("api/prompts");
  chosen.decoding = parameters.get("decoding") || chosen.decoding || study.decodings[0] || "";
  const page = el("section.page", { "aria-label": "Answers" });
  const list = el("ol.prompts", { "aria-label": "Prompts" });
  const count = el("p.count");
  let shown = [];
  let current = null;

  function narrow() {
    shown = study.prompts.filter((prompt) => fits(prompt, study.contestants));
    count.textContent = shown.length === 1 ? "1 prompt" : `${shown.length} prompts`;
    list.replaceChildren(...shown.map(entry));
  }

  function entry(prompt) {
    const here = prompt.id === current?.id && "true";
    const link = el("a", { href: addressOf(prompt.id), "aria-current": here }, el("span.kind", {}, prompt.kind), el("span.clamped", {}, prompt.question));
    return el("li", {}, link);
  }

  async function turnTo(id) {
    current = await callJson(`api/prompt?id=${encodeURIComponent(id)}`);
    if (!view.isConnected) return;
    history.replaceState(null, "", addressOf(id));
    for (const link of list.querySelectorAll("a")) {
      if (link.getAttribute("href") === addressOf(id)) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
    show();
    announce(`${current.kind}: ${current.messages.at(-1).content}`);
  }

  function show() {
    if (current) page.replaceChildren(...answersTo(current, study.contestants, tools()));
  }

  function tools() {
    const at = shown.findIndex((prompt) => prompt.id === current.id);
    return el(
      "div.tools",
      {},
      button("Previous", () => step(-1), "←"),
      button("Next", () => step(1), "→"),
      el("span.place", {}, at < 0 ? "" : `${at + 1} of ${shown.length}`),
      toggle("Beats and rhymes", chosen.beats, beats, "b"),
      button("Copy link", () => copy(location.href, "The link")),
    );
  }

  function step(by) {
    const at = shown.findIndex((prompt) => prompt.id === current?.id);
    const next = shown[at < 0 ? 0 : at + by];
    if (next) turnTo(next.id);
  }

  function beats() {
    chosen.beats = !chosen.beats;
    show();
    announce(chosen.beats ? "Beats and rhymes are shown" : "Beats and rhymes are hidden");
  }

  list.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    turnTo(new URLSearchParams(link.hash.split("?")[1]).get("prompt"));
  });

  const wide = matchMedia("(min-width: 62rem)").matches;
  const finder = el("details", { open: wide }, el("summary", {}, "Find a prompt"), filters(study, narrow, show), count, list);
  view.append(el("aside", { "aria-label": "Find a prompt" }, finder), page);
  narrow();
  const wanted = parameters.get("prompt");
  const first = study.prompts.find((prompt) => prompt.id === wanted) ?? shown[0];
  if (first) await turnTo(first.id);
  else page.append(el("p.empty", {}, "There are no prompts."));
  const find = () => {
    finder.open = true;
    view.querySelector("input[type=search]").focus();
  };
  return { keys: { ArrowLeft: () => step(-1), ArrowRight: () => step(1), k: () => step(-1), j: () => step(1), b: beats, "/": find } };
}

function addressOf(id) {
  return `#/read?${new URLSearchParams({ prompt: id, decoding: chosen.decoding })}`;
}

function fits(prompt, contestants) {
  const faults = contestants.filter((name) => !chosen.hidden.has(name)).flatMap((name) => prompt.faults[name] ?? []);
  return (
    (!chosen.kind || prompt.kind === chosen.kind) &&
    (!chosen.fault || faults.includes(chosen.fault)) &&
    prompt.question.toLowerCase().includes(chosen.search.toLowerCase())
  );
}

function filters(study, narrow, show) {
  const every = (values) => [...new Set(values)].sort();
  const kinds = every(study.prompts.map((prompt) => prompt.kind));
  const faults = every(study.prompts.flatMap((prompt) => Object.values(prompt.faults).flat()));
  const choice = (label, name, values, any, after) =>
    values.length > 1 || any
      ? el(
          "label",
          {},
          label,
          el(
            "select",
            { onchange: (event) => { chosen[name] = event.target.value; after(); } },
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
    oninput: (event) => { chosen.search = event.target.value; narrow(); },
  });
  const contestant = (name) => {
    const box = el("input", { type: "checkbox", checked: !chosen.hidden.has(name) });
    box.addEventListener("change", () => {
      chosen.hidden[box.checked ? "delete" : "add"](name);
      narrow();
      show();
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
      choice("Kind", "kind", kinds, "every kind", narrow),
      choice("Fault", "fault", faults, "any or none", narrow),
      choice("Drawn", "decoding", study.decodings, null, show),
    ),
    el("fieldset", {}, el("legend", {}, "Contestants"), study.contestants.map(contestant)),
  );
}

function answersTo(prompt, contestants, tools) {
  const cards = contestants
    .filter((name) => !chosen.hidden.has(name))
    .flatMap((name) => prompt.answers.filter((answer) => answer.contestant === name && answer.decoding === chosen.decoding))
    .map(card);
  return [
    el("p.kind", {}, prompt.kind, el("span.id", {}, prompt.id)),
    asked(prompt.messages),
    tools,
    el("div.answers", {}, cards.length ? cards : el("p.empty", {}, "No answer to show.")),
  ];
}

function card(answer) {
  const text = el("div.text", {}, poem(answer.text));
  if (chosen.beats && answer.text.trim()) {
    scanned(answer.text).then((marked) => text.replaceChildren(marked), (error) => announce(error.message));
  }
  const title = answer.sample ? `${answer.contestant}, ${answer.sample + 1}` : answer.contestant;
  return el(
    "article.card",
    { "aria-label": title },
    el("header", {}, el("h2", {}, title), verdict(answer.score)),
    text,
    el(
      "footer",
      {},
      answer.faults.length > 0 && el("ul.faults", { "aria-label": "Faults" }, answer.faults.map((fault) => el("li", {}, fault))),
      answer.score?.notes.length > 0 &&
        el("details", {}, el("summary", {}, "Reasons"), el("ul", {}, answer.score.notes.map((note) => el("li", {}, note)))),
      button("Copy", () => copy(answer.text, "The answer")),
    ),
  );
}

function verdict(score) {
  if (!score) return null;
  if (score.quality == null) return el("p.verdict", {}, score.error ? `not scored: ${score.error}` : "not scored");
  return el("p.verdict", { title: "The judge's score, 0 to 5" }, el("b", {}, score.quality.toFixed(1)), " of 5");
}

function toggle(label, pressed, action, key) {
  const made = button(label, action, key);
  made.setAttribute("aria-pressed", String(pressed));
  return made;
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    announce(`${what} was copied`);
  } catch {
    announce("This browser does not allow copying");
  }
}
