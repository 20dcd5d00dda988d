// The filter: a box for words in tcpdump's manner, and controls for the usual ones.

const wordTests = {
  tcp: i => p.protocol(i) === "tcp",
  dropped: i => p.lost[i] === 1,
  held: anyHop(i => p.held[i] === 1),
  forwarded: i => p.ways.has(p.leader[i]),
  retransmission: i => p.again[i] > 0,
  retransmissions: i => p.again[i] > 0,
  "keep-alive": i => p.probe[i] === 1,
  "syn-ack": i => p.kind[i] === kindNumber.syn && /[A.]/.test(p.flags(i)),
};
for (const kind of KINDS) wordTests[kind] = i => p.kind[i] === kindNumber[kind];
wordTests.icmp6 = i => p.protocol(i) === "icmp6";

const operands = {
  host: name => either(name, anyHopOf((i, host) => p.from[i] === host || p.to[i] === host)),
  src: name => either(name, (i, host) => p.from[p.leader[i]] === host),
  dst: name => either(name, (i, host) => p.final[i] === host),
  port: text => { const port = Number(text); return anyHop(i => p.sport[i] === port || p.dport[i] === port); },
};

function anyHopOf(test) {
  return (i, host) => anyHop(hop => test(hop, host))(i);
}

function either(name, test) {
  const host = data.hosts.findIndex(host => host.name.toLowerCase() === name || host.addresses.includes(name));
  return host < 0 ? () => false : i => test(i, host);
}

// Words make an "and", the word "or" begins an alternative.
function compileWords(text) {
  const words = text.toLowerCase().split(/\s+/).filter(word => word && word !== "and");
  const alternatives = [[]];
  for (let at = 0; at < words.length; at++) {
    if (words[at] === "or") {
      alternatives.push([]);
      continue;
    }
    const not = words[at] === "not" && at + 1 < words.length;
    if (not) at++;
    const word = words[at], operand = Object.hasOwn(operands, word) && at + 1 < words.length;
    const test = operand ? operands[word](words[++at]) : wordTest(word);
    alternatives.at(-1).push(not ? i => !test(i) : test);
  }
  const given = alternatives.filter(tests => tests.length);
  return given.length ? i => given.some(tests => tests.every(test => test(i))) : null;
}

function wordTest(word) {
  return Object.hasOwn(wordTests, word) ? wordTests[word] : anyHop(i => line(i).toLowerCase().includes(word));
}

function compileFilter({ words = "", pair = "", kind = "", dropped = false, retransmissions = false }) {
  const tests = [];
  if (pair) {
    const [a, b] = pair.split("-").map(Number);
    tests.push(i => {
      const from = p.from[p.leader[i]], to = p.final[i];
      return (from === a && to === b) || (from === b && to === a);
    });
  }
  if (kind) tests.push(wordTest(kind));
  if (dropped) tests.push(wordTests.dropped);
  if (retransmissions) tests.push(wordTests.retransmission);
  const compiled = compileWords(words);
  if (compiled) tests.push(compiled);
  return tests.length ? i => tests.every(test => test(i)) : null;
}

// The packets that pass, without what the hosts' kernels send for themselves unless it is wanted, in the
// order of time, and for each the latest arrival so far: it says
// where the packets begin that reach into a stretch of time.
function choose(test, withOwn = false) {
  const list = new Uint32Array(p.n);
  let n = 0, hops = 0;
  for (let i = 0; i < p.n; i++) {
    if ((!withOwn && p.own[i]) || (test && !test(i))) continue;
    list[n++] = i;
    if (p.before[i] >= 0) hops++;
  }
  const reach = new Float64Array(n);
  let latest = -Infinity;
  for (let k = 0; k < n; k++) reach[k] = latest = Math.max(latest, p.end[list[k]]);
  return { list: list.subarray(0, n), reach, packets: n - hops };
}

// The first place in an ascending sequence whose value is not below `value`.
function lowerBound(length, at, value) {
  let low = 0, high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(middle) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
