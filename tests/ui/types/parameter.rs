use netns_test::netns_test;

#[netns_test]
fn t(_port: u32) {}
