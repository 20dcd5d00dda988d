// Puts the page together and answers to the reader.

const data = JSON.parse($("data").textContent);
const p = readPackets(data.packets);
const entries = readEntries(data), paths = pathsBetween(data);
scene.order = orderOfHosts();
scene.order.forEach((host, rank) => { scene.rank[host] = rank; });
const moments = readMoments(data);
const claims = claimColumns(), states = stateColumns(), strips = stripColumns(), gapColumns = columnsOfGaps();
let chosen = choose(null), filtered = false, selected = -1;
let axis, departs;
let waiting = false, printing = null;

function makeAxis() {
  axis = view.linear ? linearAxis(Math.max(data.length_us, 1)) : foldedAxis(Math.max(data.length_us, 1), chosen, moments);
  departs = departures(axis, chosen.list);
  background = null;
  $("linear").setAttribute("aria-checked", view.linear);
  $("folded").setAttribute("aria-checked", !view.linear);
}

function redraw() {
  settle();
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(drawNow);
}

function drawNow() {
  waiting = false;
  settle();
  draw();
}

// With the details below it, the diagram fills the window; where little is left, most of one; and where
// little has happened, no more than that takes.
function resize() {
  if (printing) return;
  const above = $("drawing").getBoundingClientRect().top + scrollY, below = 60 + $("legend").offsetHeight;
  const room = Math.max(innerHeight - above - below, innerHeight * .6, 320);
  const content = axis && !view.linear ? Math.max(TOP + BOTTOM + axis.total * 24, 240) : Infinity;
  resizeTo(() => $("scroll").clientWidth, Math.round(Math.min(room, content)));
}

function resizeTo(width, height) {
  const middle = axis && timeAt(view.height / 2);
  view.height = height;
  $("drawing").style.height = `${height}px`;
  layOut(width());
  showLanes();
  background = null;
  if (axis) centre(middle);
}

function centre(t) {
  view.top = axis.u(t) - (view.height / 2 - TOP) / view.scale;
  redraw();
}

// The first view: all of it where that can be read, else the end that failed, else the beginning.
function firstView() {
  view.scale = Math.min(fitScale(), 24);
  if (view.scale >= NATURAL * .8) return;
  view.scale = NATURAL;
  if (data.failed_at_us != null) showFailure();
}

function showFailure() {
  if (data.failed_at_us == null) return;
  view.top = axis.u(data.failed_at_us) - ((view.height - 90) - TOP) / view.scale;
  redraw();
}

function fit() {
  view.scale = Math.min(fitScale(), view.linear ? Infinity : 24);
  view.top = 0;
  redraw();
}

function zoom(factor, at = view.height / 2) {
  const u = view.top + (at - TOP) / view.scale;
  view.scale *= factor;
  settle();
  view.top = u - (at - TOP) / view.scale;
  redraw();
}

function setLinear(linear) {
  if (view.linear === linear) return;
  const middle = timeAt(view.height / 2);
  view.linear = linear;
  makeAxis();
  resize();
  view.scale = linear ? fitScale() : NATURAL;
  centre(middle);
}

function goTo(t) {
  if (!arrows.length || y(t) < 30 || y(t) > view.height - 30) centre(t);
  else redraw();
}

function select(i) {
  selected = i < 0 ? i : p.leader[i];
  showDetails();
  showReach();
  if (i < 0) return redraw();
  // So near that it is an arrow.
  if (density) view.scale = view.linear ? view.scale * density.total / (view.height / 6) : NATURAL;
  showLane(Math.max(p.from[i], 0));
  if (density) centre(p.t[i]);
  else goTo(p.t[i]);
}

function showLane(host) {
  const scroll = $("scroll"), at = scene.lanes[host] + scene.gutter - scroll.scrollLeft;
  if (at < scene.gutter || at > scroll.clientWidth) scroll.scrollLeft += at - scroll.clientWidth / 2;
}

// Packet by packet, beginning with the first that is shown.
function step(by, within) {
  const list = chosen.list;
  if (!list.length) return;
  if (selected < 0) return select(list[Math.min(shown().first, list.length - 1)]);
  const next = within ? flowNeighbour(selected, by) : neighbour(selected, by);
  if (next != null && next >= 0) select(next);
}

// The next packet, whatever it belongs to: its hops are passed over.
function neighbour(i, by) {
  const list = chosen.list;
  let k = lowerBound(list.length, k => list[k], i) + by;
  while (k >= 0 && k < list.length && p.before[list[k]] >= 0) k += by;
  return list[k];
}

