// From time to height. To scale, a unit of the axis is a microsecond. Folded, each thing that happens
// gets a row of its own, and the time between two of them only some room by its order of magnitude.

const IDLE = 20000;
const ROOM = { departure: 1, hop: .5, arrival: .7, note: 1.1, event: .9, state: .3 };

function linearAxis(length) {
  return { total: length, u: t => t, t: u => u, next: t => t, gaps: [] };
}

function foldedAxis(length, chosen, moments) {
  const list = chosen.list;
  const arrivals = Float64Array.from(list, i => p.end[i]).sort();
  const notes = moments.filter(moment => moment.note).map(moment => moment.t);
  const events = moments.filter(moment => moment.event).map(moment => moment.t);
  const states = moments.filter(moment => moment.what === "socket").map(moment => moment.t);
  const streams = [
    { n: list.length, at: k => p.t[list[k]], room: k => (p.before[list[k]] < 0 ? ROOM.departure : ROOM.hop) }, { n: arrivals.length, at: k => arrivals[k], room: () => ROOM.arrival },
    { n: notes.length, at: k => notes[k], room: () => ROOM.note }, { n: events.length, at: k => events[k], room: () => ROOM.event },
    { n: states.length, at: k => states[k], room: () => ROOM.state }, { n: 1, at: () => length, room: () => ROOM.note },
  ];
  return lookup(...mergeStreams(streams));
}

// Merges the streams into one ascending sequence of times with their heights.
function mergeStreams(streams) {
  const size = streams.reduce((sum, stream) => sum + stream.n, 1);
  const times = new Float64Array(size), units = new Float64Array(size), gaps = [];
  const next = streams.map(() => 0), heads = streams.map(stream => stream.n ? stream.at(0) : Infinity);
  let n = 1;
  for (;;) {
    let first = 0;
    for (let s = 1; s < heads.length; s++) if (heads[s] < heads[first]) first = s;
    const t = heads[first];
    if (t === Infinity) break;
    const room = streams[first].room(next[first]);
    heads[first] = ++next[first] < streams[first].n ? streams[first].at(next[first]) : Infinity;
    const passed = t - times[n - 1];
    if (passed > 0) {
      times[n] = t;
      units[n] = units[n - 1] + room + idleRoom(passed);
      if (passed >= IDLE) gaps.push({ from: times[n - 1], to: t });
      n++;
    } else if (n > 1 && times[n - 1] === t) {
      const least = units[n - 2] + room + idleRoom(t - times[n - 2]);
      units[n - 1] = Math.max(units[n - 1], least);
    }
  }
  return [times.subarray(0, n), units.subarray(0, n), gaps];
}

function idleRoom(passed) {
  return passed < IDLE ? 0 : .9 + .4 * Math.log10(passed / IDLE);
}

function lookup(times, units, gaps) {
  const n = times.length;
  const inside = (from, to, k, value) => {
    const width = from[k] - from[k - 1], part = width > 0 ? Math.min(Math.max((value - from[k - 1]) / width, 0), 1) : 1;
    return to[k - 1] + part * (to[k] - to[k - 1]);
  };
  const between = (from, to) => value => {
    return inside(from, to, Math.min(Math.max(lowerBound(n, k => from[k], value), 1), n - 1), value);
  };
  let at = 1;
  return {
    total: Math.max(units[n - 1], 1), u: between(times, units), t: between(units, times), gaps,
    // As `u`, for those who ask in the order of time.
    next: t => {
      if (times[at - 1] > t) at = 1;
      while (at < n - 1 && times[at] < t) at++;
      return inside(times, units, at, t);
    },
  };
}

// The height of each chosen packet's departure: for the overview and for density, which go through
// all of them.
function departures(axis, list) {
  const heights = new Float64Array(list.length);
  for (let k = 0; k < list.length; k++) heights[k] = axis.next(p.t[list[k]]);
  return heights;
}

// A step of 1, 2 or 5 times a power of ten that is not below `least`.
function niceStep(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  return [1, 2, 5, 10].map(factor => factor * power).find(step => step >= least * .999);
}
