// Text must not cover text: the drawing is divided into small cells, and each is written on once.
function cells(x, top, width, height) {
  const found = [];
  for (let row = Math.floor(top / 2); row <= Math.floor((top + height - .01) / 2); row++) {
    for (let column = Math.floor(x / 8); column <= Math.floor((x + width - .01) / 8); column++) found.push(row * 4096 + column);
  }
  return found;
}

function take(...box) {
  cells(...box).forEach(cell => taken.add(cell));
}

// Text that stands in a box from now on.
function note(text, ...box) {
  take(...box);
  texts.push({ text, box });
}

function isTaken(...box) {
  return cells(...box).some(cell => taken.has(cell));
}

function clip(text, width) {
  if (pen.measureText(text).width <= width) return text;
  const fits = lowerBound(text.length, n => pen.measureText(`${text.slice(0, n + 1)}…`).width, width);
  return `${text.slice(0, fits)}…`;
}

// What a program did is said behind its words, which may be long: these are cut short first.
function clipWords(text, width) {
  const [, words, rest] = text.match(/^(`.+)(`: .+)$/s) ?? [];
  if (!rest || pen.measureText(text).width <= width) return clip(text, width);
  const room = width - pen.measureText(rest).width;
  return room < pen.measureText("`words…").width ? clip(text, width) : clip(words, room) + rest;
}

function wrap(text, width, most) {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (lines.at(-1) && pen.measureText(longer).width > width && lines.length < most) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines.map(text => clip(text, width));
}
