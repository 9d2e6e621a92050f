// What the votes say: ratings with their intervals, who beat whom, how constant the raters are, who agrees with whom.

import { callJson, el, fill } from "./dom.js";

export async function ratings(view) {
  const found = await callJson("api/ratings");
  fill(
    view,
    el("h1", {}, "Ratings"),
    el("p.lead", {}, summary(found)),
    found.refused && el("p.refused", {}, found.refused),
    found.ratings.length > 0 && ladder(found.ratings),
    found.contestants.length > 1 && matrix(found),
    found.raters.length > 0 && raters(found.raters),
    found.agreement.length > 0 && agreement(found.agreement),
    el(
      "p.note",
      {},
      "Bradley–Terry; 400 points are odds of ten to one. Ties and two bad ones are half a win for each. Intervals: 95 %, prompts resampled. Repeats are not counted.",
    ),
  );
}

function summary({ votes, prompts, both_bad: bad, skipped, outdated }) {
  const parts = [`${votes} votes on ${prompts} prompts`];
  if (bad) parts.push(`${bad} times both were bad`);
  if (skipped) parts.push(`${skipped} skipped`);
  if (outdated) parts.push(`${outdated} left out, since their answers were replaced`);
  return `${parts.join(" · ")}.`;
}

function ladder(rows) {
  const ends = rows.flatMap((row) => [row.low ?? row.rating, row.high ?? row.rating]);
  const [least, most] = [Math.min(...ends) - 20, Math.max(...ends) + 20];
  const percent = (value) => (100 * (value - least)) / (most - least);
  return table(
    ["contestant", "rating", "95 % interval", "preferred", "votes", ""],
    rows.map((row) => [
      row.contestant,
      row.rating.toFixed(0),
      row.low == null ? "too few prompts" : `${row.low.toFixed(0)} to ${row.high.toFixed(0)}`,
      share(row.preferred) +
        (row.preferred_low == null ? "" : ` (${share(row.preferred_low)} to ${share(row.preferred_high)})`),
      String(row.votes),
      bar(percent(row.low ?? row.rating), percent(row.rating), percent(row.high ?? row.rating)),
    ]),
    "Bradley–Terry ratings, the best first",
  );
}

const SVG = "http://www.w3.org/2000/svg";

/** An interval with its point, on a line from 0 to 100. */
function bar(low, value, high) {
  const drawing = document.createElementNS(SVG, "svg");
  const draw = (name, attributes) => {
    const shape = document.createElementNS(SVG, name);
    for (const [key, number] of Object.entries(attributes)) shape.setAttribute(key, number);
    drawing.append(shape);
  };
  drawing.setAttribute("viewBox", "0 0 100 10");
  drawing.setAttribute("aria-hidden", "true");
  drawing.classList.add("interval");
  draw("line", { x1: 0, x2: 100, y1: 5, y2: 5, class: "scale" });
  draw("line", { x1: low, x2: high, y1: 5, y2: 5, class: "range" });
  draw("circle", { cx: value, cy: 5, r: 2.4 });
  return drawing;
}

function matrix({ contestants, wins }) {
  return table(
    ["preferred to", ...contestants],
    contestants.map((name, i) => [name, ...wins[i].map((won, j) => (i === j ? "–" : cell(won, wins[j][i])))]),
    "How often the row was preferred to the column",
  );
}

function cell(won, lost) {
  return won + lost ? `${won} of ${won + lost}` : "";
}

function raters(rows) {
  return table(
    ["rater", "votes", "repeats", "same again"],
    rows.map(({ rater, votes, repeated, same }) => [
      rater,
      String(votes),
      String(repeated),
      repeated ? share(same / repeated) : "–",
    ]),
    "Raters, and how often they voted the same when an item came again",
  );
}

function agreement(rows) {
  return table(
    ["between", "on", "same", "kappa"],
    rows.map(({ between, what, of, same, kappa }) => [
      between.join(" and "),
      what,
      `${same} of ${of} (${share(same / of)})`,
      kappa == null ? "–" : kappa.toFixed(2),
    ]),
    "Agreement. On pairs with a judge: where both prefer one",
  );
}

function share(value) {
  return `${Math.round(100 * value)} %`;
}

function table(heads, rows, caption) {
  const row = ([first, ...cells]) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, first),
      cells.map((value) => el("td", {}, value)),
    );
  return el(
    "div.scroll",
    { tabindex: "0", role: "region", "aria-label": caption },
    el(
      "table",
      {},
      el("caption", {}, caption),
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          heads.map((head) => el(head ? "th" : "td", head ? { scope: "col" } : {}, head)),
        ),
      ),
      el("tbody", {}, rows.map(row)),
    ),
  );
}
