use insta::assert_snapshot;

use super::expand;

/// What the attribute with these options makes of this item, as a person would write it.
fn expansion(options: &str, item: &str) -> String {
    let tokens = expand(options.parse().unwrap(), item.parse().unwrap());
    prettyplease::unparse(&syn::parse2(tokens).unwrap())
}

#[test]
fn two_hosts() {
    assert_snapshot!(expansion("", "fn t(server: Host, mut client: Host) { server.listen(); }"));
}

#[test]
fn asynchronous_with_result() {
    assert_snapshot!(expansion("", "async fn t(host: Host) -> Result { host.ping().await }"));
}

#[test]
fn no_parameter() {
    assert_snapshot!(expansion("", "pub(crate) fn t() {}"));
}

#[test]
fn never_returns() {
    assert_snapshot!(expansion("", "fn t() -> ! { loop {} }"));
}

#[test]
fn underscores_and_raw_names() {
    assert_snapshot!(expansion("", "fn r#try(_client: Host, r#type: net::Host) {}"));
}

#[test]
fn should_panic_with_documentation() {
    let item = "/// Claims.\n#[should_panic(expected = \"x\")] #[allow(unused_mut)] fn t() {}";
    assert_snapshot!(expansion("", item));
}

#[test]
fn should_panic_under_a_condition() {
    let item = "#[cfg_attr(debug_assertions, should_panic, allow(unused))] fn t() {}";
    assert_snapshot!(expansion("", item));
}

#[test]
fn ignored() {
    assert_snapshot!(expansion("", "#[ignore = \"slow\"] fn t() {}"));
}

#[test]
fn ignored_under_a_condition() {
    assert_snapshot!(expansion("", "#[cfg_attr(not(feature = \"slow\"), ignore)] fn t() {}"));
}

#[test]
fn serial() {
    assert_snapshot!(expansion("serial", "fn t() {}"));
}

#[test]
fn serial_with_keys_and_timeout() {
    let options = "timeout = \"1.5s\", serial(sysctl, \"a table\")";
    assert_snapshot!(expansion(options, "fn t() {}"));
}

#[test]
fn a_table() {
    let item = "/// Claims.
        #[case::http(80, true)] #[case(443, false)] #[should_panic] #[cfg(unix)] #[allow(unused)]
        async fn t(server: Host, #[case] port: u16, #[case] open: bool) -> Result { Ok(()) }";
    assert_snapshot!(expansion("timeout = \"5s\"", item));
}

#[test]
fn values_of_a_parameter() {
    assert_snapshot!(expansion("", "fn t(#[values(80, 443)] port: u16, client: Host) {}"));
}

#[test]
fn after_an_error_the_function_stays() {
    let item = "#[test] pub fn t(host: Host) { host.listen(); }";
    assert_snapshot!(expansion("retries = 3", item));
}

#[test]
fn after_an_error_in_the_signature_nothing_stays() {
    assert_snapshot!(expansion("", "unsafe fn t(_: Host) {}"));
}

#[test]
fn what_is_no_function_stays() {
    assert_snapshot!(expansion("", "struct T;"));
}
