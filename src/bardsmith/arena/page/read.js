// Reading: one prompt, every contestant's answer in a column of its own, and filters to find a prompt by.

import { announce, asked, button, callJson, el, fill, poem } from "./dom.js";
import { filters, fits } from "./filters.js";
import { scanned } from "./scansion.js";

/** What stays as it is when another prompt is turned to. */
const chosen = { search: "", kind: "", fault: "", decoding: "", hidden: new Set(), beats: false };

export async function read(view, parameters) {
  const study = await callJson("api/prompts");
  chosen.decoding = parameters.get("decoding") || chosen.decoding || study.decodings[0] || "";
  const head = el("div");
  const answers = el("div.answers");
  const place = el("span.place");
  const marks = button("Beats and rhymes", beats, "b");
  const list = el("ol.prompts", { "aria-label": "Prompts" });
  const count = el("p.count");
  let shown = [];
  let wanted = null;
  let current = null;

  function narrow() {
    shown = study.prompts.filter((prompt) => fits(prompt, chosen, study.contestants));
    count.textContent = shown.length === 1 ? "1 prompt" : `${shown.length} prompts`;
    list.replaceChildren(...shown.map(entry));
  }

  function entry(prompt) {
    const here = prompt.id === current?.id && "true";
    const address = { href: addressOf(prompt.id), "data-prompt": prompt.id, "aria-current": here };
    return el("li", {}, el("a", address, el("span.kind", {}, prompt.kind), el("span.clamped", {}, prompt.question)));
  }

  async function turnTo(id) {
    wanted = id;
    const found = await callJson(`api/prompt?id=${encodeURIComponent(id)}`);
    if (wanted !== id || !view.isConnected) return;
    current = found;
    for (const link of list.querySelectorAll("a")) {
      if (link.dataset.prompt === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    list.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
    show();
    announce(`${current.kind}: ${current.messages.at(-1).content}`);
  }

  /** The tools stay where they are, so that the focus stays on them. */
  function show() {
    if (!current) return;
    history.replaceState(null, "", addressOf(current.id));
    const at = shown.findIndex((prompt) => prompt.id === current.id);
    place.textContent = at < 0 ? "" : `${at + 1} of ${shown.length}`;
    marks.setAttribute("aria-pressed", String(chosen.beats));
    const turns = current.messages.filter((message) => message.role !== "system"); // each was told something else
    fill(head, el("p.kind", {}, current.kind, el("span.id", {}, current.id)), asked(turns));
    fill(answers, cards(current, study.contestants));
  }

  function narrowAndShow() {
    narrow();
    show();
  }

  function step(by) {
    const at = shown.findIndex((prompt) => prompt.id === wanted);
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
    turnTo(link.dataset.prompt);
  });

  const wide = matchMedia("(min-width: 62rem)").matches;
  const finder = el(
    "details",
    { open: wide },
    el("summary", {}, "Find a prompt"),
    filters(study, chosen, narrowAndShow),
    count,
    list,
  );
  const tools = el(
    "div.tools",
    {},
    button("Previous", () => step(-1), "←"),
    button("Next", () => step(1), "→"),
    place,
    marks,
    button("Copy link", () => copy(location.href, "The link")),
  );
  view.append(
    el("aside", { "aria-label": "Find a prompt" }, finder),
    el("section", { "aria-label": "Answers" }, head, tools, answers),
  );
  narrow();
  const first = study.prompts.find((prompt) => prompt.id === parameters.get("prompt")) ?? shown[0];
  if (first) await turnTo(first.id);
  else fill(head, el("p.empty", {}, "There are no prompts."));
  const find = () => {
    finder.open = true;
    view.querySelector("input[type=search]").focus();
  };
  return {
    keys: {
      ArrowLeft: () => step(-1),
      ArrowRight: () => step(1),
      k: () => step(-1),
      j: () => step(1),
      b: beats,
      "/": find,
    },
  };
}

function addressOf(id) {
  return `#/read?${new URLSearchParams({ prompt: id, decoding: chosen.decoding })}`;
}

function cards(prompt, contestants) {
  const found = contestants
    .filter((name) => !chosen.hidden.has(name))
    .flatMap((name) =>
      prompt.answers.filter((answer) => answer.contestant === name && answer.decoding === chosen.decoding),
    );
  return found.length ? found.map(card) : el("p.empty", {}, "No answer to show.");
}

function card(answer) {
  const text = el("div.text", {}, poem(answer.text));
  if (chosen.beats && answer.text.trim()) {
    scanned(answer.text).then(
      (marked) => text.replaceChildren(marked),
      (error) => announce(error.message),
    );
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
      answer.faults.length > 0 &&
        el(
          "ul.faults",
          { "aria-label": "Faults" },
          answer.faults.map((fault) => el("li", {}, fault)),
        ),
      answer.score?.notes.length > 0 &&
        el(
          "details",
          {},
          el("summary", {}, "Reasons"),
          el(
            "ul",
            {},
            answer.score.notes.map((note) => el("li", {}, note)),
          ),
        ),
      answer.told_before &&
        el("details", {}, el("summary", {}, "Told before the question"), el("p.told", {}, answer.told_before)),
      button("Copy", () => copy(answer.text, "The answer")),
    ),
  );
}

function verdict(score) {
  if (!score) return null;
  if (score.quality == null) return el("p.verdict", {}, score.error ? `not scored: ${score.error}` : "not scored");
  return el("p.verdict", { title: "The judge's score, 0 to 5" }, el("b", {}, score.quality.toFixed(1)), " of 5");
}

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    announce(`${what} was copied`);
  } catch {
    announce("This browser does not allow copying");
  }
}
