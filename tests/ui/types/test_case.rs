use netns_test::*;
use test_case::test_case;

#[test_case(7000)]
#[test_case(7001; "name")]
#[netns_test]
fn above(_port: u16, _client: Host) {}

#[test_case(7000 => 7000)]
#[netns_test]
async fn asynchronous(port: u16, _client: Host) -> u16 {
    port
}
