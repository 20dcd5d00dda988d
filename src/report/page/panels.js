// The text around the diagram. Everything goes in as text, never as HTML: names and messages are the
// test's own.

const ROWS = 200;
let tableRows = null, tablePage = 0;

function $(id) {
  return document.getElementById(id);
}

function element(name, text, ...children) {
  const made = document.createElement(name);
  if (text != null) made.textContent = text;
  made.append(...children);
  return made;
}

function showHead() {
  const bad = data.verdict !== "passed";
  document.title = `${data.verdict}: ${data.test}`;
  document.body.classList.toggle("bad", bad);
  $("verdict").textContent = data.verdict;
  // A path is broken where its words end.
  $("test").replaceChildren(...data.test.split(/(?<=::|_)/).flatMap(part => [part, element("wbr")]));
  $("place").textContent = data.failed_at ?? data.at ?? "";
  $("place").title = data.failed_at ? "where the test failed" : "where the test is";
  $("place").hidden = !$("place").textContent;
  const [first, ...rest] = (data.message ?? "").split("\n");
  $("message").replaceChildren(element("strong", first), rest.map(line => `\n${line}`).join(""));
  $("message").hidden = !data.message;
  const facts = [count(p.n - p.owns - p.hops + p.ownHops, "packet", "packets"), `took ${span(data.length_us)}`];
  if (data.failed_at_us != null) facts.push(`failed at ${clock(data.failed_at_us, 3)} s`);
  if (data.slow_factor > 1) facts.push(`limits stretched ${data.slow_factor} times`);
  if (data.begun) facts.push(`started ${data.begun}`);
  $("facts").textContent = facts.join(" · ");
  const missing = [[data.packets.lost, "lost by the capture"], [data.packets.discarded, "discarded to save memory"]];
  for (const [n, why] of missing.filter(([n]) => n)) {
    $("facts").append(" · ", element("strong", `${count(n, "packet", "packets")} ${why}`));
  }
}

// The programs that have ended with a failure before the test did: what a reader of a thousand refused
// connections looks for. Those that come again are told once.
function showEnded() {
  const ended = data.events.filter(event => event.kind === "process" && event.failed);
  const told = new Map(ended.map(event => [`${hostName(event.host)}: ${event.text}`, event]));
  const items = Array.from(told, ([text, event]) => {
    const button = element("button", `${text}, at ${clock(event.t_us, 3)} s`);
    button.type = "button";
    button.title = "show it in the diagram";
    button.onclick = () => goTo(event.t_us);
    return element("li", null, button);
  });
  $("ended").replaceChildren(...items.slice(-5));
  $("ended").hidden = !items.length;
}

function showLanes() {
  const lanes = $("lanes");
  lanes.style.width = `${scene.gutter + view.width}px`;
  $("corner").style.width = `${scene.gutter}px`;
  lanes.querySelectorAll(".host").forEach(host => host.remove());
  const short = scene.spacing < 70 ? shortNames() : null;
  data.hosts.forEach((host, number) => {
    const side = sideOf(number), address = short ? "" : host.addresses[0] ?? "";
    const made = element("span", null, element("b", short?.[number] ?? host.name), element("small", address));
    if (side) made.firstChild.prepend(element("i", side), " ");
    made.className = "host";
    made.title = [host.name, ...host.addresses].join("\n");
    const width = Math.min(scene.spacing - 4, 2 * scene.lanes[scene.order[0]], 220);
    made.style.left = `${scene.gutter + scene.lanes[number] - width / 2}px`;
    made.style.width = `${width}px`;
    lanes.append(made);
  });
}

function showFilters() {
  $("pair").append(new Option("all hosts", ""));
  const pairs = new Map();
  for (let i = 0; i < p.n; i++) {
    const from = p.from[p.leader[i]], a = Math.min(from, p.final[i]), b = Math.max(from, p.final[i]);
    if (a >= 0 && a !== b) pairs.set(a * 512 + b, `${a}-${b}`);
  }
  for (const [, pair] of [...pairs].sort(([a], [b]) => a - b)) {
    $("pair").append(new Option(pair.split("-").map(host => hostName(Number(host))).join(" and "), pair));
  }
  $("pair").parentElement.hidden = pairs.size < 2;
  $("housekeeping").parentElement.hidden = !p.owns;
  $("kind").append(new Option("all kinds", ""), new Option("TCP", "tcp"));
  for (const kind of KINDS) if (p.kind.includes(kindNumber[kind])) $("kind").append(new Option(WORDS[kind], kind));
}

function showCount() {
  const n = $("housekeeping").checked ? p.n - p.hops : p.n - p.owns - p.hops + p.ownHops;
  const all = n.toLocaleString("en"), some = chosen.packets.toLocaleString("en");
  $("count").textContent = filtered ? `${some} of ${count(n, "packet", "packets")}` : "";
  $("clear").hidden = !filtered;
  ladder.setAttribute("aria-label", `Packets between the hosts, ${some} of ${all}; time runs downwards`);
}

