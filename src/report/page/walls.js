// Faults among many hosts: a wall between neighbouring lanes that are cut off from each other, a stripe along
// the lane of a host that has one itself, a line from lane to lane where one begins, and in the gutter a strip
// for each, which has its number.

const STRIP = 16;
// The numbers that stand in the drawing.
let chips = [];

function areMany() {
  return data.hosts.length > 2;
}

function stripColumns() {
  if (!areMany()) return { intervals: [], columns: 0 };
  const intervals = entries.map(entry => ({ entry, from: entry.from, to: entry.to ?? data.length_us }));
  return { intervals, columns: columnsOf(intervals, 8) };
}

// Which walls stand between two neighbouring lanes at once, beside each other.
function columnsOfGaps() {
  return scene.order.slice(1).map((right, rank) => {
    const left = scene.order[rank], there = entries.filter(entry => !entry.isAtHost && (meets(entry, left, right) || meets(entry, right, left)));
    const intervals = there.map(entry => ({ entry, from: entry.from, to: entry.to ?? data.length_us })), columns = columnsOf(intervals, 6);
    return new Map(intervals.map(({ entry, column }) => [entry, { column, columns }]));
  });
}

function patternOf({ effect }) {
  return effect === "impaired" || effect === "held" ? "wire" : effect === "frozen" || effect === "off" ? "host" : "cut";
}

// Fills a box with the pattern of a kind of fault: slanted lines where nothing passes, upright dashes for a
// wire that carries, level lines for a host.
function fillPattern(context, pattern, x, top, wide, high, from) {
  context.fillStyle = pattern === "wire" ? colour.wire : colour.band;
  context.fillRect(x, top, wide, high);
  context.save();
  context.beginPath();
  context.rect(x, top, wide, high);
  context.clip();
  context.strokeStyle = colour.hatch;
  context.lineWidth = 1;
  context.beginPath();
  const step = pattern === "wire" ? 5 : 6, offset = ((from % step) + step) % step;
  if (pattern === "wire") {
    context.setLineDash([3, 5]);
    for (let at = x + 2; at < x + wide; at += step) line2(context, at, top - ((from % 8) + 8) % 8, at, top + high);
  } else {
    const rise = pattern === "cut" ? wide : 0;
    for (let at = top + offset - step; at < top + high + rise + step; at += step) line2(context, x, at, x + wide, at - rise);
  }
  context.stroke();
  context.restore();
}

function line2(context, x0, y0, x1, y1) {
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
}

// The part of a piece that is in view.
function inView([from, to]) {
  const top = Math.max(y(from), 0), bottom = Math.min(y(to), view.height);
  return bottom < 0 || top > view.height ? null : { top, bottom, high: Math.max(bottom - top, 2) };
}

function drawWalls() {
  if (!areMany()) return drawBands();
  chips = [];
  for (const entry of entries) {
    for (const piece of piecesOf(entry)) {
      const seen = inView(piece);
      if (!seen) continue;
      if (entry.isAtHost || entry.effect === "unplugged") drawStripe(entry, piece, seen);
      if (!entry.isAtHost) drawWallsOf(entry, piece, seen);
    }
  }
  // They are drawn over the lanes and packets, which keep clear of them.
  chips = chips.filter(placeChip);
}

function drawWallsOf(entry, piece, seen) {
  for (let rank = 0; rank + 1 < scene.order.length; rank++) {
    const left = scene.order[rank], right = scene.order[rank + 1];
    const there = meets(entry, left, right), back = meets(entry, right, left);
    if (!there && !back) continue;
    const room = scene.spacing - states[left].half - states[right].half, { column, columns } = gapColumns[rank].get(entry);
    const wide = Math.min(Math.max(room * .3, 8), 30) / Math.min(columns, 2), middle = (scene.lanes[left] + states[left].half + scene.lanes[right] - states[right].half) / 2;
    const x = middle + (column - (columns - 1) / 2) * (wide + 2);
    fillPattern(pen, patternOf(entry), x - wide / 2, seen.top, wide, seen.high, y(piece[0]));
    pen.fillStyle = colour.fault;
    if (y(piece[0]) >= 0) pen.fillRect(x - wide / 2, seen.top, wide, 1.5);
    if (y(piece[1]) <= view.height) pen.fillRect(x - wide / 2, seen.bottom - 1.5, wide, 1.5);
    hits.push({ x: x - wide / 2, y: seen.top, w: wide, h: seen.high, text: entryHint(entry), faint: true });
    const text = `${entry.number}${entry.sign}`;
    chips.push({ entry, x, ...seen, room, text: there && back ? text : there ? `${text}→` : `←${text}` });
  }
}

function entryHint(entry) {
  return `${entry.number}: ${entryText(entry)}\n${EFFECTS[entry.effect]}; ${whenOf(entry)}`;
}

// A host that is off, unplugged, or has a program that is frozen.
function drawStripe(entry, piece, seen) {
  const host = entry.isAtHost ? entry.hosts[0] : entry.sides[0][0], half = states[host].half + 7, x = scene.lanes[host];
  fillPattern(pen, patternOf(entry), x - half, seen.top, 2 * half, seen.high, y(piece[0]));
  pen.fillStyle = colour.fault;
  pen.fillRect(x - half - 1, seen.top, 1, seen.high);
  pen.fillRect(x + half, seen.top, 1, seen.high);
  hits.push({ x: x - half, y: seen.top, w: 2 * half, h: seen.high, text: entryHint(entry), faint: true });
  chips.push({ entry, x, ...seen, room: scene.spacing * .8, text: `${entry.number}${entry.sign} ${{ off: "off", frozen: "frozen" }[entry.effect] ?? ""}`.trim() });
}

