use crate::mutex::lock;
use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What other parts of the crate keep about something of the network, one value of each type.
#[derive(Default)]
pub(super) struct Attachments(Mutex<BTreeMap<TypeId, Arc<dyn Any + Send + Sync>>>);

impl Attachments {
    /// The value of this type, made when it is first asked for.
    pub(super) fn get<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let mut attached = lock(&self.0);
        let slot = attached.entry(TypeId::of::<T>()).or_insert_with(|| Arc::new(T::default()));
        match Arc::clone(slot).downcast() {
            Ok(value) => value,
            Err(_) => unreachable!("a slot holds a value of the type that is its key"),
        }
    }
}
