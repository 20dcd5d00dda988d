use netns_test::netns_test;

#[netns_test]
struct Story;

#[netns_test]
mod story {}

trait Stories {
    #[netns_test]
    fn story();
}

fn main() {
    let _ = Story;
}
