//! What is wrong with a wire that still carries packets, as a value, and what that does to each packet.
//! Nothing here knows sockets; the [relay](super::relay) does what the values say.

mod distribution;
mod draw;
mod fate;
mod loss;
mod presets;
mod rate;
mod seed;
mod value;

pub use distribution::Distribution;
pub(super) use draw::direction;
pub(crate) use draw::{derived, of_words};
pub(super) use fate::Fates;
pub use loss::Loss;
pub use rate::Rate;
pub(crate) use seed::drawn as drawn_seed;
pub(crate) use seed::of_test as seed_of_test;
pub use value::Impairment;
