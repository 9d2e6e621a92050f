// The page's entrance: which room the address names, and what keys mean there.
//
// A room is a function that fills a place of its own and returns what its keys do. Only one is in the document at a
// time: while answers are rated blind, nothing of the other rooms, where the names are, is there to be seen. A room that
// was left while it was waiting for the server goes on in a place that nobody sees.

import { announce, el } from "./dom.js";
import { live } from "./live.js";
import { rate } from "./rate.js";
import { ratings } from "./ratings.js";
import { read } from "./read.js";

const ROOMS = { read, rate, ratings, live };
const view = document.getElementById("view");
let keys = {};
let leave = () => {};

async function enter() {
  const [, name = "read"] = location.hash.match(/^#\/(\w+)/) ?? [];
  const room = ROOMS[name] ?? read;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#/${room.name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  leave();
  [keys, leave] = [{}, () => {}];
  const place = el(`div.${room.name}`);
  view.replaceChildren(place);
  try {
    const found = await room(place, parameters());
    if (place.isConnected) [keys, leave] = [found?.keys ?? {}, found?.leave ?? (() => {})];
  } catch (error) {
    place.replaceChildren(el("p.error", { role: "alert" }, error.message));
  }
}

function parameters() {
  return new URLSearchParams(location.hash.split("?")[1] ?? "");
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select");
  if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || typing) return;
  const action = keys[event.key] ?? keys[event.key.toLowerCase()];
  if (!action) return;
  event.preventDefault();
  action();
});

window.addEventListener("hashchange", async () => {
  await enter();
  view.focus({ preventScroll: true });
  announce(document.querySelector("nav [aria-current]")?.textContent ?? "");
});
enter();
