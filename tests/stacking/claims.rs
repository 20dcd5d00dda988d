use super::*;

#[netns_test(timeout = "3m")]
fn any_sequence_of_blocks_does_what_the_model_says_and_leaves_no_table() -> Result {
    sequences(SEQUENCES, |_| Ok(Vec::new()), no_table)
}

#[netns_test(timeout = "3m")]
fn any_sequence_among_more_blocks_than_a_table_takes_does_what_the_model_says() -> Result {
    sequences(SEQUENCES / 3, crowd, no_table)
}

fn no_table(host: &Host) -> Result<String> {
    let count = tables::count(host)?;
    ensure(count == 0, || format!("`{}` has {count} tables", host.name()))?;
    Ok(count.to_string())
}

/// Sends a datagram which a block takes, and says which one counted it.
fn who_counts(from: &UdpEndpoint, to: SocketAddr, blocks: &[Block]) -> Result<usize> {
    let before: Vec<u64> = blocks.iter().map(Block::try_packets).collect::<Result<_, _>>()?;
    from.send_to(b"who", to)?;
    let mut counted = Vec::new();
    let met = eventually(LIMIT, || {
        counted = (0..blocks.len()).filter(|at| blocks[*at].packets() > before[*at]).collect();
        !counted.is_empty()
    });
    ensure(met.is_ok() && counted.len() == 1, || format!("{counted:?} counted one datagram"))?;
    Ok(counted[0])
}

#[netns_test]
fn of_more_blocks_than_a_table_takes_the_one_in_effect_for_longest_counts(
    server: Host,
    client: Host,
) -> Result {
    let service = server.bind_udp(SERVICE)?;
    let from = client.bind_udp(0)?;
    // The client's kernel has to know the server's neighbour address before.
    from.send_to(b"hello", service.addr())?;
    service.recv_from()?;
    let who = |blocks: &[Block]| who_counts(&from, service.addr(), blocks);
    let mut blocks = (0..CROWD).map(|_| server.block(&client)).collect::<Result<Vec<_>, _>>()?;
    ensure(who(&blocks)? == 0, || "not the first of all".to_owned())?;

    // One that was suspended, and one that was swapped, are in effect for less long than all others.
    let mut suspended = blocks.remove(0);
    ensure(suspended.suspend(|| who(&blocks))?? == 0, || "not the second".to_owned())?;
    blocks.push(suspended);
    ensure(who(&blocks)? == 0, || "not the second, once the first is back".to_owned())?;
    let mut swapped = blocks.remove(0);
    swapped.swap(Policy::drop().udp())?;
    blocks.push(swapped);
    ensure(who(&blocks)? == 0, || "not the third".to_owned())?;

    // The youngest of the others, the one that was suspended, and the one that was swapped.
    let others = blocks.len() - 3;
    blocks.drain(..others).try_for_each(Block::unblock)?;
    // With what they had counted before that, which is not forgotten.
    for (said, counted) in [("the last made", 1), ("the suspended", 1 + 1), ("the swapped", 2 + 1)]
    {
        ensure(who(&blocks)? == 0, || format!("not {said}"))?;
        let first = blocks.remove(0);
        ensure(first.try_packets()? == counted, || format!("{said}: {}", first.packets()))?;
        first.unblock()?;
    }
    from.send_to(b"passes", service.addr())?;
    ensure(&service.recv_from()?.0 == b"passes", || "a datagram that was blocked".to_owned())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program nft"]
fn any_sequence_of_blocks_leaves_the_ruleset_as_nft_lists_it() -> Result {
    sequences(
        SEQUENCES / 2,
        |_| Ok(Vec::new()),
        |host| {
            // Rules of somebody else stay as they are; made again, they are the same.
            let users = "table inet users {}; flush table inet users; \
                     table inet users { chain input { type filter hook input priority 0; \
                     udp dport 9 drop; }; }";
            host.exec("nft", [users])?;
            Ok(host.exec("nft", ["list", "ruleset"])?)
        },
    )
}

/// Of the second table as of the first. A probe that an older table took was waited for, 0.2 s each
/// time; the quickest of several is not slow because the machine is busy.
#[netns_test]
fn a_block_after_more_than_one_table_takes_is_as_quick_as_the_others() -> Result {
    for names in [&["a", "b"][..], &["a", "b", "c"]] {
        let hosts = Net::new().add_hosts(names)?;
        let crowd: std::result::Result<Vec<Block>, _> =
            (0..CROWD).map(|_| hosts[0].block(&hosts[1])).collect();
        let mut crowd = crowd?;
        let quickest = |mut act: Box<dyn FnMut() -> Result + '_>| -> Result<Duration> {
            let mut all = Vec::new();
            for _ in 0..5 {
                let begun = Instant::now();
                act()?;
                all.push(begun.elapsed());
            }
            Ok(all.into_iter().min().unwrap_or_default())
        };
        let last = crowd.last_mut().expect("a crowd");
        let suspended = quickest(Box::new(|| Ok(last.suspend(|| ())?)))?;
        let blocked = quickest(Box::new(|| Ok(hosts[0].block(&hosts[1])?.unblock()?)))?;
        assert!(suspended < PROBE_LOST && blocked < PROBE_LOST, "{suspended:?}, {blocked:?}");
    }
    Ok(())
}
