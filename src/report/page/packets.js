// Packets: arrows as long as they have room, else bars that say how many there were.

let arrows = [], density = null;

function drawPackets(stretch) {
  arrows = [];
  density = null;
  if (areCounted(stretch)) drawDensity(stretch);
  else for (let k = stretch.first; k < stretch.last; k++) drawArrow(chosen.list[k], stretch);
  // A cross is not written on.
  for (const { dropped, x1, y1, direction } of arrows) if (dropped) take(x1 + direction * 3 - 6, y1 - 6, 12, 12);
  for (const arrow of arrows) if (p.before[arrow.i] < 0) drawLabel(arrow);
  for (const arrow of arrows) if (p.translated.has(arrow.i)) drawLabel(arrow);
}

// Whether there are more packets in view than arrows have room.
function areCounted({ first, last }) {
  return last - first > view.height / 3;
}

// From lane to lane; a packet to everyone ends in the open, one to the host itself comes back.
function course(i) {
  const from = p.from[i], to = p.to[i], last = scene.lanes.length - 1;
  const edge = (host, direction) => scene.lanes[host] + direction * states[host].half;
  if (from >= 0 && to >= 0 && from !== to) {
    const direction = scene.lanes[to] > scene.lanes[from] ? 1 : -1;
    return [edge(from, direction), edge(to, -direction), direction];
  }
  const host = from >= 0 ? from : Math.max(to, 0), direction = scene.rank[host] === last && last > 0 ? -1 : 1;
  const near = edge(host, direction), far = near + direction * Math.min(scene.spacing * .45, 180);
  if (from === to) return [near, near, direction];
  return from >= 0 ? [near, far, direction] : [far, near, -direction];
}

function drawArrow(i, stretch) {
  if (p.end[i] < stretch.from) return;
  const [x0, x1, direction] = course(i);
  const dropped = p.dropped[i] === 1, y0 = y(p.t[i]);
  const y1 = dropped ? y0 + Math.min(9, Math.max(view.scale * .6, 1)) : y(p.end[i]);
  const kind = KINDS[p.kind[i]], ink = colour[kind];
  const arrow = { i, x0, y0, x1: dropped ? x1 - direction * 16 : x1, y1, direction, dropped, loop: x0 === x1 };
  pen.globalAlpha = fadeOf(i);
  if (selected === p.leader[i]) {
    pen.strokeStyle = colour.select;
    pen.lineWidth = 9;
    path(arrow);
    pen.stroke();
  }
  pen.strokeStyle = pen.fillStyle = ink;
  pen.lineWidth = kind === "ack" || kind === "arp" ? 1 : 1.6;
  pen.setLineDash(p.held[i] ? [2, 4] : p.again[i] ? [6, 4] : kind === "arp" ? [1.5, 3] : p.probe[i] ? [3, 3] : []);
  path(arrow);
  pen.stroke();
  pen.setLineDash([]);
  drawJoint(i);
  // What is held has not come to its end.
  if (dropped) cross(arrow);
  else if (!p.held[i]) head(arrow, kind);
  pen.globalAlpha = 1;
  arrows.push(arrow);
}

function path({ x0, y0, x1, y1, direction, loop }) {
  pen.beginPath();
  pen.moveTo(x0, y0);
  if (loop) {
    pen.lineTo(x0 + direction * 28, y0);
    pen.lineTo(x0 + direction * 28, Math.max(y1, y0 + 5));
    pen.lineTo(x1, Math.max(y1, y0 + 5));
  } else {
    pen.lineTo(x1, y1);
  }
}

function cross({ x1, y1, direction }) {
  pen.strokeStyle = colour.bad;
  pen.lineWidth = 2.4;
  pen.beginPath();
  const x = x1 + direction * 3;
  pen.moveTo(x - 5, y1 - 5);
  pen.lineTo(x + 5, y1 + 5);
  pen.moveTo(x + 5, y1 - 5);
  pen.lineTo(x - 5, y1 + 5);
  pen.stroke();
}

