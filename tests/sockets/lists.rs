use super::*;

#[netns_test]
fn filters_are_chained_and_leave_the_list_as_it_is(
    server: Host,
    client: Host,
    other: Host,
) -> Result {
    if !can_run_with_ipv6() {
        return Ok(());
    }
    let (listener, dialled, _accepted) = connected(&server, &client)?;
    let _v6 = client.connect(listener.addr_v6())?;
    let _other = other.connect(listener.addr())?;
    let _udp = server.bind_udp(7000)?;
    server.wait_for_established(&client, 2, LIMIT)?;
    server.wait_for_established(&other, 1, LIMIT)?;

    let all = server.sockets()?;
    assert_eq!(all.len(), 5, "{all}");
    assert_eq!((all.tcp().len(), all.udp().len()), (4, 1));
    assert_eq!((all.to(&client).len(), all.to(&other).len()), (2, 1));
    assert_eq!((all.to(client.ipv4()).len(), all.to(client.ipv6()).len()), (1, 1));
    assert_eq!(all.to(dialled.local_addr()).len(), 1);
    assert_eq!((all.listening().len(), all.established().len()), (1, 3));
    assert_eq!((all.sport(7000).len(), all.dport(7000).len(), all.port(7000).len()), (5, 0, 5));
    assert_eq!(client.sockets()?.dport(7000).len(), 2);
    assert_eq!(all.tcp().to(&client).established().filter(|one| one.peer.is_ipv6()).len(), 1);
    assert_eq!(all.len(), 5, "it is as it was");
    Ok(())
}

#[netns_test]
fn a_list_is_printed_as_a_table_of_ss(server: Host, client: Host) -> Result {
    assert_eq!(client.sockets()?.to_string(), "sockets of `client`: none");
    let (_listener, dialled, _accepted) = connected(&server, &client)?;
    server.wait_for_established(&client, 1, LIMIT)?;
    let printed = server.sockets()?.to_string();
    let lines: Vec<&str> = printed.lines().collect();
    assert_eq!(lines[0], "sockets of `server`:");
    let columns = ["Netid", "State", "Recv-Q", "Send-Q", "Local", "Address:Port"];
    assert!(lines[1].split_whitespace().take(6).eq(columns), "{printed}");
    assert!(lines[2].starts_with("tcp   LISTEN "), "{printed}");
    let row: Vec<&str> =
        lines.iter().find(|line| line.contains("ESTAB")).unwrap().split_whitespace().collect();
    let peer = dialled.local_addr().to_string();
    assert_eq!(row, ["tcp", "ESTAB", "0", "0", "10.0.0.1:7000", &peer], "{printed}");
    let words = lines.last().unwrap();
    for word in ["\t ", " wscale:", " rto:", " rtt:", " mss:1448 ", " cwnd:"] {
        assert!(words.contains(word), "{word:?} is not in {printed}");
    }
    Ok(())
}

#[netns_test]
#[ignore = "NOT RUN: needs the program ss"]
fn ss_prints_the_same_words(server: Host, client: Host) -> Result {
    let (_listener, mut dialled, mut accepted) = connected(&server, &client)?;
    accepted.send(&[0; 5000])?;
    dialled.recv_exact(5000)?;
    eventually(LIMIT, || accepted.info().is_ok_and(|info| info.unacked == 0))?;
    let _inbox = server.bind_udp(7000)?;
    let _blocked = server.block(&client)?;
    accepted.send(b"hello")?;
    let ours = server.sockets()?;
    let ss = server.command("ss").args(["-H", "-atuion"]).output()?;
    let theirs = String::from_utf8(ss.stdout).unwrap();
    // Ours are the addresses that a test knows.
    let theirs = theirs.replace("[::ffff:10.0.0.1]", "10.0.0.1");
    let theirs = theirs.replace("[::ffff:10.0.0.2]", "10.0.0.2");
    let theirs: Vec<&str> = theirs.split_whitespace().collect();
    // These go on between the two.
    let passes = ["last", "timer:", "backoff:", "retrans:", "rto:", "bytes_", "segs_", "lost:"];
    for word in ours.iter().flat_map(words) {
        let same = theirs.contains(&word.as_str());
        assert!(same || passes.iter().any(|one| word.contains(one)), "{word}\n{theirs:?}");
    }
    Ok(())
}

fn words(socket: &Socket) -> Vec<String> {
    socket.to_string().split_whitespace().map(str::to_owned).collect()
}
