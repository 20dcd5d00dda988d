//! What a fault will be called, and whether it is possible: checked before it is made.
//!
//! Nobody knows in advance what the kernel will say.

use super::between::Between;
use super::block;
use super::impaired;
use super::pairs::{Known, Pairs};
use super::partition::worded;
use crate::{Error, Host, Impairment, Policy, Split};

/// A block between two hosts.
///
/// # Errors
///
/// If it contradicts itself, or the two cannot be blocked in this way.
pub(crate) fn foresee_block(host: &Host, peer: &Host, policy: &Policy) -> Result<String, Error> {
    let operation = block::operation(host, peer, policy);
    block::check(host, peer, policy, &operation)?;
    Ok(operation)
}

/// A wire between two hosts.
///
/// # Errors
///
/// If it contradicts itself, or no link joins the two.
pub(crate) fn foresee_impair(
    host: &Host,
    peer: &Host,
    impairment: &Impairment,
) -> Result<String, Error> {
    impaired::check_between(host, peer, impairment)
}

/// A partition among known hosts.
///
/// # Errors
///
/// If it contradicts itself, names a host twice, leaves one out, or two cannot be blocked in this way.
pub(crate) fn foresee_partition(
    known: &Known,
    split: &Split,
    policy: &Policy,
) -> Result<String, Error> {
    let (operation, policy) = worded(split, policy.clone())?;
    Pairs::among(known, split, &operation)?.check(&policy)?;
    Ok(operation)
}

/// Whether anything can pass between two hosts.
///
/// # Errors
///
/// If no link joins them, and no route leads from one to the other.
pub(crate) fn foresee_path(known: &Known, hosts: [&Host; 2], operation: &str) -> Result<(), Error> {
    Between::find_among(hosts, &known.routers, operation).map(drop)
}
