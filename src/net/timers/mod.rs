//! How long a host's kernel waits, repeats and remembers: the sysctls of its network namespace.

mod files;
mod host;
mod icmp;
mod profile;
mod sysctl;
mod tcp;
mod values;

pub use profile::Timers;
pub use values::TimerValues;
