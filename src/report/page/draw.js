// The drawing: bands of faults, lanes with the sockets' states, events, notes, and the gutter with
// time and claims. Packets have a file of their own.

const FONT = '11px system-ui, "DejaVu Sans", sans-serif';
const ladder = $("ladder"), gutter = $("gutter");
const pen = ladder.getContext("2d"), side = gutter.getContext("2d");
let colour = {};
// What lies where, for the pointer; and where text already stands.
let hits = [], taken = new Set(), kinds = [], texts = [];

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
  texts = [];
  sizeCanvas(ladder, pen, view.width, view.height);
  sizeCanvas(gutter, side, scene.gutter, view.height);
  const stretch = shown();
  const notes = placeNotes(stretch);
  drawWalls();
  // What is written along the lanes gives way to what happened there.
  const events = placeEvents(stretch);
  drawLanes(stretch);
  drawRules(stretch);
  drawBeginnings(stretch);
  drawPackets(stretch);
  chips.forEach(drawChip);
  events.forEach(drawEvent);
  notes.forEach(drawNote);
  drawGutter(stretch);
  drawOverview();
  describeView(stretch);
}

function faultText(fault) {
  const until = fault.to_us == null ? fault.note ?? "not lifted" : `lifted at ${clock(fault.to_us)}`;
  const asked = fault.asked_us == null ? "" : `, requested ${span(fault.from_us - fault.asked_us)} earlier`;
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
  const words = bar.text && pen.measureText(bar.text).width + 6 < high ? bar.text : bar.text?.split(",")[0] ?? bar.state;
  const text = pen.measureText(words).width;
  if (width > 10 && high > text + 6) {
    pen.fillStyle = colour["state-text"];
    pen.textAlign = "center";
    for (let at = top + text / 2 + 5; at + text / 2 < bottom; at += Math.max(260, text + 40)) {
      while (isTaken(x, at - text / 2, width, text) && at < bottom) at += 6;
      if (at + text / 2 >= bottom) break;
      pen.save();
      pen.translate(x + width / 2 + .5, at);
      pen.rotate(-Math.PI / 2);
      pen.fillText(words, 0, 0);
      pen.restore();
      note(words, x, at - text / 2, width, text);
    }
  }
  const said = `${bar.text ?? bar.state} for ${span(bar.to - bar.from)}, from ${clock(bar.from)}\n${bar.label}\non ${hostName(host)}`;
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
  const left = beside ? scene.right + 14 : 6, width = (beside ? scene.notes - 20 : Math.min(view.width - 8, 420)) - 16;
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
    const long = Math.max(...lines.map(line => pen.measureText(line).width)) + 18;
    if (beside) texts.push({ text: moment.text, box: [left, top, long, high - 1] });
    else note(moment.text, left - 2, top, long + 4, high - 1);
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

// What a fixture did, as far as it does not stand at its lane anyway.
function eventText({ kind, text }) {
  if (!areMany() || ["process", "address", "change"].includes(kind)) return text;
  const [, rest] = text.match(/: ([^:]*)$/) ?? [];
  return rest ? `${kind}${/bytes$/.test(rest) ? "" : ":"} ${rest}` : kind;
}

// Among many hosts, where packets are counted only failures are told.
function placeEvents(stretch) {
  const told = areMany() && areCounted(stretch) ? moment => moment.what === "bad" : () => true;
  return momentsIn(stretch).filter(moment => moment.event && told(moment)).map(moment => {
    const last = scene.rank[moment.host] === data.hosts.length - 1 && data.hosts.length > 1;
    const half = states[moment.host]?.half ?? 0, lane = scene.lanes[moment.host] ?? 0, at = y(moment.t);
    const room = Math.max(Math.min(scene.spacing - half - 20, 330), 0);
    const text = clipWords(eventText(moment), room), width = pen.measureText(text).width + 10;
    const x = last ? lane - half - 12 - width : lane + half + 12;
    const free = room > 40 && !isTaken(x - 2, at - 7, width, 14);
    if (free) note(text, x - 2, at - 7, width, 14);
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

