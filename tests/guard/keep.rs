//! A block that is kept.

use super::*;
use crate::counters::{counted, send};

#[netns_test]
fn what_a_block_counts_can_be_read_when_it_is_kept() -> Result {
    for policy in policies() {
        let net = Net::new();
        let [server, client] = net.hosts(["server", "client"])?;
        let way = Way::new(&client, &server)?;
        let block = server.block_with(&client, policy)?;
        let (told, since) = (block.to_string(), block.in_effect_at());
        let each = families().count() as u64;
        send(&way, 2, 10)?;
        eventually(LIMIT, || block.packets() == 2 * each)?;
        let kept = block.keep();
        assert_eq!((kept.to_string(), kept.in_effect_at()), (told, since));
        assert_eq!(kept.place().hosts(), [&server, &client]);
        assert_eq!(kept.packets(), 2 * each, "{kept}");
        // A handle that is dropped changes nothing, and a net that is keeps what was kept there.
        let other = kept.clone();
        drop((kept, net));
        send(&way, 1, 10)?;
        eventually(LIMIT, || other.packets() == 3 * each)?;
        assert!(way.at.recv_from().is_err(), "{other}");
        let counters = other.counters()?;
        let packets = |host| -> u64 { counted(&counters, host).iter().map(|one| one.1).sum() };
        assert_eq!((packets("server"), packets("client")), (3 * each, 0), "{other}");
    }
    Ok(())
}
