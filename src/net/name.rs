//! What a host and an interface may be called.

use crate::Error;

/// The longest label of a name that getaddrinfo(3) looks up (hostname(7)).
const LONGEST_HOST: usize = 63;
/// `IFNAMSIZ` without its terminator (netdevice(7)).
const LONGEST_INTERFACE: usize = 15;

/// Checks the name of a host: it becomes a name in /etc/hosts and a file in /run/netns.
pub(super) fn check_host(name: &str) -> Result<(), Error> {
    let operation = || format!("add host `{}`", name.escape_debug());
    let refuse = |cause: &str| Err(Error::new(operation(), cause));
    let mut letters = name.chars();
    match letters.next() {
        None => return refuse("the name is empty"),
        Some(first) if !first.is_ascii_alphabetic() => {
            return refuse(
                "a name must begin with an ASCII letter, or it could be taken for an address",
            );
        }
        Some(_) => {}
    }
    if let Some(odd) = letters.find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')) {
        let cause = format!(
            "a name consists of ASCII letters, digits, `-` and `_`, and {odd:?} is none of them"
        );
        return refuse(&cause);
    }
    if name.len() > LONGEST_HOST {
        let cause =
            format!("the name has {} characters, and can have at most {LONGEST_HOST}", name.len());
        return refuse(&cause);
    }
    if name.eq_ignore_ascii_case("localhost") {
        return refuse("this is what every host calls itself");
    }
    Ok(())
}

/// Checks the name of an interface, as the kernel's `dev_valid_name` does, and one thing more:
/// the kernel would replace `%d` by a number.
pub(super) fn check_interface(name: &str) -> Result<(), Error> {
    let operation = format!("add interface `{}`", name.escape_debug());
    if name.is_empty() {
        return Err(Error::new(operation, "the name is empty"));
    }
    if name.len() > LONGEST_INTERFACE {
        let cause =
            format!("the name has {} bytes, and can have at most {LONGEST_INTERFACE}", name.len());
        return Err(Error::new(operation, cause));
    }
    if matches!(name, "." | ".." | "lo" | "all" | "default") {
        return Err(Error::new(operation, "the kernel uses this name itself"));
    }
    let odd = |c: &char| c.is_whitespace() || c.is_control() || matches!(c, '/' | ':' | '%');
    match name.chars().find(odd) {
        Some(odd) => {
            Err(Error::new(operation, format!("{odd:?} cannot be in an interface's name")))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(result: Result<(), Error>) -> String {
        result.expect_err("the name is bad").to_string()
    }

    #[test]
    fn good_names_pass() {
        for name in ["a", "server", "node-1", "node_2", "N3", &"x".repeat(63)] {
            assert!(check_host(name).is_ok(), "{name}");
        }
        for name in ["eth0", "wan", "br-lan", "a.100", "fifteen-letters"] {
            assert!(check_interface(name).is_ok(), "{name}");
        }
    }

    #[test]
    fn bad_host_names_are_named_with_their_fault() {
        assert_eq!(refusal(check_host("")), "cannot add host ``: the name is empty");
        assert!(refusal(check_host("1a")).contains("must begin with an ASCII letter"));
        assert!(refusal(check_host("-a")).contains("must begin with an ASCII letter"));
        assert!(refusal(check_host("a b")).contains("' ' is none of them"));
        assert!(refusal(check_host("a/../b")).contains("'/' is none of them"));
        assert!(refusal(check_host("a\n")).contains("'\\n' is none of them"));
        assert!(refusal(check_host("über")).contains("must begin with an ASCII letter"));
        assert!(
            refusal(check_host(&"x".repeat(64))).contains("64 characters, and can have at most 63")
        );
        assert!(refusal(check_host("Localhost")).contains("what every host calls itself"));
    }

    #[test]
    fn bad_interface_names_are_named_with_their_fault() {
        assert_eq!(refusal(check_interface("")), "cannot add interface ``: the name is empty");
        assert!(
            refusal(check_interface("sixteen-letters!"))
                .contains("16 bytes, and can have at most 15")
        );
        assert!(refusal(check_interface("a b")).contains("' ' cannot be"));
        assert!(refusal(check_interface("a/b")).contains("'/' cannot be"));
        assert!(refusal(check_interface("eth%d")).contains("'%' cannot be"));
        assert!(refusal(check_interface("..")).contains("uses this name itself"));
    }
}
