use netns_test::*;

#[netns_test]
fn type_parameter<T>(_client: T) {}

#[netns_test]
fn lifetime<'a>(_client: &'a Host) {}

#[netns_test]
fn where_clause(_client: Host)
where
    Host: Clone,
{
}

#[netns_test]
fn impl_trait(_client: impl Into<Host>) {}

fn main() {}
