// Rating: stored answers, blind. The server keeps the session; this page only shows what is next.
//
// A vote counts for the item whose token it carries. If the server says that this item was decided already, in another
// window or by a second click, the page asks where the session is and goes on from there.

import { choicesOf, itemPage, lastPage, revealedPage, welcomePage } from "./ballot.js";
import { announce, callJson, fill } from "./dom.js";

const PLACE = "bardsmith-session";

export async function rate(view) {
  const room = new Room(view);
  const session = localStorage.getItem(PLACE);
  if (session) await room.resume(session);
  else room.welcome();
  return { keys: room.keys };
}

class Room {
  constructor(view) {
    this.view = view;
    this.keys = {};
    this.busy = false;
  }

  welcome() {
    localStorage.removeItem(PLACE);
    this.fill(
      {},
      welcomePage((order) => this.begin(order)),
    );
  }

  /** Throws what the server has against it. */
  async begin(order) {
    const { session } = await callJson("api/sessions", order);
    localStorage.setItem(PLACE, session);
    await this.resume(session);
  }

  async resume(session) {
    this.session = session;
    try {
      this.show(await callJson(`api/sessions/${session}`));
    } catch (error) {
      if (error.status !== 404) throw error;
      this.welcome();
    }
  }

  show(turn) {
    this.token = turn.token;
    if (turn.ended) this.reveal(turn);
    else if (turn.item) this.put(turn);
    else this.offerEnd(turn);
  }

  put(turn) {
    const keys = { z: () => this.undo() };
    for (const { choice, key, other } of choicesOf(turn)) {
      keys[key] = () => this.vote(choice);
      if (other) keys[other] = keys[key];
    }
    this.fill(keys, ...itemPage(turn, this));
    this.since = performance.now();
    // The button that was pressed is gone; who goes on by Tab begins at the top of what is new.
    if (document.activeElement === document.body) document.getElementById("view").focus({ preventScroll: true });
    announce(`${turn.number + 1} of ${turn.of}. ${turn.item.messages.at(-1).content}`);
    window.scrollTo({ top: 0 });
  }

  offerEnd(turn) {
    this.fill({ z: () => this.undo() }, ...lastPage(turn, this));
    announce("That was the last one");
  }

  reveal(outcome) {
    this.fill({}, ...revealedPage(outcome, () => this.welcome()));
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

  endEarly() {
    if (window.confirm("End the session here and see whose the answers were?")) this.end();
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
      if (error.status === 404) this.welcome();
      const complaint = this.view.querySelector(".error");
      if (complaint) complaint.textContent = error.message;
    } finally {
      this.busy = false;
      this.view.removeAttribute("aria-busy");
    }
  }

  /** Shows these and no others; the object of the keys stays the same, since the page's entrance holds it. */
  fill(keys, ...children) {
    for (const key of Object.keys(this.keys)) delete this.keys[key];
    Object.assign(this.keys, keys);
    fill(this.view, ...children);
  }
}
