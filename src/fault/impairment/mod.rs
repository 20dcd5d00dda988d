//! What is wrong with a wire that still carries packets, as a value, and what that does to each packet.
//! Nothing here knows sockets; the [relay](super::relay) does what the values say.

mod distribution;
mod draw;
mod fate;
mod loss;
mod presets;
mod rate;
mod value;

pub use distribution::Distribution;
pub(super) use fate::Fates;
pub use loss::Loss;
pub use rate::Rate;
pub use value::Impairment;
