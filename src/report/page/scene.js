// Where things stand: lanes from left to right, notes beside them or, on a narrow screen, over them.

const NATURAL = 16, LARGEST = 90, TOP = 14, BOTTOM = 56, NARROWEST = 84;
const view = { linear: false, top: 0, scale: 1, width: 0, height: 0 };
const scene = { lanes: [], order: [], rank: [], spacing: 0, right: 0, notes: 0, gutter: 0, digits: 6 };

function layOut(available) {
  const hosts = data.hosts.length, between = Math.max(hosts - 1, 1);
  scene.digits = data.length_us < 3.6e9 ? 6 : 3;
  scene.gutter = Math.ceil(clock(data.length_us, scene.digits).length * 6.7 + 14 + 14 * claims.columns + STRIP * strips.columns);
  const room = Math.max(available - scene.gutter, 160), margin = room > 400 && hosts < 9 ? 64 : 46;
  const narrowest = printing ? 30 : NARROWEST, lanes = 2 * margin + between * narrowest;
  const notes = room >= Math.max(lanes + 260, 560) ? Math.min(Math.max(room * .3, 220), 460) : 0;
  scene.spacing = Math.min(Math.max((room - notes - 2 * margin) / between, narrowest), 640);
  scene.right = 2 * margin + scene.spacing * between;
  view.width = Math.max(room, scene.right + notes);
  scene.notes = notes ? view.width - scene.right : 0;
  if (!notes) scene.right = view.width;
  scene.lanes = data.hosts.map((_, host) => margin + scene.spacing * (hosts === 1 ? .5 : scene.rank[host]));
}

// Puts intervals into as few columns as keep them apart, and no more than `most`.
function columnsOf(intervals, most) {
  const free = [];
  intervals.sort((a, b) => a.from - b.from);
  for (const interval of intervals) {
    let column = free.findIndex(until => until <= interval.from);
    if (column < 0) column = Math.min(free.length, most - 1);
    free[column] = Math.max(free[column] ?? 0, interval.to);
    interval.column = column;
  }
  return free.length;
}

function claimColumns() {
  const intervals = data.claims.map(claim => {
    const end = claim.to_us ?? data.length_us;
    return { claim, from: claim.from_us, end, to: Math.max(end, claim.latest_us ?? 0) };
  });
  return { intervals, columns: columnsOf(intervals, 3) };
}

// The stretches of socket states along each host's lane.
function stateColumns() {
  return data.hosts.map((_, host) => {
    const sockets = data.sockets.filter(socket => socket.host === host).map(socket => {
      const stretches = socket.states.map(([from, state], k) => {
        const to = socket.states[k + 1]?.[0] ?? data.length_us;
        return { from, to, state, label: socket.label };
      }).filter(stretch => !/^(CLOSE|CLOSED|gone)$/i.test(stretch.state));
      return { stretches, from: stretches[0]?.from ?? 0, to: stretches.at(-1)?.to ?? 0 };
    }).filter(socket => socket.stretches.length);
    const columns = columnsOf(sockets, 6), width = 13;
    if (columns > (data.hosts.length > 4 ? 1 : 3)) return mergedStates(sockets);
    const stretches = sockets.flatMap(socket => socket.stretches.map(stretch => ({ ...stretch, column: socket.column })));
    return { columns, width, half: columns * width / 2, stretches };
  });
}

// Many sockets are one bar: how many are in which state, and the one that most are in.
function mergedStates(sockets) {
  const changes = sockets.flatMap(({ stretches }) => stretches.flatMap(({ from, to, state }) => [[from, state, 1], [to, state, -1]]));
  changes.sort((a, b) => a[0] - b[0]);
  const counts = new Map(), stretches = [];
  changes.forEach(([t, state, by], k) => {
    counts.set(state, (counts.get(state) ?? 0) + by);
    const until = changes[k + 1]?.[0];
    if (until === undefined || until <= t) return;
    const there = [...counts].filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);
    if (!there.length) return;
    const text = there.map(([state, n]) => `${n} ${state}`).join(", "), last = stretches.at(-1);
    if (last && last.to === t && last.text === text) last.to = until;
    else stretches.push({ from: t, to: until, state: there[0][0], text, label: count(there.reduce((sum, [, n]) => sum + n, 0), "socket", "sockets"), column: 0 });
  });
  return { columns: 1, width: 13, half: 6.5, stretches };
}

function stateColour(state) {
  if (state === "ESTAB") return "state-estab";
  if (state.startsWith("SYN")) return "state-syn";
  return /WAIT|CLOS|LAST/.test(state) ? "state-end" : "state-other";
}

function y(t) {
  return TOP + (axis.u(t) - view.top) * view.scale;
}

function timeAt(height) {
  return Math.min(Math.max(axis.t(view.top + (height - TOP) / view.scale), 0), data.length_us);
}

function fitScale() {
  return Math.max(view.height - TOP - BOTTOM, 50) / axis.total;
}

// Keeps the view on the test.
function settle() {
  const most = view.linear ? 20 : LARGEST;
  const least = Math.min(fitScale(), view.linear ? Infinity : 24);
  view.scale = Math.min(Math.max(view.scale, least), Math.max(most, least));
  const last = axis.total - (view.height - TOP - BOTTOM) / view.scale;
  view.top = Math.max(0, Math.min(view.top, last));
}

// What the drawing shows now: which of the chosen packets reach into it.
function shown() {
  const from = timeAt(0), to = timeAt(view.height);
  const first = lowerBound(chosen.list.length, k => chosen.reach[k], from);
  let last = lowerBound(chosen.list.length, k => p.t[chosen.list[k]], to);
  while (last < chosen.list.length && p.t[chosen.list[last]] <= to) last++;
  return { from, to, first, last };
}
