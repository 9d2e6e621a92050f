// Live: a question of your own, answered by several contestants while you watch. It is not counted.

import { announce, button, call, callJson, el, poem } from "./dom.js";

export async function live(view) {
  const { live: contestants } = await callJson("api/prompts");
  const question = el("textarea", {
    id: "question",
    rows: 3,
    maxlength: 4000,
    required: true,
    placeholder: "Ask anything",
  });
  const boxes = contestants.map((name, i) => el("input", { type: "checkbox", value: name, checked: i < 3 }));
  const ask = el("button.primary", {}, "Ask");
  const stop = button("Stop", () => under?.abort());
  const complaint = el("p.error", { role: "alert" });
  const answers = el("div.answers");
  let under = null;
  stop.hidden = true;

  const form = el(
    "form.asking",
    { onsubmit: begin },
    el("h1", {}, el("label", { for: "question" }, "Ask them yourself")),
    question,
    el(
      "fieldset",
      {},
      el("legend", {}, "Who answers"),
      boxes.map((box) => el("label.check", {}, box, box.value)),
    ),
    complaint,
    el(
      "div.tools",
      {},
      ask,
      stop,
      el("span.place", {}, "Not blind, not counted. The first answer waits for the model."),
    ),
  );
  question.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  view.append(form, answers);
  question.focus();
  return { leave: () => under?.abort() };

  async function begin(event) {
    event.preventDefault();
    const names = boxes.filter((box) => box.checked).map((box) => box.value);
    complaint.textContent = names.length ? "" : "Choose at least one contestant.";
    if (!names.length || under) return;
    const cards = new Map(names.map((name) => [name, new Card(name)]));
    answers.replaceChildren(...[...cards.values()].map((card) => card.node));
    under = new AbortController();
    [ask.disabled, stop.hidden] = [true, false];
    try {
      for await (const event of events({ question: question.value, contestants: names }, under.signal)) {
        if (event.error) throw new Error(event.error);
        if (event.contestant) cards.get(event.contestant).take(event);
      }
      announce("All have answered");
    } catch (error) {
      if (error.name !== "AbortError") complaint.textContent = error.message;
    } finally {
      for (const card of cards.values()) card.close();
      under = null;
      [ask.disabled, stop.hidden] = [false, true];
    }
  }
}

class Card {
  constructor(name) {
    this.text = "";
    this.body = el("div.text.waiting", {}, "…");
    this.note = el("p.verdict");
    this.node = el(
      "article.card",
      { "aria-label": name, "aria-busy": "true" },
      el("header", {}, el("h2", {}, name), this.note),
      this.body,
    );
  }

  take({ text, finish }) {
    if (text) {
      this.text += text;
      this.body.classList.remove("waiting");
      this.body.replaceChildren(poem(this.text));
    }
    if (finish) this.close(finish === "length" ? "cut off" : "");
  }

  close(note = "") {
    this.note.textContent ||= note;
    this.node.removeAttribute("aria-busy");
    if (!this.text) this.body.replaceChildren(poem(""));
  }
}

/** The server's events, one a line, as they come. */
async function* events(order, signal) {
  const answer = await call("api/live", order, signal);
  const lines = answer.body.pipeThrough(new TextDecoderStream());
  const reader = lines.getReader();
  let rest = "";
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const found = (rest + part.value).split("\n");
    rest = found.pop();
    for (const line of found) yield JSON.parse(line);
  }
}
