// What a rater sees: the welcome, an item with its ballot, the end, and whose the answers were. Nothing here decides.

import { asked, button, el, poem } from "./dom.js";

const PAIR = [
  { key: "1", other: "ArrowLeft", choice: "left", label: "A is better" },
  { key: "2", other: "ArrowRight", choice: "right", label: "B is better" },
  { key: "0", choice: "tie", label: "A tie" },
  { key: "x", choice: "both bad", label: "Both bad" },
  { key: "s", choice: "skip", label: "Skip" },
];

/** What can be voted on an item, with the keys that do it. */
export function choicesOf({ mode, rubric }) {
  if (mode === "pairs") return PAIR;
  const scores = rubric.map((label, score) => ({ key: String(score), choice: String(score), label }));
  return [...scores, { key: "s", choice: "skip", label: "Skip" }];
}

/** A form that calls `begin` with the order of a session, and shows what it throws. */
export function welcomePage(begin) {
  const rater = el("input", { name: "rater", required: true, maxlength: 40, autocomplete: "nickname" });
  const length = el("input", { name: "length", type: "number", min: 1, max: 500, value: 30, required: true });
  const complaint = el("p.error", { role: "alert" });
  const form = el(
    "form.welcome",
    {},
    el("h1", {}, "Rate the answers blind"),
    el(
      "p",
      {},
      "You see a prompt and what was answered, never by whom; that is told when the session ends. ",
      "Some items come a second time: they tell how constant you are. ",
      "Whoever has read the answers with their names on should let somebody else vote.",
    ),
    el("div.fields", {}, el("label", {}, "Your name", rater), el("label", {}, "How many", length)),
    el(
      "fieldset",
      {},
      el("legend", {}, "How"),
      modeChoice("pairs", "Two at a time", "Which of two answers is better?"),
      modeChoice("scores", "0 to 5", "A score for each answer, to check the judge against."),
    ),
    complaint,
    el("button.primary", {}, "Begin"),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await begin({ rater: rater.value, mode: new FormData(form).get("mode"), length: Number(length.value) });
    } catch (error) {
      complaint.textContent = error.message;
    }
  });
  return form;
}

function modeChoice(value, label, note) {
  const dot = el("input", { type: "radio", name: "mode", value, checked: value === "pairs" });
  return el("label.check", {}, dot, el("span", {}, el("b", {}, label), el("small", {}, note)));
}

/** The prompt, its one or two answers and the ballot. `acts` can vote, undo and endEarly. */
export function itemPage(turn, acts) {
  const { messages, texts, kind } = turn.item;
  const titles = texts.length === 2 ? ["A", "B"] : ["The answer"];
  return [
    progress(turn),
    el("p.kind", {}, kind),
    asked(messages),
    el(
      "div.answers",
      {},
      texts.map((text, i) => el("article.card", { "aria-label": titles[i] }, el("h2", {}, titles[i]), poem(text))),
    ),
    el("p.error", { role: "alert" }),
    el(
      `div.ballot.${turn.mode}`,
      { role: "group", "aria-label": "Your vote" },
      choicesOf(turn).map(({ key, choice, label }) => button(label, () => acts.vote(choice), key)),
    ),
    el(
      "div.tools",
      {},
      turn.number > 0 && button("Undo", () => acts.undo(), "z"),
      button("End the session", () => acts.endEarly()),
    ),
  ];
}

/** After the last item. `acts` can end and undo. */
export function lastPage(turn, acts) {
  return [
    progress(turn),
    el("h1", {}, "That was the last one"),
    el("p", {}, "Once you know whose the answers are, votes cannot be changed any more."),
    el("p.error", { role: "alert" }),
    el(
      "div.tools",
      {},
      el("button.primary", { type: "button", onclick: () => acts.end() }, "Show whose they are"),
      button("Undo", () => acts.undo(), "z"),
    ),
  ];
}

/** Every item of the session, with the contestants' names and what was voted. */
export function revealedPage({ votes, mode }, again) {
  const repeats = votes.filter((vote) => vote.repeat_of != null).length;
  const told = mode === "pairs" ? pairTold : scoreTold;
  return [
    el("h1", {}, "Whose they were"),
    repeats > 0 && el("p", {}, `${repeats} of ${votes.length} were repeats of earlier ones.`),
    el(
      "ol.revealed",
      {},
      votes.map((vote) => el("li", {}, el("p.question", {}, vote.question), el("p", {}, told(vote)))),
    ),
    el(
      "div.tools",
      {},
      el("button.primary", { type: "button", onclick: again }, "Another session"),
      el("a", { href: "#/ratings" }, "The ratings"),
    ),
  ];
}

function pairTold({ contestants: [left, right], choice, repeat_of: repeat }) {
  const name = (side, label) => (choice === side ? el("b", {}, label) : label);
  const how = choice === "left" || choice === "right" ? "" : ` (${choice})`;
  return [name("left", left), " or ", name("right", right), how, repeated(repeat)];
}

function scoreTold({ contestants: [name], choice, repeat_of: repeat }) {
  return [name, ": ", el("b", {}, choice), repeated(repeat)];
}

function repeated(number) {
  return number != null && ` · as number ${number + 1}`;
}

function progress({ number, of }) {
  return el(
    "div.progress",
    {},
    el("progress", { value: number, max: of, "aria-label": "Votes given" }),
    el("span", {}, `${Math.min(number + 1, of)} of ${of}`),
  );
}