function applyFilter() {
  const test = compileFilter({
    words: $("words").value, pair: $("pair").value, kind: $("kind").value,
    dropped: $("dropped").checked, retransmissions: $("retransmissions").checked,
  });
  const middle = timeAt(view.height / 2);
  chosen = choose(test, $("housekeeping").checked);
  filtered = test !== null;
  if (selected >= 0 && !chosen.list.includes(selected)) selected = -1;
  makeAxis();
  tableRows = null;
  tablePage = 0;
  showCount();
  showDetails();
  showLegend();
  showTable();
  centre(middle);
}

function setFilter(filter) {
  const given = typeof filter === "string" ? { words: filter } : filter;
  const { words = "", pair = "", kind = "", dropped = false, retransmissions = false } = given;
  const { housekeeping = $("housekeeping").checked } = given;
  $("words").value = words;
  $("pair").value = pair;
  $("kind").value = kind;
  $("dropped").checked = dropped;
  $("retransmissions").checked = retransmissions;
  $("housekeeping").checked = housekeeping;
  applyFilter();
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  $("theme").textContent = theme === "dark" ? "light" : "dark";
  $("theme").setAttribute("aria-label", `${$("theme").textContent} colours`);
  readColours();
  background = null;
  if (axis) redraw();
}

const keys = {
  "+": () => zoom(1.5), "=": () => zoom(1.5), "-": () => zoom(1 / 1.5), f: fit, e: showFailure, l: () => setLinear(!view.linear),
  ArrowDown: () => step(1), ArrowUp: () => step(-1), ArrowRight: () => step(1, true), ArrowLeft: () => step(-1, true),
  PageDown: () => pan(view.height * .8), PageUp: () => pan(-view.height * .8), " ": () => pan(view.height * .8),
  Home: () => { view.top = 0; redraw(); }, End: () => { view.top = axis.total; redraw(); },
  Escape: () => { if (pressed) press(pressed); select(-1); }, "/": () => $("words").focus(),
};

// Whether the view moved: at its ends the page scrolls.
function pan(points) {
  const before = view.top;
  view.top += points / view.scale;
  redraw();
  return view.top !== before;
}

function listen() {
  ladder.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) return;
    event.preventDefault();
    keys[event.key]();
  });
  $("drawing").addEventListener("wheel", onWheel, { passive: false });
  listenToPointers();
  for (const [id, act] of [["zoom-in", () => zoom(1.5)], ["zoom-out", () => zoom(1 / 1.5)], ["fit", fit], ["failure", showFailure],
    ["folded", () => setLinear(false)], ["linear", () => setLinear(true)], ["clear", () => setFilter("")],
    ["theme", () => setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark")],
    ["earlier", () => { tablePage--; showTable(); }], ["later", () => { tablePage++; showTable(); }]]) {
    $(id).addEventListener("click", act);
  }
  for (const id of ["words", "pair", "kind", "dropped", "retransmissions", "housekeeping"]) $(id).addEventListener("input", applyFilter);
  $("filters").addEventListener("submit", event => event.preventDefault());
  $("words").addEventListener("focus", () => { $("words-help").hidden = false; });
  for (const id of ["with-packets", "once"]) $(id).addEventListener("input", () => { tableRows = null; tablePage = 0; showTable(); });
  $("timeline").addEventListener("toggle", showTable);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", () => setTheme(dark.matches ? "dark" : "light"));
  addEventListener("beforeprint", forPaper);
  addEventListener("afterprint", forScreen);
  addEventListener("resize", resize);
  new ResizeObserver(resize).observe($("diagram"));
}

// On paper it is light, as wide as a page, and all of it if that can be read.
function forPaper() {
  printing = { theme: document.documentElement.dataset.theme, top: view.top, scale: view.scale };
  setTheme("light");
  document.querySelectorAll("details").forEach(one => { one.open = true; });
  resizeTo(() => 690, 680);
  if (fitScale() > 7) fit();
  drawNow();
}

function forScreen() {
  const { theme, top, scale } = printing;
  printing = null;
  setTheme(theme);
  resize();
  Object.assign(view, { top, scale });
  redraw();
}

function onWheel(event) {
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    zoom(Math.exp(-Math.max(-60, Math.min(event.deltaY, 60)) / 100), event.clientY - ladder.getBoundingClientRect().top);
  } else if (Math.abs(event.deltaY) > Math.abs(event.deltaX) && !event.shiftKey) {
    const points = event.deltaMode === 1 ? event.deltaY * 20 : event.deltaY;
    if (pan(points)) event.preventDefault();
  }
}

