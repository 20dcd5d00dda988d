//! A cluster of foca's whose halves were cut off from each other for a while.

mod node;

use std::time::Duration;

use netns_test::{Claim, Host, Net, Result, netns_test};
use node::Node;

const SECOND: Duration = Duration::from_secs(1);

#[netns_test]
async fn halves_merge_when_the_partition_is_over(
    net: Net,
    a: Host,
    b: Host,
    c: Host,
    d: Host,
) -> Result {
    let nodes = [&a, &b, &c, &d].map(|host| Node::start(host, &a));
    let all_see = async |others| nodes.iter().all(|node| node.sees() == others);
    Claim::new("each node sees three others")
        .eventually_async(10 * SECOND, async || all_see(3).await)
        .await?;
    let partition = net.partition([[&a, &b], [&c, &d]])?;
    Claim::new("each half is alone")
        .eventually_async(10 * SECOND, async || all_see(1).await)
        .await?;
    // A shorter partition may end by a message that was still under way.
    Claim::new("each half stays alone")
        .consistently_async(5 * SECOND, async || all_see(1).await)
        .await?;
    partition.heal()?;
    Claim::new("the halves have merged")
        .eventually_async(15 * SECOND, async || all_see(3).await)
        .await?;
    Ok(())
}
