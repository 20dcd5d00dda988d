// What the report holds, in a form that can be gone through quickly: packets as columns, everything
// else as moments in the order of time.

const KINDS = ["syn", "fin", "rst", "data", "ack", "udp", "icmp", "arp", "other"];
const WORDS = { syn: "SYN", fin: "FIN", rst: "RST", data: "data", ack: "ACK", udp: "UDP", icmp: "ICMP", arp: "ARP", other: "other" };
const kindNumber = Object.fromEntries(KINDS.map((kind, number) => [kind, number]));

function kindOf(protocol, flags, length) {
  if (protocol !== "tcp") {
    return kindNumber[protocol === "icmp6" ? "icmp" : protocol] ?? kindNumber.other;
  }
  if (flags.includes("R")) return kindNumber.rst;
  if (flags.includes("S")) return kindNumber.syn;
  if (flags.includes("F")) return kindNumber.fin;
  return length > 0 ? kindNumber.data : kindNumber.ack;
}

function readPackets(packets) {
  const column = Object.fromEntries(packets.columns.map((name, place) => [name, place]));
  const rows = packets.rows;
  let rowOf = row => row;
  for (let i = 1; i < rows.length; i++) {
    if (rows[i][column.t] < rows[i - 1][column.t]) {
      const before = new Map(rows.map((row, place) => [place, row]));
      rows.sort((a, b) => a[column.t] - b[column.t]);
      const places = new Map(rows.map((row, place) => [row, place]));
      rowOf = row => places.get(before.get(row));
      break;
    }
  }
  const n = rows.length;
  const p = {
    n, t: new Float64Array(n), end: new Float64Array(n), from: new Int16Array(n), to: new Int16Array(n),
    sport: new Uint16Array(n), dport: new Uint16Array(n), length: new Uint32Array(n), kind: new Uint8Array(n),
    dropped: new Uint8Array(n), held: new Uint8Array(n), again: new Uint16Array(n), probe: new Uint8Array(n), own: new Uint8Array(n), owns: 0, ownHops: 0, flow: new Float64Array(n),
    flags: i => rows[i][column.flags] ?? "", seq: i => rows[i][column.seq], ack: i => rows[i][column.ack],
    protocol: i => rows[i][column.kind],
  };
  for (let i = 0; i < n; i++) {
    const row = rows[i], arrived = row[column.arrived];
    p.t[i] = row[column.t];
    p.dropped[i] = arrived === null ? 1 : 0;
    p.end[i] = arrived === null ? p.t[i] : Math.max(arrived, p.t[i]);
    p.held[i] = row[column.held] ? 1 : 0;
    p.from[i] = row[column.from];
    p.to[i] = row[column.to];
    p.sport[i] = row[column.sport] ?? 0;
    p.dport[i] = row[column.dport] ?? 0;
    p.length[i] = row[column.length] ?? 0;
    p.owns += p.own[i] = row[column.own] ? 1 : 0;
    p.kind[i] = kindOf(row[column.kind], p.flags(i), p.length[i]);
  }
  readHops(p, packets.hops ?? [], rowOf);
  for (let i = 0; i < n; i++) p.ownHops += p.own[i] && p.before[i] >= 0 ? 1 : 0;
  markFlows(p);
  markRetransmissions(p);
  return p;
}

// A segment that ends no later than what its sender has sent before is a retransmission; an empty
// one just before that end is what keepalive and the zero-window probe look like. A SYN may have
// the wire's number where the rest is counted from it, so the count begins after it.
function markRetransmissions(p) {
  const sent = new Map();
  for (let i = 0; i < p.n; i++) {
    const there = ((p.from[i] * 512 + p.to[i] + 1) * 65536 + p.sport[i]) * 65536 + p.dport[i];
    if (p.before[i] >= 0) {
      // The same packet as before, and no other one.
      p.again[i] = p.again[p.leader[i]];
      p.probe[i] = p.probe[p.leader[i]];
      continue;
    }
    const seq = p.seq(i), known = sent.get(there);
    if (p.protocol(i) !== "tcp" || seq == null || p.kind[i] === kindNumber.rst) continue;
    if (p.kind[i] === kindNumber.syn) {
      if (known && known.next === null && known.syn === seq) p.again[i] = ++known.times;
      else sent.set(there, { syn: seq, next: null, times: 0 });
      continue;
    }
    const size = p.length[i] + (p.kind[i] === kindNumber.fin ? 1 : 0), end = seq + size;
    if (!known) {
      sent.set(there, { next: end, times: 0 });
    } else if (known.next === null || (size && ((end - known.next) | 0) > 0)) {
      known.next = end;
      known.times = 0;
    } else if (size) {
      p.again[i] = ++known.times;
    } else if (seq === known.next - 1) {
      p.probe[i] = 1;
    }
  }
}

// A port that the kernel has chosen tells nothing of what is alike (ip(7), ip_local_port_range).
const CHOSEN_PORT = /:(3276[89]|327[7-9]\d|32[89]\d\d|3[3-9]\d{3}|[4-6]\d{4})(?!\d)/g;

