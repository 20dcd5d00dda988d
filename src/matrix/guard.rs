use std::time::Instant;

use crate::fault::{Part, Standing};
use crate::{Block, Cut, Freeze, Impaired, Partition, PowerOff, Result};

/// A fault that is in effect, until it is lifted or dropped.
///
/// This crate's guards are: [`Block`], [`Partition`], [`Impaired`], [`Cut`], [`Freeze`] and [`PowerOff`].
/// So is a closure that lifts the fault and returns [`Result`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no guard of a fault",
    note = "return a `Block`, or a closure that lifts the fault: `Ok(move || Ok(fault.lift()?))`"
)]
///
/// A guard of your own makes any fault a row:
///
/// ```
/// use netns_test::matrix::{Fault, Guard};
/// use netns_test::{Net, Result};
///
/// /// The client's name belongs to another host for a while.
/// struct Renamed(Net);
///
/// impl Guard for Renamed {
///     fn lift(self) -> Result {
///         self.0.assign_name("client", &self.0.host("client")?)?;
///         Ok(())
///     }
/// }
///
/// let renamed = Fault::new("the name moves", |trial| {
///     trial.net().assign_name("client", trial.host())?;
///     Ok(Renamed(trial.net().clone()))
/// });
/// # let _ = renamed;
/// ```
pub trait Guard {
    /// When the fault came into effect, if that is known: the clock starts then. Otherwise it starts when
    /// the guard has been made.
    fn in_effect_at(&self) -> Option<Instant> {
        None
    }

    /// Lifts the fault, and returns when it is over.
    ///
    /// # Errors
    ///
    /// Makes the trial one that failed.
    fn lift(self) -> Result;
}

/// Every kind of fault that this crate makes.
impl<P: Part> Guard for Standing<P> {
    fn in_effect_at(&self) -> Option<Instant> {
        Some(Standing::in_effect_at(self))
    }

    fn lift(self) -> Result {
        Ok(Standing::lift(self)?)
    }
}

macro_rules! guards {
    ($($name:ident)*) => {$(
        impl Guard for $name {
            fn in_effect_at(&self) -> Option<Instant> {
                Some($name::in_effect_at(self))
            }

            fn lift(self) -> Result {
                Guard::lift(self.into_standing())
            }
        }
    )*};
}

guards!(Block Cut Freeze Impaired Partition PowerOff);

impl<F: FnOnce() -> Result> Guard for F {
    fn lift(self) -> Result {
        self()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use crate::fault::lo_down::lo_down;
    use crate::matrix::{Fault, Matrix};
    use crate::{Result, netns_test};

    /// A kind of fault that the matrix does not know.
    #[netns_test]
    fn a_fault_of_any_kind_is_a_row() -> Result {
        let matrix = Matrix::new(|trial| {
            let mut socket = trial.host().bind_udp(0)?;
            socket.set_deadline(Duration::from_millis(500));
            let own = (Ipv4Addr::LOCALHOST, socket.addr().port());
            Ok(move || socket.send_to(b"", own).is_ok() && socket.recv_from().is_ok())
        });
        let table = matrix
            .against([Fault::new("lo is down", |trial| Ok(lo_down(trial.host())?))])
            .trials(2)
            .no_false_alarm_for(Duration::from_millis(20))
            .run()?;
        let row = table.row("lo is down")?;
        assert_eq!((row.detection().count(), row.recovery().count()), (2, 2), "{table}");
        Ok(())
    }
}
