// Faults as a reader counts them. Blocks of one kind that begin and end together are one entry, and where
// hosts fall into sides, of which none reaches another, the entry has the sides.

// So far apart is what a test has done in one step.
const TOGETHER = 20000;
// Where nothing was done in between, as far as a slow machine explains it.
const WITHOUT_A_BREAK = 250000;
const SIGNS = { lost: "✕", answered: "↩\ufe0e", held: "‖", impaired: "≈", some: "◐", off: "○", unplugged: "✂\ufe0e", frozen: "❄\ufe0e", other: "!" };
const EFFECTS = {
  lost: "nothing passes", answered: "answered with a reset or an error", held: "held on the wire", impaired: "impaired",
  some: "part of the traffic is blocked", off: "powered off", unplugged: "unplugged", frozen: "frozen", other: "something else",
};
// Of two effects the one that leaves less comes first.
const STRENGTH = ["off", "unplugged", "lost", "answered", "held", "some", "other", "frozen", "impaired"];

function effectOf(fault) {
  const verb = fault.what.split(" ")[0], does = fault.does ?? "drop";
  if (fault.wire) return /^hold/.test(fault.wire) ? "held" : "impaired";
  const known = { power: "off", freeze: "frozen", cut: "unplugged" }[verb];
  if (known) return known;
  if (verb !== "block" && verb !== "partition") return "other";
  if (/rules|tables|\((?!(to|from) peer\))/.test(does)) return "some";
  return /^(reset|refuse)/.test(does) ? "answered" : "lost";
}

// Who sends to whom what does not arrive: the first of a pair to the second, and the other way unless it
// is `oneWay`.
function pairsOf(fault) {
  const pairs = fault.pairs ?? (fault.groups ? acrossGroups(fault.groups) : fault.hosts.length === 2 ? [fault.hosts] : []);
  return fault.way === "from peer" ? pairs.map(([a, b]) => [b, a]) : pairs;
}

function acrossGroups(groups) {
  return groups.flatMap((group, at) => group.flatMap(a => groups.slice(at + 1).flat().map(b => [a, b])));
}

function readEntries(data) {
  const entries = [];
  const inOrder = data.faults.filter(fault => fault.from_us != null).sort((a, b) => a.from_us - b.from_us);
  for (const fault of inOrder) {
    const joins = /^(block|impair) /.test(fault.what) && pairsOf(fault).length === 1 && !fault.suspended?.length;
    const key = joins ? `${fault.what.split(" ")[0]} ${(fault.does ?? "").replace(/ \[seed.*/, "")} ${fault.way}` : null;
    const entry = key && entries.find(entry => entry.key === key && isBeside(entry, fault) && !entry.faults.some(one => one.hosts.every(host => fault.hosts.includes(host))));
    if (entry) joinTo(entry, fault);
    else entries.push({ key, faults: [fault], pairs: pairsOf(fault), from: fault.from_us, last: fault.from_us, to: fault.to_us ?? null });
  }
  entries.forEach(complete);
  return entries;
}

// Guards that fall when the test has failed fall together; so do those of which one is lifted after the other.
function isBeside({ faults, from, last, to }, fault) {
  const end = fault.to_us ?? null, apart = Math.max(TOGETHER, (to - from) / 10), failed = data.failed_at_us ?? Infinity;
  const ends = to === null || end === null ? to === end : Math.abs(to - end) < apart || (to > failed && end > failed);
  const limit = faults.includes(data.faults[fault.follows]) ? WITHOUT_A_BREAK : TOGETHER;
  return ends && (fault.asked_us ?? fault.from_us) - last < limit;
}

function joinTo(entry, fault) {
  entry.faults.push(fault);
  entry.pairs.push(...pairsOf(fault));
  entry.last = fault.from_us;
  if (entry.to !== null) entry.to = Math.max(entry.to, fault.to_us);
}

function complete(entry, number) {
  const { faults, pairs } = entry, [first] = faults;
  entry.number = number + 1;
  entry.effect = effectOf(first);
  entry.sign = SIGNS[entry.effect];
  entry.oneWay = first.way != null;
  entry.hosts = [...new Set(faults.flatMap(fault => fault.hosts))];
  entry.sides = first.groups ?? sidesOf(pairs, entry.hosts);
  // At hosts themselves, whoever they talk to; or on a link, between all of its members.
  entry.isAtHost = !pairs.length && entry.hosts.length === 1;
  entry.isOfLink = !pairs.length && entry.hosts.length > 1;
  entry.cut = new Set(pairs.flatMap(([a, b]) => (entry.oneWay ? [a * 512 + b] : [a * 512 + b, b * 512 + a])));
  entry.suspended = first.suspended ?? [];
  entry.packets = faults.some(fault => fault.packets != null) ? faults.reduce((sum, fault) => sum + (fault.packets ?? 0), 0) : null;
  entry.note = first.note;
  entry.title = titleOf(entry);
}

// The sides into which pairs part hosts, if every host of one is cut off from all of the others and from
// none of its own.
function sidesOf(pairs, hosts) {
  const cut = new Set(pairs.flatMap(([a, b]) => [a * 512 + b, b * 512 + a]));
  const sides = [];
  for (const host of hosts) {
    const side = sides.find(side => side.some(other => !cut.has(host * 512 + other)));
    if (side) side.push(host);
    else sides.push([host]);
  }
  const agree = sides.every(side => hosts.every(host => side.every(one => one === host || cut.has(one * 512 + host) !== side.includes(host))));
  return pairs.length && agree ? sides : null;
}