// Where a fault begins in view, or at the top: as near to that as text is not covered.
function placeChip(chip) {
  chip.wide = pen.measureText(chip.text).width + 8;
  for (const shift of [0, .5, -.5, 1, -1]) {
    for (const down of [3, 19, 35, 51]) {
      const x = chip.x - chip.wide / 2 + shift * (chip.wide + 3), top = chip.top + down;
      if (Math.abs(shift * (chip.wide + 3)) + chip.wide / 2 > chip.room / 2 + 8 || top + 14 > Math.max(chip.bottom, chip.top + 18)) continue;
      if (isTaken(x, top, chip.wide, 14)) continue;
      take(x, top, chip.wide, 14);
      texts.push({ text: chip.text, box: [x, top, chip.wide, 14] });
      return Object.assign(chip, { x, at: top });
    }
  }
  return null;
}

function drawChip({ text, x, at, wide, entry }) {
  pen.fillStyle = colour.bg;
  pen.strokeStyle = colour.fault;
  pen.lineWidth = lit === entry ? 2 : 1;
  pen.beginPath();
  pen.roundRect(x, at, wide, 14, 4);
  pen.fill();
  pen.stroke();
  pen.fillStyle = colour.fault;
  pen.textAlign = "center";
  pen.fillText(text, x + wide / 2, at + 7.5);
  hits.push({ x, y: at, w: wide, h: 14, text: entryHint(entry) });
}

// Where a fault between hosts begins: which lanes are its ends, a line for each side.
function drawBeginnings(stretch) {
  if (!areMany()) return;
  for (const entry of entries) {
    if (entry.isAtHost || entry.from < stretch.from || entry.from > stretch.to) continue;
    const at = y(entry.from), groups = entry.sides ?? [entry.hosts];
    for (const group of groups) {
      const ranks = group.map(host => scene.rank[host]).sort((a, b) => a - b);
      const together = ranks.at(-1) - ranks[0] === ranks.length - 1;
      pen.strokeStyle = pen.fillStyle = colour.fault;
      pen.lineWidth = 3;
      pen.setLineDash(entry.sides ? [] : [2, 4]);
      pen.beginPath();
      if (together) line2(pen, scene.lanes[scene.order[ranks[0]]], at, scene.lanes[scene.order[ranks.at(-1)]], at);
      pen.stroke();
      pen.setLineDash([]);
      for (const host of group) dot(scene.lanes[host], at);
    }
    if (entry.sides?.length === 2 && entry.hosts.length === 2) connect(entry, at);
  }
}

function dot(x, at) {
  pen.beginPath();
  pen.arc(x, at, 4.5, 0, 7);
  pen.fill();
}

// Two hosts that are cut off from each other, with others between them.
function connect(entry, at) {
  const [left, right] = entry.hosts.map(host => scene.lanes[host]).sort((a, b) => a - b);
  pen.lineWidth = 1.5;
  pen.setLineDash([5, 3]);
  pen.beginPath();
  line2(pen, left, at, right, at);
  pen.stroke();
  pen.setLineDash([]);
  const forwards = scene.lanes[entry.pairs[0][0]] === left, text = `${entry.number}${entry.sign}`;
  if (scene.rank[entry.hosts[0]] - scene.rank[entry.hosts[1]] === 1 || scene.rank[entry.hosts[1]] - scene.rank[entry.hosts[0]] === 1) return;
  const chip = { entry, x: (left + right) / 2, top: at - 10, bottom: at + 60, room: right - left, text: entry.oneWay ? (forwards ? `${text}→` : `←${text}`) : text };
  if (placeChip(chip)) chips.push(chip);
}

// The strip of each fault beside the lanes.
function drawStrips(left) {
  for (const { entry, column } of strips.intervals) {
    const x = left + column * STRIP, wide = STRIP - 5;
    for (const piece of piecesOf(entry)) {
      const seen = inView(piece);
      if (!seen) continue;
      fillPattern(side, patternOf(entry), x, seen.top, wide, seen.high, y(piece[0]));
      side.strokeStyle = colour.fault;
      side.lineWidth = lit === entry ? 2.5 : 1;
      side.strokeRect(x + .5, seen.top, wide - 1, seen.high);
      if (seen.high > 15) drawNumber(entry, x + wide / 2, seen.top + 8);
    }
  }
}

function drawNumber(entry, x, at) {
  side.fillStyle = colour.fault;
  side.beginPath();
  side.arc(x, at, 7, 0, 7);
  side.fill();
  side.fillStyle = colour.bg;
  side.textAlign = "center";
  side.fillText(String(entry.number), x, at + .5);
}

// The fault whose strip the pointer is on.
function stripAt(event) {
  const box = gutter.getBoundingClientRect(), x = event.clientX - box.left, at = timeAt(event.clientY - box.top);
  const column = Math.floor((x - (scene.gutter - 2 - STRIP * strips.columns)) / STRIP);
  return strips.intervals.find(strip => strip.column === column && strip.from <= at && at <= strip.to)?.entry;
}
