use netns_test::netns_test;

struct Suite;

impl Suite {
    #[netns_test]
    fn method(&self) {}
}

fn main() {
    let _ = Suite;
}
