use netns_test::*;

#[netns_test]
#[rstest::rstest]
#[case(7000)]
fn rstest(#[case] _port: u16, _client: Host) {}

#[netns_test]
#[test_case(7000)]
#[test_case(7001; "name")]
fn test_case(_port: u16, _client: Host) {}

#[netns_test]
#[case(7000, 7001)]
#[case]
#[case::name()]
fn values(#[case] _port: u16) {}

#[netns_test]
#[case::name(7000, 7001)]
#[case::name(7000)]
fn too_many(#[case] _port: u16) {}

#[netns_test]
#[case::name(7000)]
#[case::name(7001)]
fn two_names(#[case] _port: u16) {}

#[netns_test]
fn no_case(#[case] _port: u16, #[values] _other: u16, #[case] #[values(1)] _both: u16) {}

#[netns_test]
fn without_a_value(#[case] _port: u16) {}

fn main() {}
