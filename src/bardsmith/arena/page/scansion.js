// A poem with its beats above the syllables and its rhymes in colour.

import { callJson, el, poem } from "./dom.js";

const COLOURS = 8;

/** The poem once more, marked; `text` as the model wrote it. */
export async function scanned(text) {
  const { summary, lines } = await callJson("api/scansion", { text });
  const heading = el("p.scansion", {}, summary);
  if (!lines.length) return el("div", {}, heading, poem(text));
  const stanzas = Object.values(Object.groupBy(lines, (line) => line.stanza));
  return el(
    "div.poem.scanned",
    {},
    heading,
    stanzas.map((stanza) => el("p.stanza", {}, stanza.map(markedLine))),
  );
}

function markedLine(line) {
  const colour = line.rhyme && `rhyme-${colourOf(line.rhyme)}`;
  return el(
    "span.line",
    {},
    el(`span.letter${colour ? `.${colour}` : ""}`, {}, line.rhyme),
    pieces(line).map(([text, strong]) => {
      const isEnd = colour && line.end && text.at >= line.end[0] && text.at < line.end[1];
      const classes = [strong != null && (strong ? "strong" : "weak"), isEnd && colour].filter(Boolean);
      return classes.length ? el(["span", ...classes].join("."), {}, text.value) : text.value;
    }),
  );
}

/** The line cut at its syllables: text with its place, and whether it is strong (null between syllables). */
function pieces({ text, syllables }) {
  const found = [];
  let at = 0;
  for (const [start, stop, strong] of syllables) {
    if (start > at) found.push([{ at, value: text.slice(at, start) }, null]);
    found.push([{ at: start, value: text.slice(start, stop) }, strong]);
    at = stop;
  }
  if (at < text.length) found.push([{ at, value: text.slice(at) }, null]);
  return found;
}

function colourOf(letter) {
  return [...letter].reduce((sum, character) => sum + character.codePointAt(0) - 97, 0) % COLOURS;
}