function titleOf({ faults, effect }) {
  const [first] = faults, verb = first.what.split(" ")[0], does = (first.wire ?? first.does ?? "").replace(/ \[seed.*/, "");
  const way = first.way ? ", one way" : "", policy = does.replace(/ ?\((to|from) peer\)/, "");
  if (verb === "partition") return `partition${/the ring/.test(first.what) ? " in a ring" : ""}${way}${policy && policy !== "drop" ? ` by ${policy}` : ""}`;
  if (faults.length > 1) return `${faults.length} ${verb === "block" ? "blocks" : "wires"}${way} ${policy && `by ${policy}`}`.trim();
  if (verb === "block") return `block${way}${policy && policy !== "drop" ? ` by ${policy}` : ""}`;
  if (effect === "impaired") return does;
  if (effect === "unplugged") return first.what.replace(/^cut (`.*?`) /, "cut ");
  return first.what.replace(/ (of )?`[^`]*`$/, "");
}

// Names of hosts, where three and more that follow each other are a stretch.
function namesOf(hosts) {
  const names = [];
  for (let at = 0; at < hosts.length;) {
    let end = at;
    while (end + 1 < hosts.length && hosts[end + 1] === hosts[end] + 1) end++;
    if (end - at > 2) names.push(`${hostName(hosts[at])} … ${hostName(hosts[end])}`);
    else for (let one = at; one <= end; one++) names.push(hostName(hosts[one]));
    at = end + 1;
  }
  return names.join(", ");
}

function sideLetter(number) {
  return String.fromCharCode(65 + number % 26);
}

// Who is cut off from whom, in words.
function whereOf(entry) {
  if (entry.isAtHost) return hostName(entry.hosts[0]);
  if (entry.isOfLink) return `between ${namesOf(entry.hosts)}`;
  if (entry.sides) return entry.sides.map(side => namesOf(side)).join(entry.oneWay ? " ⇥ " : " ∥ ");
  const others = entry.hosts.map(host => entry.pairs.filter(pair => pair.includes(host)).length);
  if (entry.pairs.length > 6) return `${namesOf([...entry.hosts].sort((a, b) => a - b))}, each cut off from ${range(others)} of ${entry.hosts.length - 1} others`;
  return entry.pairs.map(pair => pair.map(hostName).join(entry.oneWay ? " ⇥ " : " ∥ ")).join(", ");
}

function range(numbers) {
  const least = Math.min(...numbers), most = Math.max(...numbers);
  return least === most ? String(least) : `${least} to ${most}`;
}

function entryText(entry) {
  return `${entry.title}: ${whereOf(entry)}`;
}

function isInEffect(entry, t) {
  return entry.from <= t && t <= (entry.to ?? Infinity) && !entry.suspended.some(([from, to]) => from <= t && t < to);
}

// The stretches of time in which it is in effect.
function piecesOf({ from, to, suspended }) {
  const pieces = [];
  for (const [begin, end] of suspended) {
    pieces.push([from, begin]);
    from = end;
  }
  return [...pieces, [from, to ?? data.length_us]];
}

// Whether what one host sends another meets it.
function meets(entry, from, to) {
  if (entry.isAtHost) return entry.hosts[0] === from || entry.hosts[0] === to;
  if (entry.isOfLink) return entry.hosts.includes(from) && (to < 0 || entry.hosts.includes(to));
  return entry.cut.has(from * 512 + to);
}

// Of all faults the one that a reader looks for first: in effect when the test failed, and with the most
// hosts in sides.
function mainEntry() {
  const at = data.failed_at_us ?? data.length_us;
  const weight = entry => (entry.sides ? entry.pairs.length : 0) + (isInEffect(entry, at) ? 1e6 : 0);
  return entries.reduce((best, entry) => (!best || weight(entry) > weight(best) ? entry : best), null);
}

// The hosts from left to right: those of a side stand together, and who sees all sides between them. Routers
// stand between the links that they join.
function orderOfHosts() {
  const hosts = alongLinks(), main = mainEntry();
  if (!main?.sides || main.hosts.length < 4 || main.effect === "unplugged") return hosts;
  const between = main.sides.length / 2 - .75;
  const side = host => { const at = main.sides.findIndex(side => side.includes(host)); return at < 0 ? between : at; };
  const place = new Map(hosts.map((host, at) => [host, at]));
  return hosts.sort((a, b) => side(a) - side(b) || place.get(a) - place.get(b));
}

// Link by link, as far as routers lead from each.
function alongLinks() {
  const all = data.hosts.map((_, host) => host), links = data.links ?? [], seen = new Set(), order = [];
  const isRouter = host => links.filter(link => link.includes(host)).length > 1;
  if (!all.some(isRouter)) return all;
  const put = host => { if (!order.includes(host)) order.push(host); };
  const visit = link => {
    if (seen.has(link)) return;
    seen.add(link);
    link.filter(host => !isRouter(host)).forEach(put);
    for (const router of link.filter(isRouter)) {
      put(router);
      links.filter(other => other.includes(router)).forEach(visit);
    }
  };
  links.forEach(visit);
  all.forEach(put);
  return order;
}
