// A packet that routers send on is one packet, and each of its hops a row: which rows belong together, and
// between which hosts the packet really goes.

function readHops(p, hops, rowOf) {
  p.leader = Int32Array.from({ length: p.n }, (_, i) => i);
  p.before = new Int32Array(p.n).fill(-1);
  p.final = Int16Array.from(p.to);
  p.lost = Uint8Array.from(p.dropped);
  p.ways = new Map();
  p.translated = new Map();
  for (const [row, before, told] of hops) {
    const i = rowOf(row), leader = p.leader[rowOf(before)];
    p.leader[i] = leader;
    p.before[i] = rowOf(before);
    if (!p.ways.has(leader)) p.ways.set(leader, [leader]);
    p.ways.get(leader).push(i);
    if (told) p.translated.set(i, told);
    p.final[leader] = p.to[i];
    p.lost[leader] = p.dropped[i];
  }
  p.hops = hops.length;
  for (const [leader, way] of p.ways) {
    for (const i of way) {
      p.final[i] = p.final[leader];
      p.lost[i] = p.lost[leader];
    }
  }
}

// The rows of a packet, in the order of its hops.
function wayOf(i) {
  return p.ways.get(p.leader[i]) ?? [p.leader[i]];
}

// Whether a packet, at any of its hops, is what a filter asks for.
function anyHop(test) {
  return i => (p.ways.has(p.leader[i]) ? wayOf(i).some(test) : test(i));
}

// Connections are between the ends of packets, whatever is on the way and whatever a router translates.
function markFlows(p) {
  const ends = (from, to, sport, dport) => {
    const there = ((from * 512 + to + 1) * 65536 + sport) * 65536 + dport;
    return Math.min(there, ((to * 512 + from + 1) * 65536 + dport) * 65536 + sport);
  };
  const firstHop = i => `${p.from[i]} ${p.to[i]} ${p.sport[i]} ${p.dport[i]}`;
  // Where packets like it go: one that did not come so far goes there as well.
  const known = new Map();
  for (const [leader, way] of p.ways) {
    const last = way.at(-1), before = known.get(firstHop(leader));
    if (before?.hops >= way.length) continue;
    const flow = ends(p.from[leader], p.to[last], p.sport[leader], p.dport[last]);
    known.set(firstHop(leader), { flow, final: p.to[last], hops: way.length });
  }
  for (let i = 0; i < p.n; i++) {
    const like = known.size ? known.get(firstHop(p.leader[i])) : null;
    p.flow[i] = like?.flow ?? ends(p.from[i], p.to[i], p.sport[i], p.dport[i]);
    if (like) p.final[i] = like.final;
  }
}

// The router that a packet has come to and that has not sent it on, as far as others like it show.
function endOf(i) {
  const last = wayOf(i).at(-1);
  return p.lost[i] || p.held[last] || p.to[last] === p.final[i] || p.final[i] < 0 ? null : hostName(p.to[last]);
}

// The hosts that a packet has passed, for instance "client → router → server".
function wayText(i) {
  const way = wayOf(i);
  return [hostName(p.from[way[0]]), ...way.map(hop => hostName(p.to[hop]))].join(" → ");
}

// What became of a packet at each of its hops, a line for each.
function hopLines(i) {
  const lines = wayOf(i).map(hop => {
    const told = p.translated.has(hop) ? `, ${p.translated.get(hop)}` : "";
    const between = `between ${hostName(p.from[hop])} and ${hostName(p.to[hop])}`;
    const end = p.dropped[hop] ? `, lost on the wire ${between}` : p.held[hop] ? `, held on the wire ${between}` : p.end[hop] > p.t[hop] ? `, arrived after ${span(p.end[hop] - p.t[hop])}` : "";
    return `${clock(p.t[hop])} ${hostName(p.from[hop])} → ${hostName(p.to[hop])}${told}${end}`;
  });
  return endOf(i) ? [...lines, `${endOf(i)} has not forwarded it`] : lines;
}

// The hops of a packet are one line: at the router, from where it came in to where it went out.
function drawJoint(i) {
  const before = p.before[i];
  if (before < 0) return;
  const host = p.from[i], from = scene.lanes[p.from[before]] < scene.lanes[host] ? -1 : 1, on = scene.lanes[Math.max(p.to[i], 0)] > scene.lanes[host] ? 1 : -1;
  const half = states[host].half, x0 = scene.lanes[host] + from * half, x1 = scene.lanes[host] + on * half;
  if (p.dropped[before]) return;
  pen.beginPath();
  line2(pen, x0, y(p.end[before]), x1, y(p.t[i]));
  pen.stroke();
  for (const [x, at] of [[x0, y(p.end[before])], [x1, y(p.t[i])]]) {
    pen.beginPath();
    pen.arc(x, at, 2.5, 0, 7);
    pen.fill();
  }
}
