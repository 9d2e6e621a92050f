// Rating: stored answers, blind. The server keeps the session; this page only shows what is next.
//
// A vote counts for the item whose token it carries. If the server says that this item was decided already, in another
// window or by a second click, the page asks where the session is and goes on from there.

import { announce, asked, button, callJson, el, fill, poem } from "./dom.js";

const PLACE = "bardsmith-session";
const PAIR_KEYS = [
  ["1", "left", "A is better", "ArrowLeft"],
  ["2", "right", "B is better", "ArrowRight"],
  ["0", "tie", "A tie"],
  ["x", "both bad", "Both bad"],
  ["s", "skip", "Skip"],
];

export async function rate(view) {
  const room = new Room(view);
  const name = localStorage.getItem(PLACE);
  if (name) await room.resume(name);
  else room.welcome();
  return { keys: room.keys };
}

class Room {
  constructor(view) {
    this.view = view;
    this.keys = {};
    this.busy = false;
  }

  async resume(name) {
    this.session = name;
    try {
      this.show(await callJson(`api/sessions/${name}`));
    } catch (error) {
      if (error.status !== 404) throw error;
      this.forget();
      this.welcome();
    }
  }

  welcome() {
    const rater = el("input", { name: "rater", required: true, maxlength: 40, autocomplete: "nickname" });
    const length = el("input", { name: "length", type: "number", min: 1, max: 500, value: 30, required: true });
    const mode = (value, label, note) =>
      el(
        "label.check",
        {},
        el("input", { type: "radio", name: "mode", value, checked: value === "pairs" }),
        el("span", {}, el("b", {}, label), el("small", {}, note)),
      );
    const form = el(
      "form.welcome",
      {},
      el("h1", {}, "Rate the answers blind"),
      el(
        "p",
        {},
        "You see a prompt and what was answered, never by whom; that is told when the session ends. Some items come a second time: they tell how constant you are. Whoever has read the answers with their names on should let somebody else vote.",
      ),
      el("div.fields", {}, el("label", {}, "Your name", rater), el("label", {}, "How many", length)),
      el(
        "fieldset",
        {},
        el("legend", {}, "How"),
        mode("pairs", "Two at a time", "Which of two answers is better?"),
        mode("scores", "0 to 5", "A score for each answer, to check the judge against."),
      ),
      el("p.error", { role: "alert" }),
      el("button.primary", {}, "Begin"),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { mode: how } = Object.fromEntries(new FormData(form));
      this.begin({ rater: rater.value, mode: how, length: Number(length.value) }, form.querySelector(".error"));
    });
    this.fill({}, form);
  }

  async begin(order, complaint) {
    try {
      const { session } = await callJson("api/sessions", order);
      localStorage.setItem(PLACE, session);
      await this.resume(session);
    } catch (error) {
      complaint.textContent = error.message;
    }
  }

  show(turn) {
    this.token = turn.token;
    if (turn.ended) this.reveal(turn);
    else if (turn.item) this.put(turn);
    else this.offerEnd(turn);
  }

  put(turn) {
    const { messages, texts, kind } = turn.item;
    const choices = turn.mode === "pairs" ? PAIR_KEYS : scoreKeys(turn.rubric);
    const keys = { z: () => this.undo(), "?": () => this.toggleHelp() };
    for (const [key, choice, , other] of choices) {
      keys[key] = () => this.vote(choice);
      if (other) keys[other] = keys[key];
    }
    const labels = texts.length === 2 ? ["A", "B"] : ["The answer"];
    this.fill(
      keys,
      progress(turn),
      el("p.kind", {}, kind),
      asked(messages),
      el(
        "div.answers",
        {},
        texts.map((text, i) =>
          el("article.card", { "aria-label": labels[i] }, el("h2", {}, labels[i]), el("div.text", {}, poem(text))),
        ),
      ),
      el("p.error", { role: "alert" }),
      el(
        `div.ballot.${turn.mode}`,
        { role: "group", "aria-label": "Your vote" },
        choices.map(([key, choice, label]) => button(label, () => this.vote(choice), key)),
      ),
      el(
        "div.tools",
        {},
        turn.number > 0 && button("Undo", () => this.undo(), "z"),
        button("End the session", () => this.askForEnd()),
      ),
      el(
        "p.help",
        { hidden: true },
        "Keys: 1 or ← for A, 2 or → for B, 0 a tie, x both bad, s skip, z undo. For scores 0 to 5.",
      ),
    );
    this.since = performance.now();
    // The button that was pressed is gone; who goes on by Tab begins at the top of what is new.
    if (document.activeElement === document.body) document.getElementById("view").focus({ preventScroll: true });
    announce(`${turn.number + 1} of ${turn.of}. ${messages.at(-1).content}`);
    window.scrollTo({ top: 0 });
  }

  offerEnd(turn) {
    this.fill(
      { z: () => this.undo() },
      progress(turn),
      el("h1", {}, "That was the last one"),
      el("p", {}, "Once you know whose the answers are, votes cannot be changed any more."),
      el("p.error", { role: "alert" }),
      el(
        "div.tools",
        {},
        el("button.primary", { type: "button", onclick: () => this.end() }, "Show whose they are"),
        button("Undo", () => this.undo(), "z"),
      ),
    );
    announce("That was the last one");
  }

  askForEnd() {
    if (window.confirm("End the session here and see whose the answers were?")) this.end();
  }

  reveal({ votes, mode }) {
    const repeats = votes.filter((vote) => vote.repeat_of != null);
    this.fill(
      {},
      el("h1", {}, "Whose they were"),
      repeats.length > 0 && el("p", {}, `${repeats.length} of ${votes.length} were repeats of earlier ones.`),
      el(
        "ol.revealed",
        {},
        votes.map((vote) =>
          el(
            "li",
            {},
            el("p.question", {}, vote.question),
            el("p", {}, mode === "pairs" ? pairTold(vote) : scoreTold(vote)),
          ),
        ),
      ),
      el(
        "div.tools",
        {},
        el(
          "button.primary",
          {
            type: "button",
            onclick: () => {
              this.forget();
              this.welcome();
            },
          },
          "Another session",
        ),
        el("a", { href: "#/ratings" }, "The ratings"),
      ),
    );
    announce("The session has ended");
  }

  vote(choice) {
    const ms = Math.round(performance.now() - this.since);
    return this.send("vote", { token: this.token, choice, ms }, choice);
  }

  undo() {
    return this.send("undo", { token: this.token }, "taken back");
  }

  end() {
    return this.send("end", {}, "ended");
  }

  /** One order at a time: a key that is pressed while the last vote is on its way is not a vote on the next item. */
  async send(order, body, told) {
    if (this.busy) return;
    this.busy = true;
    this.view.setAttribute("aria-busy", "true");
    try {
      announce(told);
      this.show(await callJson(`api/sessions/${this.session}/${order}`, body));
    } catch (error) {
      if (error.status === 409) await this.resume(this.session);
      else if (error.status === 404) {
        this.forget();
        this.welcome();
      }
      const complaint = this.view.querySelector(".error");
      if (complaint) complaint.textContent = error.message;
    } finally {
      this.busy = false;
      this.view.removeAttribute("aria-busy");
    }
  }

  fill(keys, ...children) {
    for (const key of Object.keys(this.keys)) delete this.keys[key];
    Object.assign(this.keys, keys);
    fill(this.view, ...children);
  }

  toggleHelp() {
    const help = this.view.querySelector(".help");
    help.hidden = !help.hidden;
  }

  forget() {
    localStorage.removeItem(PLACE);
  }
}

function scoreKeys(rubric) {
  return [...rubric.map((meaning, score) => [String(score), String(score), meaning]), ["s", "skip", "Skip"]];
}

function progress({ number, of }) {
  return el(
    "div.progress",
    {},
    el("progress", { value: number, max: of, "aria-label": "Votes given" }),
    el("span", {}, `${Math.min(number + 1, of)} of ${of}`),
  );
}

function pairTold({ contestants: [left, right], choice, repeat_of: repeat }) {
  const name = (side, label) => (choice === side ? el("b", {}, label) : label);
  const how = choice === "left" || choice === "right" ? "" : ` (${choice})`;
  return [name("left", left), " or ", name("right", right), how, repeat != null && ` · as number ${repeat + 1}`];
}

function scoreTold({ contestants: [name], choice, repeat_of: repeat }) {
  return [name, ": ", el("b", {}, choice), repeat != null && ` · as number ${repeat + 1}`];
}
