use nix::unistd::{Gid, Uid, User, getgrouplist};

use crate::Error;
use crate::sys::program::Identity;

/// The user that is called so, by name or number, with its groups.
///
/// # Errors
///
/// If this system knows none.
pub(super) fn find(user: &str, operation: &str) -> Result<Identity, Error> {
    let known = match user.parse() {
        Ok(number) => User::from_uid(Uid::from_raw(number)),
        Err(_) => User::from_name(user),
    };
    match (known.map_err(|errno| Error::os(operation, errno))?, user.parse()) {
        (Some(user), _) => Ok(identity(&user)),
        // A number needs no name.
        (None, Ok(number)) => Ok(Identity { user: number, group: number, groups: Vec::new() }),
        (None, Err(_)) => {
            Err(Error::unsupported(operation, format!("this system has no user `{user}`"))
                .with_help("name one of /etc/passwd, or give a number"))
        }
    }
}

fn identity(user: &User) -> Identity {
    let group = user.gid;
    let name = std::ffi::CString::new(user.name.as_str()).unwrap_or_default();
    let groups = getgrouplist(&name, group).unwrap_or_else(|_| vec![group]);
    let groups = groups.into_iter().map(Gid::as_raw).collect();
    Identity { user: user.uid.as_raw(), group: group.as_raw(), groups }
}
