use netns_test::*;

#[netns_test(retries = 3, timeout = "0s")]
#[test]
unsafe fn t<T>(_: T) {}

fn main() {}
