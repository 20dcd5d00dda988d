// Who reaches whom at a moment: between hosts of one link it is their faults that tell, beyond it those of
// each hop of the way through the routers.

// The hosts on the way from one to another, both of them included; a router is on several links.
function pathsBetween(data) {
  const links = data.links ?? [], count = data.hosts.length;
  const on = data.hosts.map((_, host) => links.filter(link => link.includes(host)).length);
  const beside = host => [...new Set(links.filter(link => link.includes(host)).flat())].filter(other => other !== host);
  const paths = data.hosts.map(() => Array(count).fill(null));
  if (!on.some(links => links > 1) || count > 64) return paths;
  for (let from = 0; from < count; from++) {
    const queue = [from];
    paths[from][from] = [from];
    for (const host of queue) {
      if (host !== from && on[host] < 2) continue;
      for (const next of beside(host)) {
        if (paths[from][next]) continue;
        paths[from][next] = [...paths[from][host], next];
        queue.push(next);
      }
    }
  }
  return paths;
}

// What stands in the way of one host to another, the worst of it; nothing if all passes.
function obstacle(from, to, standing) {
  const path = paths[from][to] ?? [from, to];
  let worst = null;
  const take = entry => {
    if (!worst || STRENGTH.indexOf(entry.effect) < STRENGTH.indexOf(worst.effect)) worst = entry;
  };
  for (const entry of standing) {
    // Whose program is frozen still has a kernel that answers.
    if (entry.effect === "frozen" || entry.effect === "other") continue;
    if (meets(entry, from, to) || path.some((host, at) => at && meets(entry, path[at - 1], host))) take(entry);
  }
  return worst;
}

// Of each host, what stands in the way to each other one.
function reachAt(t, only) {
  const standing = entries.filter(entry => (only ? entry === only : isInEffect(entry, t)));
  return data.hosts.map((_, from) => data.hosts.map((_, to) => {
    if (from !== to) return obstacle(from, to, standing);
    return standing.find(entry => entry.isAtHost && entry.hosts[0] === from) ?? null;
  }));
}
