// What every room uses: elements, poems, and calls to the server. What a model wrote is only ever set as text.

/** Characters from which a prompt is a text to be read and no headline. */
const LONG = 160;

/** An element: `el("p.note", { id: "a", onclick: act }, "words", child)`. Strings become text, never markup. */
export function el(name, attributes = {}, ...children) {
  const [tag, ...classes] = name.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== false && value != null) node.setAttribute(key, value === true ? "" : value);
  }
  fill(node, ...children);
  return node;
}

/** Gives a node these children and no others. What is null or false is left out, so that `condition && child` reads. */
export function fill(node, ...children) {
  node.replaceChildren(...children.flat(2).filter((child) => child != null && child !== false));
}

/** A button, with the key that does the same. */
export function button(label, action, key) {
  return el("button", { type: "button", onclick: action }, el("span", {}, label), key && el("kbd", {}, key));
}

/** A text as verse: stanzas apart, each line with a hanging indent, what a model wrote kept to the letter. */
export function poem(text) {
  const whole = text.replace(/^(\s*\n)+|\s+$/g, "");
  if (!whole) return el("p.empty", {}, "(nothing)");
  const stanzas = whole.split(/\n(?:[^\S\n]*\n)+/);
  return el(
    "div.poem",
    { dir: "auto" },
    stanzas.map((stanza) => el("p.stanza", {}, stanza.split("\n").map(verseLine))),
  );
}

function verseLine(text) {
  return el("span.line", {}, text);
}

/** The conversation that is answered; the system's instruction is there for those who want it. */
export function asked(messages) {
  const system = messages.filter((message) => message.role === "system");
  const turns = messages.filter((message) => message.role !== "system");
  return el(
    "div.asked",
    {},
    turns.map((turn, number) => {
      const last = number === turns.length - 1;
      const heading = turn.content.length > LONG ? "h1.question.long" : "h1.question";
      return last ? el(heading, {}, turn.content) : el("p.turn", {}, el("b", {}, turn.role), " ", turn.content);
    }),
    system.map((message) => el("p.system", {}, message.content)),
  );
}

/** What is read out to those who do not see the page. */
export function announce(text) {
  document.getElementById("status").textContent = text;
}

/** Calls the server; with a body it posts. Throws an Error in the server's words, with its `status`. */
export async function call(path, body, signal) {
  const order = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  let answer;
  try {
    answer = await fetch(path, { ...order, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The arena does not answer. Is bardsmith still running?");
  }
  if (answer.ok) return answer;
  const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
  const told = isJson ? (await answer.json()).error : await answer.text();
  throw Object.assign(new Error(told), { status: answer.status });
}

export async function callJson(path, body) {
  return (await call(path, body)).json();
}
