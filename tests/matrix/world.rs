//! A detector that does as told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use netns_test::matrix::{Fault, Matrix};

use super::quick;

/// Whether the peer is reachable in the one trial that runs: faults change it, detectors read it.
#[derive(Clone)]
pub(super) struct World(pub(super) Arc<AtomicBool>);

impl World {
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicBool::new(true)))
    }

    pub(super) fn reachable(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    pub(super) fn outage(&self, name: &str) -> Fault {
        let world = self.0.clone();
        Fault::new(name, move |_| {
            world.store(false, Ordering::SeqCst);
            let world = world.clone();
            Ok(move || {
                world.store(true, Ordering::SeqCst);
                Ok(())
            })
        })
    }

    /// A detector that knows at once.
    pub(super) fn knowing(&self) -> Matrix {
        let world = self.clone();
        let matrix = Matrix::new(move |_| {
            let world = world.clone();
            Ok(move || world.reachable())
        });
        quick(matrix)
    }
}
