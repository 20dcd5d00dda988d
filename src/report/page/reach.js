// The faults as a list above the diagram, and who reaches whom as a table, for more hosts than two.

// Of so many hosts a table can still be read.
const MOST_HOSTS = 32;
// The fault that the reader points at or has chosen.
let lit = null, pressed = null;

function showFaults() {
  const many = data.hosts.length > 2 && entries.length > 0;
  $("faults").hidden = !many;
  if (!many) return;
  const at = data.failed_at_us ?? data.length_us;
  const first = entries.filter(entry => isInEffect(entry, at)), then = entries.filter(entry => !isInEffect(entry, at));
  const list = (title, some) => (some.length ? [element("h2", title), element("ol", null, ...some.map(entryItem))] : []);
  const failed = data.failed_at_us != null, now = failed ? "Faults in effect when the test failed" : "Faults in effect at the end";
  $("faults").replaceChildren(...list(now, first), ...list(failed ? "Faults at other times" : "Faults before", then));
  showReach();
}

function entryItem(entry) {
  const badge = element("b", String(entry.number)), sign = element("span", entry.sign), button = element("button", null, badge, sign);
  badge.className = "badge";
  sign.className = "sign";
  button.append(element("strong", entry.title), " ", ...sidesOfItem(entry), " ", element("small", whenOf(entry)));
  button.type = "button";
  button.title = entry.faults.map(fault => fault.what).join("\n");
  button.setAttribute("aria-pressed", "false");
  button.classList.toggle("over", !isInEffect(entry, data.failed_at_us ?? data.length_us));
  button.onmouseenter = button.onfocus = () => light(entry);
  button.onmouseleave = button.onblur = () => light(pressed);
  button.onclick = () => press(entry);
  entry.button = button;
  const item = element("li", null, button);
  item.classList.toggle("long", button.textContent.length > 68);
  return item;
}

// The sides with their letters, or what else says where it is.
function sidesOfItem(entry) {
  if (!entry.sides || entry.hosts.length < 3) return [element("span", whereOf(entry))];
  const arrow = entry.oneWay ? " ⇥ " : " ∥ ";
  return entry.sides.flatMap((side, number) => {
    const made = element("span", null, element("i", sideLetter(number)), ` ${namesOf(side)}`);
    made.className = "side";
    return number ? [arrow, made] : [made];
  });
}

function whenOf(entry) {
  const until = entry.to === null ? "the end" : `${clock(entry.to, 3)} s`;
  return `${clock(entry.from, 3)} – ${until}${counted(entry)}`;
}

// Shows one fault alone: its pairs in the table, its packets in the diagram.
function light(entry) {
  if (lit === entry) return;
  lit = entry;
  for (const one of entries) one.button?.classList.toggle("lit", one === entry);
  showReach();
  showLanes();
  redraw();
}

function press(entry) {
  pressed = pressed === entry ? null : entry;
  for (const one of entries) one.button?.setAttribute("aria-pressed", String(one === pressed));
  light(pressed);
  if (pressed && (entry.from > timeAt(view.height) || (entry.to ?? Infinity) < timeAt(0))) goTo(entry.from);
}

// Hosts by what tells them apart, where that is short.
function shortNames() {
  const names = data.hosts.map(host => host.name);
  let same = 0;
  while (names.every(name => name.length > same + 1 && name[same] === names[0][same])) same++;
  while (same && /[0-9]/.test(names[0][same - 1])) same--;
  const short = names.map(name => name.slice(same));
  return short.every(name => name.length <= 3) ? short : null;
}

function showReach() {
  $("reach").hidden = $("faults").hidden || data.hosts.length > MOST_HOSTS;
  if ($("reach").hidden) return;
  const chosenAt = selected >= 0 ? p.t[selected] : null, main = mainEntry();
  const t = chosenAt ?? data.failed_at_us ?? main.from, rows = reachAt(t, lit), order = scene.order, short = shortNames();
  const head = element("tr", null, element("td", "from \\ to"), ...order.map(host => {
    const made = element("th", short ? short[host] : hostName(host));
    made.scope = "col";
    made.title = hostName(host);
    return made;
  }));
  const body = order.map(from => element("tr", null, rowHead(from), ...order.map(to => reachCell(from, to, rows[from][to]))));
  const table = element("table", null, element("thead", null, head), element("tbody", null, ...body));
  table.className = `${short ? "" : "long"} ${data.hosts.length > 8 ? "small" : ""}`;
  const words = chosenAt != null ? `at ${clock(t, 3)} s` : data.failed_at_us != null ? "when the test failed" : `at ${clock(t, 3)} s`;
  const caption = lit ? `${lit.number}: who is cut off from whom` : `who reaches whom ${words}`;
  $("reach").replaceChildren(element("figcaption", caption), table);
}

function rowHead(host) {
  const made = element("th", hostName(host));
  made.scope = "row";
  return made;
}

function reachCell(from, to, entry) {
  const made = element("td", entry ? entry.sign : from === to ? "" : "·");
  if (from === to) made.className = "self";
  if (entry) made.classList.add(entry.effect === "impaired" || entry.effect === "held" ? "wire" : "cut");
  const way = from === to ? hostName(from) : `${hostName(from)} to ${hostName(to)}`;
  made.title = entry ? `${way}: ${EFFECTS[entry.effect]} (${entry.number}: ${entry.title})` : way;
  if (entry && from !== to) made.setAttribute("aria-label", `${EFFECTS[entry.effect]}`);
  return made;
}

// On which side of a fault a host stands, as its lane says it.
function sideOf(host) {
  const entry = lit ?? mainEntry();
  if (!entry?.sides || entry.hosts.length < 3 || data.hosts.length < 3) return null;
  const at = entry.sides.findIndex(side => side.includes(host));
  return at < 0 ? null : sideLetter(at);
}