function describeView({ from, to, first, last }) {
  const number = count(last - first, "packet", "packets");
  const hint = density ? `; longest bar: ${density.most.toLocaleString("en")}, zoom in for arrows` : "";
  $("range").textContent = `${clock(from, 3)} – ${clock(to, 3)} s, ${number}${hint}`;
}

function showDetails() {
  const box = $("details");
  if (selected < 0) {
    box.replaceChildren(element("p", chosen.list.length ? "Click a packet, or press ↓ in the diagram, for its details." : "No packet was seen."));
    return;
  }
  const i = selected;
  const way = wayOf(i), facts = [way.length > 1 ? wayText(i) : `${hostName(p.from[i])} to ${hostName(p.to[i])}`];
  if (p.lost[i]) facts.push("dropped on the wire");
  else if (endOf(i)) facts.push(`${endOf(i)} has not forwarded it`);
  if (way.length > 1) facts.push(`${way.length} hops`);
  else if (p.held[i]) facts.push("held on the wire");
  else if (p.end[i] > p.t[i]) facts.push(`arrived after ${span(p.end[i] - p.t[i])}`);
  if (p.again[i]) facts.push(`retransmission ${p.again[i]}`);
  if (p.probe[i]) facts.push("keepalive or zero-window probe");
  const before = flowNeighbour(i, -1);
  if (before >= 0) facts.push(`${span(p.t[i] - p.t[before])} after the previous packet of its flow`);
  // With many hosts, of the faults those that it can have met.
  const standing = entries.filter(entry => isInEffect(entry, p.t[i]));
  const met = standing.filter(entry => !areMany() || way.some(hop => meets(entry, p.from[hop], p.to[hop])));
  for (const entry of met) facts.push(`during ${areMany() ? `${entry.number}${entry.sign} ${entry.title}` : entry.faults[0].what}`);
  box.replaceChildren(element("code", `${clock(p.t[i])} ${line(i)}`), element("p", facts.join(" · ")));
  if (way.length > 1) box.append(element("ol", null, ...hopLines(i).map(text => element("li", text))));
}

// The next packet of the same connection, among those that pass the filter.
function flowNeighbour(i, step) {
  const list = chosen.list;
  for (let k = lowerBound(list.length, k => list[k], i) + step; k >= 0 && k < list.length; k += step) {
    if (p.flow[list[k]] === p.flow[i] && p.before[list[k]] < 0) return list[k];
  }
  return -1;
}

function showTexts() {
  for (const [id, text] of [["network", data.network], ["processes", data.processes], ["sockets", data.sockets_text], ["threads", data.threads], ["rules", data.rules]]) {
    $(id).hidden = !text;
    $(id).querySelector("pre").textContent = text ?? "";
  }
  $("enter").hidden = !data.enter?.length;
  $("enter").querySelector("div").append(...(data.enter ?? []).map(command => element("pre", command)));
}

function showLegend() {
  const seen = new Set(Array.from(p.kind, (kind, i) => p.own[i] && !$("housekeeping").checked ? -1 : kind));
  const items = KINDS.filter(kind => seen.has(kindNumber[kind])).map(kind => {
    return legendItem(WORDS[kind], kind, "none", kind === "ack" || kind === "arp" ? "none" : `var(--${kind})`);
  });
  if (p.again.some(Boolean)) items.push(legendItem("retransmission (↻)", "data", "5 3", "var(--data)"));
  if (p.dropped.includes(1)) items.push(legendItem("dropped", "bad", "none", "none", "M23 2l8 8M31 2l-8 8"));
  if (p.hops) items.push(legendItem("forwarded by a router", "data", "none", "var(--data)", "M14 3a3 3 0 1 0 .1 0M26 2l8 4-8 4"));
  items.push(...legendOfFaults());
  $("legend").replaceChildren(...items);
}

function legendItem(text, ink, dash, fill, head = "M26 2l8 4-8 4") {
  const part = (name, attributes, ...children) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };
  const shaft = part("path", { d: "M1 6h28", "stroke-dasharray": dash }), tip = part("path", { d: head, fill });
  const picture = part("svg", { viewBox: "0 0 36 12", "aria-hidden": "true", stroke: `var(--${ink})`, "stroke-width": 1.8 }, shaft, tip);
  return element("li", null, picture, text);
}