// Full for what carries something, open for the rest.
function head({ x0, y0, x1, y1, direction, loop }, kind) {
  const angle = loop ? (direction > 0 ? Math.PI : 0) : Math.atan2(y1 - y0, x1 - x0);
  pen.save();
  pen.translate(x1, loop ? Math.max(y1, y0 + 5) : y1);
  pen.rotate(angle);
  pen.beginPath();
  pen.moveTo(-8, -4);
  pen.lineTo(0, 0);
  pen.lineTo(-8, 4);
  if (kind === "ack" || kind === "arp") pen.stroke();
  else pen.fill();
  pen.restore();
}

// The label stands along the arrow where nothing is written yet, with the ports if there is room for them, or
// in short if there is less; between two lanes if the arrow passes more of them.
function drawLabel(arrow) {
  const { i, loop } = arrow;
  for (const { x, at, room, angle } of loop ? [besideLoop(arrow)] : labelSpots(arrow)) {
    const written = labelFor(i, room);
    if (!written) continue;
    const boxes = boxesAlong(x, at, pen.measureText(written).width, angle);
    if (boxes.some(box => box[1] < 0 || isTaken(...box) || (areMany() && isCrossed(box, arrow)))) continue;
    boxes.forEach(box => take(...box));
    texts.push({ text: written, boxes });
    writeAlong(written, x, at, angle, i);
    return;
  }
}

// Whether another arrow goes through a text.
function isCrossed([x, top, width, height], label) {
  const middle = x + width / 2;
  return arrows.some(({ i, x0, y0, x1, y1, loop }) => {
    if (i === label.i || loop || x0 === x1 || (x0 - middle) * (x1 - middle) > 0) return false;
    const at = y0 + (y1 - y0) * (middle - x0) / (x1 - x0);
    return at > top + 2 && at < top + height - 1;
  });
}

function labelFor(i, room) {
  const fits = text => pen.measureText(text).width < room;
  if (p.before[i] >= 0) return [`↳ ${p.translated.get(i)}`, `↳ ${p.translated.get(i).replace(/(source|destination) \S+ became/g, (_, end) => (end === "source" ? "from" : "to"))}`, "↳ NAT"].find(fits);
  const text = label(i), ports = p.sport[i] ? `${text}  ${p.sport[i]} → ${p.dport[i]}` : text;
  const less = p.kind[i] >= kindNumber.icmp ? clip(text, room * .95) : shortLabel(i);
  return [ports, text, less].find(fits);
}

// Where a label may stand: in the middle first.
function labelSpots({ x0, y0, x1, y1 }) {
  const angle = Math.atan((y1 - y0) / (x1 - x0)), left = Math.min(x0, x1), right = Math.max(x0, x1);
  const spot = (x, room) => ({ x, at: y0 + (y1 - y0) * (x - x0) / (x1 - x0) - 7, room: room / Math.cos(angle), angle });
  const inner = scene.lanes.filter(lane => lane > left + 20 && lane < right - 20).sort((a, b) => a - b);
  if (!inner.length) return [.5, .3, .7].map(part => spot(x0 + (x1 - x0) * part, (right - left) * .9 * (part === .5 ? 1 : .6)));
  const edges = [left, ...inner.flatMap(lane => [lane - 9, lane + 9]), right], spots = [];
  for (let k = 0; k < edges.length; k += 2) spots.push(spot((edges[k] + edges[k + 1]) / 2, edges[k + 1] - edges[k] - 8));
  const middle = (left + right) / 2;
  return spots.sort((a, b) => Math.abs(a.x - middle) - Math.abs(b.x - middle));
}

function besideLoop({ x0, y0, direction }) {
  const room = scene.spacing * .5;
  return { x: x0 + direction * (34 + room / 2), at: y0 + 3, room, angle: 0 };
}

// What a slanted text covers, piece by piece.
function boxesAlong(x, at, width, angle) {
  const pieces = Math.max(Math.ceil(Math.abs(Math.sin(angle)) * width / 4), 1), boxes = [];
  const part = width / pieces * Math.cos(angle), wide = part + 12 * Math.abs(Math.sin(angle));
  for (let k = 0; k < pieces; k++) {
    const centre = (k + .5 - pieces / 2) * part;
    boxes.push([x + centre - wide / 2, at + centre * Math.tan(angle) - 6, wide, 12]);
  }
  return boxes;
}

