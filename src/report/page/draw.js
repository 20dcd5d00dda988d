// The drawing: bands of faults, lanes with the sockets' states, events, notes, and the gutter with
// time and claims. Packets have a file of their own.

const FONT = '11px system-ui, "DejaVu Sans", sans-serif';
const ladder = $("ladder"), gutter = $("gutter");
const pen = ladder.getContext("2d"), side = gutter.getContext("2d");
let colour = {};
// What lies where, for the pointer; and where text already stands.
let hits = [], taken = new Set(), kinds = [];

function readColours() {
  const style = getComputedStyle(document.documentElement);
  const names = [...KINDS, "bg", "panel", "fg", "dim", "line", "bad", "good", "band", "wire", "hatch", "fault", "claim", "window", "select",
    "state-estab", "state-syn", "state-end", "state-other", "state-text"];
  colour = Object.fromEntries(names.map(name => [name, style.getPropertyValue(`--${name}`).trim()]));
}

function sizeCanvas(canvas, context, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const wide = Math.round(width * ratio), high = Math.round(height * ratio);
  if (canvas.width !== wide || canvas.height !== high) {
    canvas.width = wide;
    canvas.height = high;
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.font = FONT;
  context.textBaseline = "middle";
  context.fillStyle = colour.bg;
  context.fillRect(0, 0, width, height);
}

function draw() {
  hits = [];
  kinds = [];
  taken = new Set();
  sizeCanvas(ladder, pen, view.width, view.height);
  sizeCanvas(gutter, side, scene.gutter, view.height);
  const stretch = shown();
  drawBands();
  drawLanes(stretch);
  drawRules(stretch);
  const notes = placeNotes(stretch);
  const events = placeEvents(stretch);
  drawPackets(stretch);
  events.forEach(drawEvent);
  notes.forEach(drawNote);
  drawGutter(stretch);
  drawOverview();
  describeView(stretch);
}

function drawBands() {
  data.faults.forEach((fault, number) => {
    if (fault.from_us == null) return;
    const lanes = fault.hosts.map(host => scene.lanes[host]).filter(lane => lane != null);
    const pieces = [];
    let from = fault.from_us;
    for (const [begin, end] of fault.suspended ?? []) {
      pieces.push([from, begin]);
      from = end;
    }
    pieces.push([from, fault.to_us ?? data.length_us]);
    const left = lanes.length ? Math.min(...lanes) : 0, right = lanes.length ? Math.max(...lanes) : scene.right;
    const margin = left === right ? Math.min(scene.spacing * .3, 60) : 0;
    for (const piece of pieces) drawBand(fault, number, left - margin, right + margin, ...piece);
  });
}

function drawBand(fault, number, left, right, from, to) {
  const top = Math.max(y(from), -10), bottom = Math.min(y(to), view.height + 10);
  if (bottom < 0 || top > view.height) return;
  const high = Math.max(bottom - top, 2);
  pen.fillStyle = fault.wire ? colour.wire : colour.band;
  pen.fillRect(left, top, right - left, high);
  pen.save();
  pen.beginPath();
  pen.rect(left, top, right - left, high);
  pen.clip();
  pen.strokeStyle = colour.hatch;
  pen.lineWidth = 1;
  pen.beginPath();
  // Stripes that move with the band, in another direction for every second fault. Those of a wire that
  // carries packets stand upright, and are broken.
  const slope = number % 2 ? -1 : 1, offset = ((y(from) % 16) + 16) % 16;
  if (fault.wire) pen.setLineDash([3, 7]);
  for (let x = left - high - 16; x < right + high + 16; x += 16) {
    const begin = fault.wire ? x : x + slope * offset;
    pen.moveTo(begin, fault.wire ? top - offset : top);
    pen.lineTo(fault.wire ? begin : begin - slope * high, top + high);
  }
  pen.globalAlpha = .5;
  pen.stroke();
  pen.restore();
  if (fault.wire) drawKind(fault.wire, left, right, top, high);
  pen.fillStyle = colour.fault;
  if (y(from) >= 0) pen.fillRect(left, top, right - left, 1.5);
  if (y(to) <= view.height && fault.to_us != null) pen.fillRect(left, bottom, right - left, 1.5);
  hits.push({ x: left, y: top, w: right - left, h: high, text: faultText(fault), faint: true });
}

// What the wire does, in its band, where there is room.
function drawKind(kind, left, right, top, high) {
  const text = clip(kind, right - left - 16);
  if (high < 18 || text.length < 3) return;
  const width = pen.measureText(text).width, x = (left + right) / 2, at = Math.max(top, 0) + 10;
  if (isTaken(x - width / 2, at - 7, width, 14)) return;
  take(x - width / 2, at - 7, width, 14);
  pen.fillStyle = colour.fault;
  pen.textAlign = "center";
  pen.fillText(text, x, at);
  kinds.push(text);
}

function faultText(fault) {
  const until = fault.to_us == null ? fault.note ?? "not lifted" : `lifted at ${clock(fault.to_us)}`;
  const asked = fault.asked_us == null ? "" : `, asked for ${span(fault.from_us - fault.asked_us)} before`;
  return `${fault.what}\nin effect from ${clock(fault.from_us)}${asked}; ${until}${counted(fault)}`;
}

function drawLanes(stretch) {
  pen.lineWidth = 1;
  scene.lanes.forEach((lane, host) => {
    pen.strokeStyle = colour.dim;
    pen.setLineDash([]);
    pen.beginPath();
    pen.moveTo(lane, 0);
    pen.lineTo(lane, view.height);
    pen.stroke();
    drawGaps(lane, stretch);
    const bars = states[host];
    for (const bar of bars.stretches) {
      if (bar.to >= stretch.from && bar.from <= stretch.to) drawState(bar, lane - bars.half + bar.column * bars.width, bars.width, host);
    }
  });
  pen.setLineDash([]);
}

// A lane is dotted where idle time is folded away.
function drawGaps(lane, stretch) {
  const first = lowerBound(axis.gaps.length, k => axis.gaps[k].to, stretch.from);
  for (let k = first; k < axis.gaps.length && axis.gaps[k].from < stretch.to; k++) {
    const top = y(axis.gaps[k].from) + 2, bottom = y(axis.gaps[k].to) - 2;
    if (bottom - top < 8) continue;
    pen.strokeStyle = colour.bg;
    pen.setLineDash([2, 3]);
    pen.lineWidth = 3;
    pen.beginPath();
    pen.moveTo(lane, top);
    pen.lineTo(lane, bottom);
    pen.stroke();
    pen.lineWidth = 1;
  }
}

function drawState(bar, x, width, host) {
  const top = Math.max(y(bar.from), -4), bottom = Math.min(y(bar.to), view.height + 4), high = Math.max(bottom - top, 1);
  pen.fillStyle = colour[stateColour(bar.state)];
  pen.fillRect(x, top, width, high);
  pen.strokeStyle = colour.dim;
  pen.setLineDash([]);
  pen.lineWidth = .75;
  pen.strokeRect(x + .5, top, width - 1, high);
  const text = pen.measureText(bar.state).width;
  if (width > 10 && high > text + 6) {
    pen.fillStyle = colour["state-text"];
    pen.textAlign = "center";
    for (let at = top + text / 2 + 5; at + text / 2 < bottom; at += Math.max(260, text + 40)) {
      pen.save();
      pen.translate(x + width / 2 + .5, at);
      pen.rotate(-Math.PI / 2);
      pen.fillText(bar.state, 0, 0);
      pen.restore();
    }
  }
  const said = `${bar.state} for ${span(bar.to - bar.from)}, from ${clock(bar.from)}\n${bar.label}\non ${hostName(host)}`;
  hits.push({ x, y: top, w: width, h: high, text: said });
}

function momentsIn(stretch) {
  const first = lowerBound(moments.length, k => moments[k].t, stretch.from);
  const found = [];
  for (let k = first; k < moments.length && moments[k].t <= stretch.to && found.length < 3000; k++) found.push(moments[k]);
  return found;
}

// Lines across all lanes: the marks of the test, and its failure.
function drawRules(stretch) {
  for (const moment of momentsIn(stretch).filter(moment => moment.rule)) {
    pen.strokeStyle = moment.failure ? colour.bad : colour.dim;
    pen.lineWidth = moment.failure ? 2 : 1;
    pen.setLineDash(moment.failure ? [] : [6, 4]);
    pen.beginPath();
    pen.moveTo(0, y(moment.t));
    pen.lineTo(view.width, y(moment.t));
    pen.stroke();
  }
  pen.setLineDash([]);
}

function tone(what) {
  return { bad: colour.bad, claim: colour.claim, fault: colour.fault }[what] ?? colour.fg;
}

// Notes keep clear of each other; those that would be pushed too far are counted, not shown.
function placeNotes(stretch) {
  const placed = [];
  let free = 2, hidden = null;
  const beside = scene.notes > 0;
  const left = beside ? scene.right + 14 : 4, width = (beside ? scene.notes - 20 : Math.min(view.width - 8, 420)) - 16;
  for (const moment of momentsIn(stretch).filter(moment => moment.note)) {
    const lines = beside ? wrap(moment.text, width, 3) : [clip(moment.text, width)];
    const high = lines.length * 14 + 4, at = y(moment.t), top = Math.max(at - 9, free);
    // That the test failed is always said.
    if (!moment.failure && (top > at + 60 || top + high > view.height + 8)) {
      if (!hidden) placed.push(hidden = { moment, count: 0, x: left, y: free, at, beside, lines: [""], high: 16 });
      hidden.count++;
      hidden.lines = [`and ${count(hidden.count, "more note", "more notes")} here: zoom in`];
      free = Math.max(free, hidden.y + 18);
      continue;
    }
    hidden = null;
    placed.push({ moment, x: left, y: top, at, beside, lines, high });
    free = top + high;
    if (!beside) take(left, top, width, high);
  }
  return placed;
}

function drawNote(note) {
  const { moment, x, lines } = note;
  pen.textAlign = "left";
  const width = Math.max(...lines.map(text => pen.measureText(text).width)) + 18;
  if (note.beside) {
    pen.strokeStyle = note.count ? colour.dim : tone(moment.what);
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(x - 12, note.at);
    pen.lineTo(x - 3, note.y + 9);
    pen.stroke();
  }
  pen.fillStyle = note.beside ? colour.bg : colour.panel;
  pen.fillRect(x - 2, note.y, width + 4, note.high - 1);
  pen.fillStyle = note.count ? colour.dim : tone(moment.what);
  if (!note.count) pen.fillText(moment.note, x, note.y + 9);
  lines.forEach((text, k) => pen.fillText(text, x + 15, note.y + 9 + 14 * k));
  hits.push({ x, y: note.y, w: width, h: note.high, text: note.count ? lines[0] : momentText(moment) });
}

function momentText(moment) {
  const where = [moment.at, moment.host == null ? moment.hosts : hostName(moment.host)].filter(Boolean).join(", ");
  return `${clock(moment.t)}  ${moment.text}${where && "\n"}${where}`;
}

function placeEvents(stretch) {
  return momentsIn(stretch).filter(moment => moment.event).map(moment => {
    const last = moment.host === data.hosts.length - 1 && data.hosts.length > 1;
    const half = states[moment.host]?.half ?? 0, lane = scene.lanes[moment.host] ?? 0, at = y(moment.t);
    const room = Math.max(Math.min(scene.spacing - half - 20, 330), 0);
    const text = clip(moment.text, room), width = pen.measureText(text).width + 10;
    const x = last ? lane - half - 12 - width : lane + half + 12;
    const free = room > 40 && !isTaken(x, at - 7, width, 13);
    if (free) take(x, at - 7, width, 13);
    return { moment, lane: lane + (last ? -half - 5 : half + 5), at, x, width, text: free ? text : "" };
  });
}

function drawEvent({ moment, lane, at, x, width, text }) {
  const ink = moment.what === "bad" ? colour.bad : colour.fg;
  pen.fillStyle = ink;
  pen.beginPath();
  if (moment.what === "bad") pen.rect(lane - 4, at - 4, 8, 8);
  else pen.arc(lane, at, 3.5, 0, 7);
  pen.fill();
  hits.push({ x: lane - 6, y: at - 6, w: 12, h: 12, text: momentText(moment) });
  if (!text) return;
  pen.fillStyle = colour.panel;
  pen.fillRect(x - 2, at - 7, width, 14);
  pen.fillStyle = ink;
  pen.textAlign = "left";
  pen.fillText(text, x + 2, at + .5);
  hits.push({ x, y: at - 7, w: width, h: 14, text: momentText(moment) });
}

function drawGutter(stretch) {
  side.fillStyle = colour.dim;
  side.textAlign = "right";
  const right = scene.gutter - 10 - 14 * claims.columns;
  if (view.linear) ticksToScale(right, stretch);
  else ticksByRow(right, stretch);
  for (const interval of claims.intervals) {
    if (interval.to >= stretch.from && interval.from <= stretch.to) drawClaim(interval, right + 14 + 14 * interval.column);
  }
  side.fillStyle = colour.line;
  side.fillRect(scene.gutter - 1, 0, 1, view.height);
}

function ticksToScale(right, stretch) {
  const step = niceStep(Math.max(44 / view.scale, 1));
  const decimals = Math.min(Math.max(Math.ceil(6 - Math.log10(step)), 0), 6);
  for (let t = Math.ceil(stretch.from / step) * step; t <= stretch.to; t += step) {
    side.fillText(clock(t, decimals), right, y(t));
    side.fillRect(scene.gutter - 5, y(t), 4, 1);
  }
}

// A time for each row where there is room, and how long it was idle in between.
function ticksByRow(right, stretch) {
  let free = -Infinity;
  const tick = (t, apart) => {
    const at = y(t);
    if (at < free || at < 5 || at > view.height - 4) return;
    side.fillText(clock(t, scene.digits), right, at);
    free = at + apart;
  };
  if (stretch.last - stretch.first > view.height / 8) {
    for (let at = TOP; at < view.height; at += 40) tick(timeAt(at), 30);
    return;
  }
  const rows = momentsIn(stretch).filter(moment => moment.note || moment.event).map(moment => moment.t);
  for (let k = stretch.first; k < stretch.last; k++) rows.push(p.t[chosen.list[k]]);
  rows.sort((a, b) => a - b).forEach(t => tick(t, 13));
  drawIdle(right, stretch);
}

function drawIdle(right, stretch) {
  side.fillStyle = colour.dim;
  const first = lowerBound(axis.gaps.length, k => axis.gaps[k].to, stretch.from);
  for (let k = first; k < axis.gaps.length && axis.gaps[k].from < stretch.to; k++) {
    const { from, to } = axis.gaps[k], top = y(from), bottom = y(to);
    if (bottom - top < 27) continue;
    side.font = `italic ${FONT}`;
    side.fillText(`⋮ ${span(to - from)}`, right, (top + bottom) / 2);
    side.font = FONT;
  }
}

function drawClaim({ claim, from, end }, x) {
  const clamp = value => Math.min(Math.max(value, -20), view.height + 20);
  const top = clamp(y(from)), bottom = clamp(y(end));
  if (claim.latest_us != null) {
    const begin = clamp(y(claim.earliest_us ?? from)), limit = clamp(y(Math.min(claim.latest_us, data.length_us)));
    side.fillStyle = colour.window;
    side.fillRect(x - 4, begin, 8, Math.max(Math.min(limit, bottom) - begin, 0));
    // What was left of it when the claim had ended.
    side.fillRect(x - .5, bottom, 1, Math.max(limit - bottom, 0));
    side.fillStyle = colour.claim;
    if (claim.earliest_us != null) side.fillRect(x - 5, begin - .5, 10, 1.5);
    if (claim.latest_us <= data.length_us) side.fillRect(x - 4, limit - .5, 8, 1.5);
  }
  const ink = { met: colour.good, failed: colour.bad }[claim.outcome] ?? colour.claim;
  side.strokeStyle = ink;
  side.lineWidth = 2;
  side.setLineDash(claim.outcome === "pending" ? [3, 3] : []);
  side.beginPath();
  side.moveTo(x, top);
  side.lineTo(x, bottom);
  side.stroke();
  side.setLineDash([]);
  side.fillStyle = colour.bg;
  side.beginPath();
  side.arc(x, top, 3, 0, 7);
  side.fill();
  side.stroke();
  if (claim.outcome === "pending") return;
  side.fillStyle = ink;
  side.beginPath();
  side.arc(x, bottom, 6, 0, 7);
  side.fill();
  side.strokeStyle = colour.bg;
  side.lineWidth = 1.6;
  side.beginPath();
  const stroke = claim.outcome === "met" ? [[-3, 0, -1, 2.5], [-1, 2.5, 3, -2.5]] : [[-2.5, -2.5, 2.5, 2.5], [2.5, -2.5, -2.5, 2.5]];
  for (const [x0, y0, x1, y1] of stroke) {
    side.moveTo(x + x0, bottom + y0);
    side.lineTo(x + x1, bottom + y1);
  }
  side.stroke();
}

// Text must not cover text: the drawing is divided into small cells, and each is written on once.
function cells(x, top, width, height) {
  const found = [];
  for (let row = Math.floor(top / 2); row <= Math.floor((top + height - 1) / 2); row++) {
    for (let column = Math.floor(x / 20); column <= Math.floor((x + width) / 20); column++) found.push(row * 4096 + column);
  }
  return found;
}

function take(...box) {
  cells(...box).forEach(cell => taken.add(cell));
}

function isTaken(...box) {
  return cells(...box).some(cell => taken.has(cell));
}

function clip(text, width) {
  if (pen.measureText(text).width <= width) return text;
  const fits = lowerBound(text.length, n => pen.measureText(`${text.slice(0, n + 1)}…`).width, width);
  return `${text.slice(0, fits)}…`;
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