// With two hosts a fault is a band between them; with more, each kind has its sign.
function legendOfFaults() {
  if (!areMany()) {
    const bands = [["band", "blocks traffic", entry => !/^(held|impaired)$/.test(entry.effect)], ["wire", "impairs or holds traffic", entry => /^(held|impaired)$/.test(entry.effect)]];
    return bands.filter(([, , is]) => entries.some(is)).map(([name, text]) => swatch(name, text));
  }
  return STRENGTH.filter(effect => entries.some(entry => entry.effect === effect)).map(effect => {
    const sign = element("b", SIGNS[effect]);
    sign.className = "sign";
    return element("li", null, sign, ` ${EFFECTS[effect]}`);
  });
}

function swatch(name, text) {
  const box = element("span");
  box.className = `swatch ${name}`;
  return element("li", null, box, text);
}

// All that happened, in the order of time: a packet by its number, a moment by one below zero.
function allRows() {
  const list = $("with-packets").checked ? chosen.list.filter(i => p.before[i] < 0) : [];
  const rows = new Int32Array(list.length + moments.length);
  let k = 0, m = 0;
  for (let n = 0; n < rows.length; n++) {
    const packetFirst = k < list.length && (m >= moments.length || p.t[list[k]] < moments[m].t);
    rows[n] = packetFirst ? list[k++] : -1 - m++;
  }
  return rows;
}

// How often something has to be there to be told once. Retransmissions are fewer, and their times matter.
const MANY = 4, MANY_PACKETS = 10;

// The rows of the table: what comes again between two moments that a reader looks for is one row, where
// it was first, with how often it was there, and until when.
function mergeRows() {
  const rows = Array.from(allRows(), number => ({ number, times: 1 }));
  if (!$("once").checked) return rows;
  const kept = [];
  let stretch = new Map();
  const finish = () => {
    for (const alike of stretch.values()) {
      if (alike.length < (alike[0].number < 0 ? MANY : MANY_PACKETS)) continue;
      const [first, ...more] = alike;
      Object.assign(first, { times: alike.length, until: timeOf(more.at(-1).number) });
      more.forEach(row => { row.times = 0; });
    }
    stretch = new Map();
  };
  for (const row of rows) {
    const key = alikeness(row.number);
    kept.push(row);
    if (key == null) finish();
    else if (stretch.has(key)) stretch.get(key).push(row);
    else stretch.set(key, [row]);
  }
  finish();
  return kept.filter(row => row.times);
}

function timeOf(number) {
  return number >= 0 ? p.t[number] : moments[-1 - number].t;
}

// What rows have in common that repeat each other; nothing for what is never one of many.
function alikeness(i) {
  if (i < 0) {
    const moment = moments[-1 - i];
    return moment.alike == null || ["process", "address", "change"].includes(moment.kind) ? null : `${moment.host} ${moment.alike}`;
  }
  const [sport, dport] = [p.sport[i], p.dport[i]].map(port => port < 32768 ? port : "");
  return [p.from[i], p.to[i], p.kind[i], p.flags(i), sport, dport, p.lost[i], p.again[i] > 0].join();
}

function showTable() {
  if (!$("timeline").open) return;
  tableRows ??= mergeRows();
  const pages = Math.max(Math.ceil(tableRows.length / ROWS), 1);
  tablePage = Math.min(Math.max(tablePage, 0), pages - 1);
  const first = tablePage * ROWS, some = tableRows.slice(first, first + ROWS);
  $("timeline").querySelector("tbody").replaceChildren(...some.map(tableRow));
  $("rows").textContent = `rows ${tableRows.length ? first + 1 : 0} to ${first + some.length} of ${tableRows.length.toLocaleString("en")}`;
  $("earlier").disabled = tablePage === 0;
  $("later").disabled = tablePage === pages - 1;
}

function tableRow({ number, times, until }) {
  const often = times > 1 ? `, ${times.toLocaleString("en")} times until ${clock(until)}` : "";
  if (number >= 0) {
    const what = p.lost[number] ? "dropped" : p.held[number] ? "held" : p.again[number] ? "retransmission" : WORDS[KINDS[p.kind[number]]];
    const hosts = wayText(number);
    return row(p.lost[number] ? "bad" : "", p.t[number], what, hosts, line(number) + often, () => select(number));
  }
  const moment = moments[-1 - number];
  const host = moment.hosts ?? (moment.host == null ? "" : hostName(moment.host));
  const what = moment.what === "bad" ? (moment.kind ?? "failed") : (moment.kind ?? moment.what);
  return row(moment.what, moment.t, what, host, [moment.text + often, moment.at].filter(Boolean).join("  "), () => goTo(moment.t));
}

function row(name, t, what, host, text, go) {
  const time = element("button", clock(t));
  time.type = "button";
  time.title = "show it in the diagram";
  time.onclick = () => { go(); $("diagram").scrollIntoView({ block: "nearest" }); };
  const made = element("tr", null, element("td", null, time), element("td", what), element("td", host), element("td", text));
  if (name) made.className = name;
  return made;
}