function writeAlong(written, x, at, angle, i) {
  pen.save();
  pen.translate(x, at);
  pen.rotate(angle);
  pen.textAlign = "center";
  pen.lineWidth = 3;
  pen.strokeStyle = colour.bg;
  pen.globalAlpha = fadeOf(i);
  pen.strokeText(written, 0, 0);
  pen.fillStyle = colour[KINDS[p.kind[i]]];
  pen.fillText(written, 0, 0);
  pen.restore();
}

// What has nothing to do with the fault that the reader looks at steps back.
function fadeOf(i) {
  return lit && !meets(lit, p.from[i], p.to[i]) && !meets(lit, p.from[p.leader[i]], p.final[i]) ? .25 : 1;
}

// For each row of a few points and each host: what left it to the right and to the left, by kind.
// The last class is what was dropped.
function drawDensity({ first, last }) {
  const row = 4, rows = Math.ceil(view.height / row) + 1, hosts = data.hosts.length, classes = KINDS.length + 1;
  const counts = new Uint32Array(rows * hosts * 2 * classes), sums = new Uint32Array(rows * hosts * 2);
  let most = 1, total = 0;
  for (let k = first; k < last; k++) {
    const i = chosen.list[k], at = Math.floor((TOP + (departs[k] - view.top) * view.scale) / row);
    const from = p.from[i] < 0 ? Math.max(p.to[i], 0) : p.from[i];
    const place = (Math.min(Math.max(at, 0), rows - 1) * hosts + from) * 2 + (p.to[i] >= 0 && scene.rank[p.to[i]] > scene.rank[from] ? 1 : 0);
    counts[place * classes + (p.dropped[i] ? KINDS.length : p.kind[i])]++;
    if (++sums[place] > most) most = sums[place];
    total++;
  }
  density = { row, sums, counts, classes, hosts, most, total };
  for (let place = 0; place < sums.length; place++) if (sums[place]) drawBar(place, most);
}

function drawBar(place, most) {
  const { row, sums, counts, classes, hosts } = density;
  const host = Math.floor(place / 2) % hosts, direction = place % 2 ? 1 : -1, top = Math.floor(place / 2 / hosts) * row;
  const full = scene.spacing * .46 - states[host].half, long = Math.max(full * Math.sqrt(sums[place] / most), 3);
  let x = scene.lanes[host] + direction * (states[host].half + 1);
  for (let kind = 0; kind < classes; kind++) {
    const lost = kind === KINDS.length, n = counts[place * classes + kind];
    if (!n) continue;
    // What was dropped stands apart at the end, to be seen however little it is.
    const part = Math.max(long * n / sums[place], lost ? 5 : 0);
    if (lost) x += direction * 2;
    pen.fillStyle = lost ? colour.bad : colour[KINDS[kind]];
    pen.fillRect(Math.min(x, x + direction * part), top, part, lost ? row : row - 1);
    x += direction * part;
  }
}

// What a row of the density holds at a height.
function densityText(height) {
  const { row, counts, classes, hosts, sums } = density;
  const at = Math.floor(height / row), perKind = new Map();
  for (let place = at * hosts * 2; place < (at + 1) * hosts * 2 && place < sums.length; place++) {
    for (let kind = 0; kind < classes; kind++) {
      const n = counts[place * classes + kind], name = WORDS[KINDS[kind]] ?? "dropped";
      if (n) perKind.set(name, (perKind.get(name) ?? 0) + n);
    }
  }
  return [...perKind].map(([name, n]) => `${name} ${n.toLocaleString("en")}`).join(", ");
}

// The packet whose arrow is nearest to a point, if it is near.
function arrowAt(x, height) {
  let best = null, least = 7;
  for (const arrow of arrows) {
    const dx = arrow.x1 - arrow.x0 || arrow.direction * 28 * (arrow.loop ? 1 : 0), dy = arrow.y1 - arrow.y0;
    const part = Math.min(Math.max(((x - arrow.x0) * dx + (height - arrow.y0) * dy) / (dx * dx + dy * dy || 1), 0), 1);
    const away = Math.hypot(x - arrow.x0 - part * dx, height - arrow.y0 - part * dy);
    if (away < least) {
      least = away;
      best = arrow;
    }
  }
  return best;
}