// One pointer moves, two zoom; one that did not move selects.
function listenToPointers() {
  const down = new Map();
  let moved = 0;
  ladder.addEventListener("pointerdown", event => {
    if (event.button) return;
    ladder.setPointerCapture(event.pointerId);
    down.set(event.pointerId, event);
    if (down.size === 1) moved = 0;
  });
  ladder.addEventListener("pointermove", event => {
    const before = down.get(event.pointerId);
    if (!before) return showTip(event);
    const others = [...down.values()].filter(other => other !== before);
    moved += Math.abs(event.clientY - before.clientY) + Math.abs(event.clientX - before.clientX);
    if (others.length) pinch(before, event, others[0]);
    else if (moved > 4) pan(before.clientY - event.clientY);
    down.set(event.pointerId, event);
    hideTip();
  });
  const up = event => {
    if (down.delete(event.pointerId) && event.type === "pointerup" && moved <= 4 && !down.size) click(event);
  };
  ladder.addEventListener("pointerup", up);
  ladder.addEventListener("pointercancel", up);
  ladder.addEventListener("pointerleave", hideTip);
  gutter.addEventListener("pointermove", event => light(stripAt(event) ?? pressed));
  gutter.addEventListener("pointerleave", () => light(pressed));
  gutter.addEventListener("pointerdown", event => { const entry = stripAt(event); if (entry) press(entry); });
  overview.addEventListener("pointerdown", event => { overview.setPointerCapture(event.pointerId); goToOverview(event); });
  overview.addEventListener("pointermove", event => { if (event.buttons) goToOverview(event); });
}

function pinch(before, now, other) {
  const apart = (a, b) => Math.max(Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY), 10);
  const middle = (now.clientY + other.clientY) / 2 - ladder.getBoundingClientRect().top;
  zoom(apart(now, other) / apart(before, other), middle);
}

function place(event) {
  const box = ladder.getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top];
}

function click(event) {
  const [x, height] = place(event), arrow = arrowAt(x, height);
  if (arrow) select(arrow.i);
  else if (density) zoom(4, height);
  else if (selected >= 0) select(-1);
  if (event.pointerType !== "mouse") showTip(event);
}

function hitText(x, height) {
  const inside = hits.filter(hit => x >= hit.x - 2 && x <= hit.x + hit.w + 2 && height >= hit.y && height <= hit.y + hit.h);
  const clear = inside.findLast(hit => !hit.faint);
  if (clear) return clear.text;
  const arrow = arrowAt(x, height);
  if (arrow) return packetText(arrow.i);
  const many = density && densityText(height);
  return many ? `around ${clock(timeAt(height), 3)} s: ${many}\nclick to zoom in` : inside.at(-1)?.text;
}

function packetText(i) {
  const more = [];
  if (p.ways.has(p.leader[i])) more.push(`one packet: ${wayText(i)}`);
  if (p.translated.has(i)) more.push(p.translated.get(i));
  if (p.again[i]) more.push(`retransmission ${p.again[i]}`);
  if (p.dropped[i]) more.push("dropped on the wire");
  if (p.held[i]) more.push("held on the wire");
  return [`${clock(p.t[i])} ${line(i)}`, ...more].join("\n");
}

function showTip(event) {
  const [x, height] = place(event), text = hitText(x, height), tip = $("tip");
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
  const frame = $("diagram").getBoundingClientRect(), at = event.clientX - frame.left;
  tip.style.top = `${Math.min(event.clientY - frame.top + 14, frame.height - tip.offsetHeight - 4)}px`;
  tip.style.left = `${Math.max(4, Math.min(at + 12, frame.width - tip.offsetWidth - overviewWidth() - 4))}px`;
}

function hideTip() {
  $("tip").hidden = true;
}

// What a test of this page may ask and do.
function expose(readyAfterMs) {
  window.netnsTest = {
    ready: true, readyAfterMs, zoom, fit, select, filter: setFilter, linear: setLinear, failure: showFailure,
    visible: () => {
      drawNow();
      const { from, to } = shown();
      const packets = Array.from(chosen.list).filter(i => p.t[i] <= to && p.end[i] >= from).length;
      return {
        mode: density ? "density" : "arrows", packets, arrows: arrows.length, counted: density?.total ?? 0,
        crosses: arrows.filter(arrow => arrow.dropped).length, from, to,
      };
    },
    selected: () => selected, chosen: () => chosen.packets, first: () => chosen.list[0], line,
    lane: host => scene.lanes[host], order: () => scene.order, kinds: () => kinds, texts: () => texts,
    entries: () => entries.map(entryText), press: number => press(entries[number - 1]), flow: i => p.flow[i], again: i => p.again[i],
    reach: t => reachAt(t).map(row => row.map(entry => entry?.sign ?? "")), way: wayOf,
    arrow: i => arrows.find(arrow => arrow.i === i),
  };
}

setTheme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
$("failure").hidden = data.failed_at_us == null;
showHead();
showEnded();
showFaults();
showFilters();
showTexts();
showLegend();
resize();
makeAxis();
resize();
firstView();
drawNow();
showCount();
showDetails();
showTable();
listen();
performance.mark("netns-test-ready");
expose(performance.now());
