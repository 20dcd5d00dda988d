use netns_test::*;

#[netns_test]
#[test]
fn test(_client: Host) {}

#[netns_test]
#[tokio::test(flavor = "multi_thread")]
async fn tokio_test(_client: Host) {}

#[netns_test]
#[cfg_attr(unix, test)]
fn under_a_condition(_client: Host) {}

#[netns_test]
#[netns_test]
fn twice(_client: Host) {}

fn main() {}