// Everything that is not a packet, by time. `note` stands beside the diagram, `event` on a lane.
function readMoments(data) {
  const all = [];
  const add = (t, what, text, more) => { if (t != null) all.push({ t, what, text, ...more }); };
  for (const entry of areMany() ? entries : []) addEntry(entry, add);
  for (const fault of areMany() ? [] : data.faults) {
    const hosts = fault.hosts.map(host => data.hosts[host]?.name).join(", ");
    add(fault.from_us, "fault", `${fault.what}: in effect`, { hosts, note: "▨" });
    for (const [from, to] of fault.suspended ?? []) {
      add(from, "fault", `${fault.what}: suspended`, { hosts, note: "▨" });
      add(to, "fault", `${fault.what}: in effect again`, { hosts, note: "▨" });
    }
    if (fault.to_us != null) {
      const after = `lifted after ${span(fault.to_us - fault.from_us)}`;
      add(fault.to_us, "fault", `${fault.what}: ${after}${counted(fault)}`, { hosts, note: "▨" });
    }
  }
  for (const claim of data.claims) {
    add(claim.from_us, "claim", `claim to ${claim.what}`, { note: "◇", at: claim.at });
    const end = claim.to_us ?? (claim.outcome === "pending" ? null : claim.from_us);
    const sign = { met: "✓", failed: "✗" }[claim.outcome] ?? "…";
    const after = end == null ? "" : ` after ${span(end - claim.from_us)}`;
    const tries = claim.tries ? `, ${count(claim.tries, "try", "tries")}` : "";
    add(end, claim.outcome === "failed" ? "bad" : "claim", `claim to ${claim.what}: ${claim.outcome}${after}${tries}`, { note: sign, at: claim.at });
  }
  for (const mark of data.marks) add(mark.t_us, "mark", mark.text, { note: "⚑", rule: true });
  for (const event of data.events) {
    add(event.t_us, event.failed ? "bad" : "event", event.text, {
      host: event.host, kind: event.kind, event: true, alike: event.alike,
    });
  }
  for (const socket of data.sockets) {
    for (const [t, state] of socket.states) add(t, "socket", `${socket.label}: ${state}`, {
      host: socket.host, alike: `${socket.label.replace(CHOSEN_PORT, "")} ${state}`,
    });
  }
  if (data.failed_at_us != null) {
    const message = (data.message ?? "").split("\n")[0];
    add(data.failed_at_us, "bad", `the test failed${message && ": "}${message}`, { note: "■", rule: true, failure: true });
  }
  return all.sort((a, b) => a.t - b.t);
}

// With many hosts, what was done in one step is told once, by its number.
function addEntry(entry, add) {
  const text = `${entry.number}${entry.sign} ${entryText(entry)}`, hosts = namesOf(entry.hosts), more = { hosts, note: "▨" };
  add(entry.from, "fault", `${text}: in effect`, more);
  for (const [from, to] of entry.suspended) {
    add(from, "fault", `${text}: suspended`, more);
    add(to, "fault", `${text}: in effect again`, more);
  }
  if (entry.to !== null) add(entry.to, "fault", `${entry.number}${entry.sign} ${entry.title}: lifted after ${span(entry.to - entry.from)}${counted(entry)}`, more);
}

function counted(fault) {
  return fault.packets == null ? "" : `, ${count(fault.packets, "packet", "packets")}`;
}

function count(n, one, many) {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

// A length of time in words: three digits are enough to compare.
function span(us) {
  const digits = value => String(Number(value.toPrecision(3)));
  if (us < 999.5) return `${digits(us)} µs`;
  if (us < 999500) return `${digits(us / 1e3)} ms`;
  if (us < 119.5e6) return `${digits(us / 1e6)} s`;
  const seconds = Math.round(us / 1e6), hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
  return hours ? `${hours} h ${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

// A point in time as tcpdump prints it, since the beginning of the test.
function clock(us, decimals = 6) {
  const seconds = us / 1e6;
  if (seconds < 60) return seconds.toFixed(decimals);
  const whole = Math.floor(seconds / 60) * 60;
  const rest = (seconds - whole).toFixed(decimals).padStart(decimals ? decimals + 3 : 2, "0");
  const minutes = whole / 60, hours = Math.floor(minutes / 60);
  return hours ? `${hours}:${String(minutes % 60).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

function hostName(host) {
  return data.hosts[host]?.name ?? "everyone";
}

// A packet as tcpdump prints it, with the hosts' names.
function line(i) {
  const from = hostName(p.from[i]), to = hostName(p.before[i] < 0 ? p.final[i] : p.to[i]), flags = p.flags(i);
  const ends = `${from}.${p.sport[i]} > ${to}.${p.dport[i]}`;
  if (p.kind[i] === kindNumber.udp) return `${ends}: UDP, length ${p.length[i]}`;
  if (p.protocol(i) !== "tcp") return `${from} > ${to}: ${p.protocol(i).toUpperCase()} ${flags}, length ${p.length[i]}`;
  const seq = p.seq(i), ack = p.ack(i), size = p.length[i];
  const first = seq == null ? "" : `, seq ${size ? `${seq}:${seq + size}` : seq}`;
  const acked = ack == null || !/[A.]/.test(flags) ? "" : `, ack ${ack}`;
  return `${ends}: Flags [${flags.replace("A", ".")}]${first}${acked}, length ${size}`;
}

// The least that says what it is; a turning arrow is a retransmission.
function shortLabel(i) {
  const kind = KINDS[p.kind[i]];
  const word = kind === "data" ? `${p.length[i]} B` : kind === "syn" && /[A.]/.test(p.flags(i)) ? "SYN-ACK" : WORDS[kind];
  return p.again[i] ? `${word} ↻${p.again[i]}` : word;
}

// What stands on a packet's arrow.
function label(i) {
  const kind = KINDS[p.kind[i]], flags = p.flags(i);
  const again = p.again[i] ? ` retransmission ${p.again[i]}` : "";
  const size = p.length[i] ? ` ${p.length[i].toLocaleString("en")} B` : "";
  if (kind === "syn") return (/[A.]/.test(flags) ? "SYN-ACK" : "SYN") + again;
  if (p.probe[i]) return "keep-alive";
  if (kind === "icmp" || kind === "arp" || kind === "other") return `${WORDS[kind]} ${flags}`.trim();
  if (kind === "fin") return `FIN${size}${again}`;
  return WORDS[kind] + size + again;
}
